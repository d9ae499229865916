"""Sums over the rows of a group, such as the lines of an order, as a further column of each of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from ingestion.door.compiling import RecordTooLargeError, Result, compile_number
from ingestion.door.expressions import Expression, paths_of
from ingestion.door.layout import Layout
from ingestion.door.numbers import EXACT, Marks
from ingestion.door.parsed_lines import ParsedLine

MOST_ROWS: Final = 10_000
"""Rows of a group that are held in memory; a larger one gets no sums."""


class RowSums:
    """The sums of a dialect: `{name: expression}`."""

    def __init__(self, by: str, sums: dict[str, Expression], marks: Marks, nulls: frozenset[str]) -> None:
        self._by = by
        self._layout = Layout([path for expression in sums.values() for path in paths_of(expression)], nulls)
        self._sums = {name: compile_number(each, self._layout, marks) for name, each in sums.items()}

    def added(self, lines: Iterator[ParsedLine]) -> Iterator[ParsedLine]:
        """Give the rows of each group their sums. A group is rows in a row that have the same value of a column."""
        group: str | None = None
        held: list[ParsedLine] = []
        is_too_large = False
        for line in lines:
            content = line.content
            by = content.get(self._by) if isinstance(content, dict) else group
            if by != group or not by:
                yield from self._with_sums(held)
                group, held, is_too_large = by, [], False
            if is_too_large:
                yield line
                continue
            held.append(line)
            if len(held) > MOST_ROWS:
                yield from held
                held, is_too_large = [], True
        yield from self._with_sums(held)

    def _with_sums(self, held: list[ParsedLine]) -> list[ParsedLine]:
        rows = [line.content for line in held if isinstance(line.content, dict)]
        sums = {name: total for name, read in self._sums.items() if (total := self._sum(read, rows)) is not None}
        for row in rows:
            row.update(sums)
        return held

    def _sum(self, read: Result, rows: list[dict[str, Any]]) -> str | None:
        """The sum; None if a row has something else than a number."""
        total = Decimal(0)
        for row in rows:
            try:
                value = read(self._layout.scope(row))
            except RecordTooLargeError:  # a text that no number is as long as
                return None
            if isinstance(value, str):
                return None
            total = EXACT.add(total, value or Decimal(0))
        return format(total, "f") if rows else None
