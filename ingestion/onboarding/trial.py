"""A trial of a dialect: sends a file through the door and counts what comes out. Nothing is written."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final

import msgspec

from ingestion.door.dialect import Dialect
from ingestion.door.door import Door
from ingestion.door.expressions import Path, paths_of
from ingestion.door.fullness import Fullness
from ingestion.door.keys import Keys
from ingestion.door.mapping import Mapper
from ingestion.door.parsed_lines import ParsedLine
from ingestion.door.scrub import scrub_text
from ingestion.replay.copies import Counts
from ingestion.replay.raw_lines import RawLine
from ingestion.replay.readers import Source

LONGEST_VALUE: Final = 60
REPORT_LINES: Final = 1_000
# What the door sets, or what every event has.
_NOT_COUNTED: Final = frozenset({"received_at", "replayed_at", "event_id", "event_type", "event_time", "extra"})
_REFUSED_FOR: Final = {
    "unknown_event_type": ("event_type",),
    "bad_event_time": ("event_time",),
    "event_too_old": ("event_time",),
    "event_in_future": ("event_time",),
    "bad_price": ("price",),
    "bad_quantity": ("quantity",),
    "bad_amount": ("line_total", "discount", "tax", "shipping", "price"),
}


@dataclass(slots=True)
class Refusal:
    """Lines that were refused for one reason.

    Attributes
    ----------
    line
        Number of the first of them.
    value
        What it has where the reason lies, such as `event_time: 31.02.2025`, without addresses; its text if it is
        damaged.
    """

    line: int
    value: str
    count: int = 0


@dataclass(slots=True)
class Money:
    """What was sold in one currency; orders are not counted twice."""

    orders: int = 0
    lines: int = 0
    pieces: int = 0
    revenue: Decimal = Decimal(0)
    given_back: Decimal = Decimal(0)


@dataclass(slots=True)
class Trial:
    """What the door made of the first lines of a file.

    Attributes
    ----------
    read
        How many lines were read.
    is_complete
        Whether that is the whole file.
    first
        The first events.
    accepted
        Accepted events by type.
    filled
        How many of them have a field: by type and field.
    unknown
        How many have a field that the event does not define, which is kept in `extra`.
    copies
        Events whose id occurred before: they will count once.
    earliest, latest
        Times of the first and the last event.
    ignored
        How many lines the dialect ignores, and the number of the first of them.
    ignored_events
        How many of them are of each name of `ignore_events`.
    money
        Sales by currency; the empty text stands for none.
    fullness
        What the accepted events lack.
    broken
        Why the file could not be read to its end.
    """

    read: int = 0
    is_complete: bool = True
    first: list[dict[str, str]] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)
    filled: dict[str, Counter[str]] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)
    refused: dict[str, Refusal] = field(default_factory=dict)
    copies: int = 0
    earliest: str = ""
    latest: str = ""
    ignored: int = 0
    first_ignored: int = 0
    ignored_events: Counter[str] = field(default_factory=Counter)
    money: dict[str, Money] = field(default_factory=dict)
    fullness: Fullness = field(default_factory=Fullness)
    broken: str | None = None

    @property
    def refused_count(self) -> int:
        """How many lines were refused."""
        return sum(refusal.count for refusal in self.refused.values())


def try_dialect(
    source: Source,
    dialect: Dialect,
    *,
    now: datetime,
    events: int = 10,
    most_lines: int | None = None,
    on_lines: Callable[[int], None] = lambda _: None,
) -> Trial:
    """Send a file through the door.

    Parameters
    ----------
    now
        Aware time at which the lines count as received.
    events
        How many of the first events are kept.
    most_lines
        How many lines are read; None for the whole file.
    on_lines
        Called with the number of lines read, for a progress bar.
    """
    return _Taster(source, dialect, now, events).run(most_lines, on_lines)


class _Taster:
    def __init__(self, source: Source, dialect: Dialect, now: datetime, events: int) -> None:
        self._source = source
        # Nothing is kept, so the pseudonyms and ids of a trial are not those of a lake.
        self._door = Door(dialect, Keys(secrets.token_bytes(32), secrets.token_bytes(32)))
        self._map = Mapper(dialect).map
        self._ignored_events = dialect.ignore_events
        self._types = _paths_of_type(dialect)
        self._now = now
        self._events = events
        self._ids = Counts()
        self._orders = Counts()
        self._trial = Trial()

    def run(self, most_lines: int | None, on_lines: Callable[[int], None]) -> Trial:
        trial = self._trial
        lines = self._source.lines()
        for line in islice(lines, most_lines):
            trial.read += 1
            self._line(line)
            if trial.read % REPORT_LINES == 0:
                on_lines(trial.read)
        trial.is_complete = next(lines, None) is None
        trial.broken = self._source.broken if trial.is_complete else None
        return trial

    def _line(self, line: ParsedLine) -> None:
        trial = self._trial
        # the door takes apart what a line holds
        name = self._ignored_name(line.content) if self._ignored_events else None
        admitted = self._door.admit_lines([line], received_at=self._now)
        trial.fullness += admitted.fullness
        if admitted.ignored:
            trial.first_ignored = trial.first_ignored or line.number
            trial.ignored += admitted.ignored
            if name is not None:
                trial.ignored_events[name] += 1
        for encoded in admitted.lines:
            event: dict[str, str] = msgspec.json.decode(encoded)
            if (reason := event.get("reject_reason")) is None:
                self._event(event)
                continue
            if reason not in trial.refused:
                trial.refused[reason] = Refusal(line.number, self._value(reason, line, event))
            trial.refused[reason].count += 1

    def _ignored_name(self, content: Any) -> str | None:
        """The name under which `ignore_events` ignores a record."""
        for path in self._types:
            value: Any = content
            for step in path.steps:
                value = value.get(step) if isinstance(value, dict) else None
            if isinstance(value, str) and value in self._ignored_events:
                return value
        return None

    def _event(self, event: dict[str, str]) -> None:
        trial = self._trial
        if len(trial.first) < self._events:
            trial.first.append(event)
        kind = event["event_type"]
        trial.accepted[kind] += 1
        trial.filled.setdefault(kind, Counter()).update(event.keys() - _NOT_COUNTED)
        if "extra" in event:
            trial.unknown.update(msgspec.json.decode(event["extra"]).keys())
        at = event["event_time"]
        trial.earliest, trial.latest = min(trial.earliest or at, at), max(trial.latest, at)
        if self._ids.add(event["event_id"].encode()) > 1:
            trial.copies += 1
        elif kind in ("purchase", "refund"):
            self._sale(event)

    def _sale(self, event: dict[str, str]) -> None:
        money = self._trial.money.setdefault(event.get("currency", ""), Money())
        pieces = int(event.get("quantity", "1"))
        amount = Decimal(event["line_total"]) if "line_total" in event else Decimal(event.get("price", "0")) * pieces
        if event["event_type"] == "refund":
            money.given_back += amount
            return
        money.lines += 1
        money.pieces += pieces
        money.revenue += amount
        order = event.get("order_id")
        money.orders += order is None or self._orders.add(order.encode()) == 1

    def _value(self, reason: str, line: ParsedLine, event: dict[str, str]) -> str:
        """What is wrong with a line, as a text for the terminal."""
        again = self._source.parser(RawLine(line.number, line.raw, line.size))
        if reason in _REFUSED_FOR and isinstance(again.content, dict):
            names = _REFUSED_FOR[reason]
            found: dict[str, Any] = {}
            for mapped in self._map(again.content):
                found = {name: mapped.fields[name] for name in names if name in mapped.fields} or found
            if not found:
                return f"has no {names[0]}"
            return ", ".join(f"{name}: {shown(scrub_text(str(value)))}" for name, value in found.items())
        return shown(event.get("raw", ""))


def _paths_of_type(dialect: Dialect) -> list[Path]:
    """Where a record may say what happened."""
    expressions = [rule.fields["event_type"] for rule in dialect.rules if "event_type" in rule.fields]
    paths = [path for expression in expressions for path in paths_of(expression)]
    paths += [Path(0, (name,), name) for name, targets in dialect.rename.items() if "event_type" in targets]
    return list(dict.fromkeys([*paths, Path(0, ("event_type",), "event_type")]))


def shown(text: str) -> str:
    """A text on one line of a terminal, without control characters."""
    short = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    return "".join(character if character.isprintable() else " " for character in short)
