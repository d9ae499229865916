"""How much work the text of a record may cost, so that hostile text costs a small multiple of plain text.

The work is counted in steps that depend on the text alone, never on a clock: the same text is always treated alike. A
step is about a nanosecond; what reads a text says how many it takes, as measured. Plain text takes three steps a byte
on its whole way through the door.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

FREE_STEPS: Final = 400_000
STEPS_PER_BYTE: Final = 12


class TooDenseError(Exception):
    """The text holds so much that may hide an address that looking at it costs too much."""


class Work:
    """What texts that belong together may still cost: something in any case, and something for every byte.

    Parameters
    ----------
    text
        The texts, joined.
    """

    __slots__ = ("left",)

    def __init__(self, text: str) -> None:
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        self.left = FREE_STEPS + STEPS_PER_BYTE * size

    def spend(self, steps: int) -> None:
        """Count steps that are about to be taken.

        Raises
        ------
        TooDenseError
            There are more than are left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooDenseError


def budget(text: str) -> int:
    """How many encoded characters or addresses of a text are handled one by one."""
    return 256 + len(text) // 400


def is_sparse(text: str, pattern: re.Pattern[str], most: int | None = None) -> bool:
    """Whether a pattern matches so seldom that each match may be handled on its own."""
    return next(islice(pattern.finditer(text), budget(text) if most is None else most, None), None) is None


def spend_on_matches(text: str, pattern: re.Pattern[str], work: Work, steps: int = 1_000) -> None:
    """Count the steps of handling each match on its own; too many matches are too dense."""
    most = budget(text)
    count = sum(1 for _ in islice(pattern.finditer(text), most + 1))
    if count > most:
        raise TooDenseError
    work.spend(count * steps)
