"""The lines of a stream in bounded memory: of a line that is longer than the door's limit, the rest is only counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import dropwhile

import msgspec

from ingestion.door.parsed_lines import MAX_LINE_BYTES, ParsedLine
from ingestion.replay.streams import Stream


class RawLine(msgspec.Struct, gc=False):
    """A line of a file, a row of a CSV file whose quoted fields contain line ends, or a record of a JSON file.

    Attributes
    ----------
    number
        Line number from 1.
    text
        The line, or its start if it is too long, without its line end.
    size
        Length of the line in bytes, without its line end.
    is_cut
        Whether it is cut off by damage to the file, or no whole record.
    row
        The fields of a CSV row that had to be parsed to find its end; empty if it is not valid.
    """

    number: int
    text: bytes
    size: int
    is_cut: bool = False
    row: list[str] | None = None

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing but space on it."""
        return not self.text or self.text.isspace()


Parser = Callable[[RawLine], ParsedLine]
"""Parses a line, in this process or another: it does not depend on other lines."""


def raw_lines(stream: Stream) -> Iterator[RawLine]:
    """Every line of the stream, blank ones too."""
    limit = MAX_LINE_BYTES + 3
    read = partial(stream.text.readline, limit)
    for number, line in enumerate(iter(read, b""), 1):
        text = line.rstrip(b"\r\n")
        if line.endswith(b"\n"):
            yield RawLine(number, text, len(text))
            continue
        size = len(line)
        last = line
        while len(last) == limit and not last.endswith(b"\n") and (more := read()):
            last = more
            size += len(last)
        size -= len(last) - len(last.rstrip(b"\r\n"))
        yield RawLine(number, text, size, not last.endswith(b"\n") and stream.is_damaged)


def without_comments(lines: Iterator[RawLine], skipped: int, comment: str | None) -> Iterator[RawLine]:
    """The lines after those that a dialect skips."""
    if skipped:
        lines = dropwhile(lambda line: line.number <= skipped, lines)
    if comment:
        start = comment.encode()
        lines = (line for line in lines if not line.text.startswith(start))
    return lines
