"""`shoplake dialects`: the list of shipped dialects."""

from __future__ import annotations

from rich.table import Table

from ingestion.cli.output import out, say
from ingestion.door.dialect import load_dialect, shipped_dialects


def dialects() -> None:
    """List the dialects: the input formats that `shoplake replay` can read.

    A dialect is a small YAML file that maps the fields of a source to the fields of an event.
    """
    table = Table(box=None, pad_edge=False)
    table.add_column("dialect")
    table.add_column("for")
    for name in shipped_dialects():
        table.add_row(name, load_dialect(name).description)
    out.print(table)
    say("For another format, write a .yml file like those in ingestion/door/dialects/ and pass --dialect path.yml.")
