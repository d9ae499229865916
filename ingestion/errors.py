"""What a user can put right, and what a user breaks off."""

from __future__ import annotations


class UserError(Exception):
    """A sentence for the user: what was wrong, where, and what to do. The CLI prints it and exits with 2."""


class Interrupted(BaseException):
    """Ctrl-C or a polite kill. Not KeyboardInterrupt: typer would answer that itself, with exit code 1.

    Attributes
    ----------
    sentence
        What became of the work; whoever leaves something behind says so here.
    """

    def __init__(self, signal_number: int) -> None:
        self.exit_code = 128 + signal_number
        self.sentence = "nothing half-written is visible; run the same command again"
