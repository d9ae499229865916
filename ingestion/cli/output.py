"""How commands print: results to stdout, progress and problems to stderr."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from rich.console import Console

out: Final = Console()
err: Final = Console(stderr=True)


def say(text: str) -> None:
    """Print one line to stdout unchanged: no markup, no colors, no wrapping."""
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print one line to stderr unchanged."""
    err.print(text, markup=False, highlight=False, soft_wrap=True)


def busy(text: str) -> AbstractContextManager[object]:
    """Show a spinner with this text on stderr while the block runs; only on a terminal."""
    return err.status(text)
