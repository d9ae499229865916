"""Errors that the user can fix."""

from __future__ import annotations


class UserError(Exception):
    """The message tells the user what is wrong, where, and what to do."""
