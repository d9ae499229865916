"""Makes stdout and stderr take any text and outlive their reader, whatever the terminal, the locale and the pipe."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import TYPE_CHECKING, Final, TextIO

from ingestion.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

_HANDLER: Final = "shoplake.nearest"
# What reports and progress bars draw with, and marks of prose.
_NEAREST: Final[dict[str, str]] = {
    "█": "#",
    "│": "|",
    "…": ".",
    "·": ".",
    **dict.fromkeys("━╸╺─\N{EN DASH}\N{EM DASH}", "-"),
    **dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", "'"),
    **dict.fromkeys("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", '"'),
}
# the spinner
_BRAILLE: Final = range(0x2800, 0x2900)


def prepare_streams() -> None:
    """Replace stdout and stderr by streams that never fail on a character or on a closed pipe."""
    codecs.register_error(_HANDLER, _nearest_characters)
    sys.stdout = _lasting(sys.stdout)
    sys.stderr = _lasting(sys.stderr)


def print_file(text: str) -> None:
    """Print the content of a UTF-8 file: the same bytes in every locale, except on a terminal that cannot show them."""
    if sys.stdout.isatty() or not isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
    sys.stdout.buffer.flush()


def nearest(text: str) -> str:
    """Return ASCII of the same length in characters: letters without accents, ? for what has no likeness."""
    return "".join(map(_nearest_character, text))


def _nearest_character(character: str) -> str:
    if ord(character) in _BRAILLE:
        return "."
    base = unicodedata.normalize("NFKD", character)[0]
    return _NEAREST.get(character) or (base if base.isascii() else "?")


def _nearest_characters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return nearest(error.object[error.start : error.end]), error.end


def _lasting(stream: TextIO) -> TextIO:
    buffer = getattr(stream, "buffer", None)
    # with PYTHONUNBUFFERED there is no buffer
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(stream, io.TextIOWrapper) or not isinstance(raw, io.FileIO):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_LastingPipe(raw)),
        encoding=stream.encoding,
        errors=_HANDLER,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _LastingPipe(io.RawIOBase):
    """A file that goes on in /dev/null when its reader is gone: `replay FILE | head -1` still loads the whole file."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.name = file.name
        self.mode = file.mode

    def write(self, data: object) -> int | None:
        write: Callable[[object], int | None] = self._file.write  # type: ignore[assignment]
        try:
            return write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._file.fileno())
            os.close(nowhere)
            if not isinstance(error, BrokenPipeError):
                raise UserError(f"the output cannot be written: {error.strerror or error}") from None
            return write(data)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()
