"""How `shoplake dialects try` prints a trial."""

from __future__ import annotations

from typing import Final

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ingestion.cli.output import out, say, warn
from ingestion.event import FIELDS
from ingestion.onboarding.trial import Trial, shown

MOST_TYPES: Final = 6
_MOST_IGNORED: Final = 20
_NOT_SHOWN: Final = ("received_at", "event_type", "event_time")


def print_trial(trial: Trial, name: str, path: str, dialect: str) -> None:
    """Print what a dialect makes of a file; its name and path are without addresses."""
    _print_events(trial)
    _print_fullness(trial)
    _print_refused(trial, name)
    _print_money(trial)
    _print_totals(trial, name, path)
    for hollow in trial.fullness.hollow():
        if hollow.is_above_limit:
            warn(f"{hollow.count:,} of {hollow.total:,} {hollow.events} ({hollow.percent}) have no {hollow.field}")
    if trial.broken:
        warn(trial.broken)
    if trial.accepted:
        say(f"Next: shoplake replay {path} --dialect {dialect} --arrival event")
    else:
        warn(f"no line of {name} was accepted: is --dialect {dialect} the right one? `shoplake dialects draft {path}`")


def _print_events(trial: Trial) -> None:
    for event in trial.first:
        text = Text(f"{event['event_type']}  {event['event_time']}", style="bold")
        out.print(text)
        fields = Text()
        for field in FIELDS:
            if field in event and field not in _NOT_SHOWN:
                fields.append(f"{field} ", style="dim")
                fields.append(f"{shown(event[field])}   ")
        out.print(Padding(fields, (0, 0, 0, 2)))


def _print_fullness(trial: Trial) -> None:
    """The share of events that have a field, by type."""
    if not trial.accepted:
        return
    types = [name for name, _ in trial.accepted.most_common(MOST_TYPES)]
    table = Table(box=None, pad_edge=False)
    table.add_column("field")
    for name in types:
        table.add_column(name, justify="right")
    table.add_row("events", *(f"{trial.accepted[name]:,}" for name in types))
    for field in FIELDS:
        if any(trial.filled[name][field] for name in types):
            table.add_row(field, *(_percent(trial.filled[name][field], trial.accepted[name]) for name in types))
    _print_section("How full the fields are, in percent", table)
    if len(trial.accepted) > MOST_TYPES:
        others = ", ".join(f"{name} {count:,}" for name, count in trial.accepted.most_common()[MOST_TYPES:])
        say(f"and other types: {others}")
    if trial.unknown:
        total = trial.accepted.total()
        names = ", ".join(f"{shown(name)} {_percent(count, total)}" for name, count in trial.unknown.most_common(20))
        say(f"kept in extra, because no field of the event is called so (percent of events): {names}")


def _percent(count: int, total: int) -> str:
    """The share in percent; one that is not zero is never printed as 0, and one that is not all never as 100."""
    share = 100 * count / total
    return "" if not count else "<1" if share < 1 else ">99" if 99 < share < 100 else f"{share:.0f}"


def _print_refused(trial: Trial, name: str) -> None:
    if trial.refused:
        table = Table(box=None, pad_edge=False)
        for heading in ("reason", "lines", "first", "which"):
            table.add_column(heading, justify="right" if heading == "lines" else "left", overflow="fold")
        for reason, refusal in sorted(trial.refused.items(), key=lambda item: -item[1].count):
            table.add_row(reason, f"{refusal.count:,}", f"line {refusal.line:,}", Text(refusal.value))
        _print_section("Refused", table)
        if "bad_encoding" in trial.refused:
            say("bad_encoding: the file is not UTF-8. Exports of Excel are often `read: {encoding: cp1252}`")


def _print_money(trial: Trial) -> None:
    if not trial.money:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("currency")
    for heading in ("orders", "lines", "pieces", "revenue", "given back"):
        table.add_column(heading, justify="right")
    for currency, money in sorted(trial.money.items()):
        table.add_row(
            Text(shown(currency) or "(none)"),
            f"{money.orders:,}",
            f"{money.lines:,}",
            f"{money.pieces:,}",
            f"{money.revenue:,.2f}",
            f"{money.given_back:,.2f}",
        )
    _print_section("Sales", table)


def _print_section(title: str, table: Table) -> None:
    out.print()
    out.print(Text(title, style="bold"))
    out.print(table)


def _print_totals(trial: Trial, name: str, path: str) -> None:
    part = "" if trial.is_complete else f"the first {trial.read:,} lines of "
    days = f", from {trial.earliest[:10]} to {trial.latest[:10]}" if trial.accepted else ""
    out.print()
    say(
        f"{part}{name}: {trial.read:,} lines read, {trial.accepted.total():,} events accepted{days}, "
        f"{trial.refused_count:,} refused, {trial.ignored:,} ignored"
        + (f" (line {trial.first_ignored:,} is the first)" if trial.ignored else "")
    )
    if trial.ignored:
        counts = [f"{shown(event)} {count:,}" for event, count in trial.ignored_events.most_common(_MOST_IGNORED)]
        rest = trial.ignored - sum(trial.ignored_events.values())
        more = len(trial.ignored_events) - len(counts)
        counts += [f"{more} other names"] * bool(more) + [f"{rest:,} that are no events of a shop"] * bool(rest)
        say(f"ignored: {', '.join(counts)}")
    if trial.copies:
        say(
            f"{trial.copies:,} events have an id that occurred before, and count once. If identical rows are pieces of "
            "their own, put `read: {identical_rows: each}` into the dialect"
        )
