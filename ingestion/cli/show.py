"""How the stack commands print events, change sets and schedules."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from ingestion.cli.output import out, say
from ingestion.stack.schedules import Rule
from ingestion.stack.stack import Change, Event


def show_event(event: Event) -> None:
    """Print one event of CloudFormation."""
    style = "red" if event.failed else "green" if event.status.endswith("_COMPLETE") else None
    reason = f"  {event.reason}" if event.failed else ""
    line = f"{event.at:%H:%M:%S}  {event.status:<28}  {event.resource}{reason}"
    out.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def show_changes(changes: Iterable[Change]) -> None:
    """Print a change set as a table."""
    table = Table(box=None, pad_edge=False)
    for heading in ("change", "resource", "kind", ""):
        table.add_column(heading, overflow="fold")
    for change in changes:
        table.add_row(change.action, change.resource, change.kind, change.replacement)
    out.print(table)


def show_rules(rules: Iterable[Rule]) -> None:
    """Print for each schedule whether it is on."""
    for rule in rules:
        show_labelled(rule.label, f"{'on' if rule.enabled else 'off'}, {rule.schedule}")


def show_labelled(label: str, text: str) -> None:
    """Print a line with a label in a column of its own."""
    say(f"{label:<12}{text}")
