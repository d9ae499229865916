"""What a user can mend."""

from __future__ import annotations


class UserError(Exception):
    """A sentence for the user: what, where, what to do."""
