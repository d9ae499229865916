"""Errors that a user can fix, and interruptions by the user."""

from __future__ import annotations


class UserError(Exception):
    """A sentence for the user: what is wrong, where, and what to do. The CLI prints it and exits with code 2."""


class Interrupted(BaseException):
    """SIGINT (Ctrl-C) or SIGTERM. Not KeyboardInterrupt: typer handles that itself and exits with code 1.

    Attributes
    ----------
    sentence
        The state of the work, for the user. Code that leaves partial results describes them here.
    """

    def __init__(self, signal_number: int) -> None:
        self.exit_code = 128 + signal_number
        self.sentence = "no incomplete object is visible; run the same command again"
