"""What makes rows depend on rows before them: columns that are filled down, and identical rows that are numbered."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any, Final

from ingestion.door.parsed_lines import ParsedLine
from ingestion.door.reading import FillDown

_FIRST_SLOTS: Final = 1 << 16
_FULL: Final = 0.6


def filled_down(lines: Iterator[ParsedLine], fill: FillDown) -> Iterator[ParsedLine]:
    """Give the rows of a group the values of its first row where they have none."""
    group: str | None = None
    first: dict[str, str] = {}
    for line in lines:
        content = line.content
        if isinstance(content, dict):
            by = content.get(fill.by)
            if not by or by != group:
                group, first = by, {name: content[name] for name in fill.columns if content.get(name)}
            else:
                content.update((name, value) for name, value in first.items() if not content.get(name))
        yield line


def numbered(
    lines: Iterator[ParsedLine], identity_of: Callable[[dict[str, Any]], str | None] = lambda _: None
) -> Iterator[ParsedLine]:
    """Number identical rows from 1, so that each of them is an event of its own.

    Parameters
    ----------
    identity_of
        What makes rows identical; None if it is their text.
    """
    counts = Counts()
    for line in lines:
        identity = identity_of(line.content) if isinstance(line.content, dict) else None
        line.copy = counts.add(line.raw.strip() if identity is None else identity.encode("utf-8", "surrogatepass"))
        yield line


class Counts:
    """Counts texts by a hash of 64 bits, in 14 to 27 bytes of memory each: a table with open addressing."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._used = 0
        self._repeated: dict[int, int] = {}

    def add(self, text: bytes) -> int:
        """How often the text was added, this time included."""
        # 0 marks a free slot
        key = int.from_bytes(blake2b(text, digest_size=8).digest()) or 1
        if not _insert(self._slots, key):
            self._repeated[key] = count = self._repeated.get(key, 1) + 1
            return count
        self._used += 1
        if self._used > _FULL * len(self._slots):
            larger = array("Q", bytes(16 * len(self._slots)))
            for held in filter(None, self._slots):
                _insert(larger, held)
            self._slots = larger
        return 1


def _insert(slots: array[int], key: int) -> bool:
    """Insert a key; False if it is there already."""
    last = len(slots) - 1
    slot = key & last
    while (held := slots[slot]) and held != key:
        slot = (slot + 1) & last
    slots[slot] = key
    return not held
