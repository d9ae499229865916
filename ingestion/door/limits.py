"""What one record may become, and where its handling failed, so that it never costs the other records of its batch."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from ingestion.door.parsed_lines import MAX_LINE_BYTES, ParsedLine

_GROWTH: Final = 16
ALLOWED_BYTES: Final = 16 * 1024
"""How much any record may become, however short it is."""
HEAD_BYTES: Final = 160
"""What the door writes in front of an event: a derived id and two times."""


class Encoded(Protocol):
    """An event as it will be written."""

    body: bytes


def is_too_long(line: ParsedLine, events: Sequence[Encoded]) -> bool:
    """Whether the lines that a record became are together more than 16 times as long as it and 16 KiB, or one of them
    is longer than a line may be.
    """
    sizes = [len(event.body) + HEAD_BYTES for event in events]
    most = _GROWTH * (line.size + len(line.context)) + ALLOWED_BYTES
    return sum(sizes) > most or max(sizes, default=0) > MAX_LINE_BYTES


def place_of(error: BaseException) -> str:
    """The kind of an error and the line of code that raised it, without its message, which may hold an address."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    return f"{type(error).__name__} in {where}"
