"""What the commands print."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from ingestion.cli.output import out
from ingestion.stack.stack import Change, Event


def show_events(events: Iterable[Event]) -> list[Event]:
    """Print events as they happen; all of them."""
    seen = []
    for event in events:
        seen.append(event)
        style = "red" if event.failed else "green" if event.status.endswith("_COMPLETE") else None
        reason = f"  {event.reason}" if event.failed else ""
        line = f"{event.at:%H:%M:%S}  {event.status:<28}  {event.resource}{reason}"
        out.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
    return seen


def show_changes(changes: Iterable[Change]) -> None:
    """Print a change set as a table."""
    table = Table(box=None, pad_edge=False)
    for heading in ("change", "resource", "kind", ""):
        table.add_column(heading, overflow="fold")
    for change in changes:
        table.add_row(change.action, change.resource, change.kind, change.replacement)
    out.print(table)
