"""What a user can put right."""

from __future__ import annotations


class UserError(Exception):
    """A sentence for the user: what was wrong, where, and what to do. The CLI prints it and exits with 2."""
