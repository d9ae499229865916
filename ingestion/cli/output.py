"""How commands print: results to stdout, progress and problems to stderr."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from rich.console import Console

from ingestion.door.scrub import scrub_text

out: Final = Console()
err: Final = Console(stderr=True)


def say(text: str) -> None:
    """Print to stdout without markup, colors or wrapping."""
    out.print(printable(text), markup=False, highlight=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print to stderr without markup, colors or wrapping."""
    err.print(printable(text), markup=False, highlight=False, soft_wrap=True)


def printable(text: str) -> str:
    """The text with a dot for each control character: the name of a file may hold commands for the terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() or c in "\n\t" else "·" for c in text)


def busy(text: str) -> AbstractContextManager[object]:
    """Show a spinner with this text on stderr while the block runs; only on a terminal."""
    return err.status(text)


def scrubbed(text: str) -> str:
    """The text without addresses; bytes that are not UTF-8, as in the name of a file, are replaced."""
    return scrub_text(text.encode(errors="surrogateescape").decode(errors="replace"))
