"""`shoplake doctor`: what is wrong, and the command that mends it. The examination is in `ingestion/doctor/`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from ingestion.cli.locations import LakeOption
from ingestion.cli.output import busy, out
from ingestion.doctor.diagnosis import Subject, diagnose
from ingestion.doctor.finding import Finding, Level, Section
from ingestion.errors import UserError
from ingestion.lake.location import DEFAULT_LAKE
from ingestion.warehouse.project import PROJECT

_STYLES: Final = {Level.ok: "green", Level.note: "yellow", Level.problem: "bold red"}
_TITLE_CELLS: Final = 14
_LEVEL_CELLS: Final = 6


def doctor(
    target: Annotated[
        str | None, typer.Option(help="dbt target: local, athena or athena_local; default: that of profiles.yml.")
    ] = None,
    variables: Annotated[
        str, typer.Option("--vars", help="dbt variables that your builds get on their command line, as dbt takes them.")
    ] = "{}",
    lake: LakeOption = DEFAULT_LAKE,
) -> None:
    """Find out why a build fails or numbers look wrong, and print the command that mends it.

    The doctor examines the installation, profiles.yml, the warehouse, the lake,
    its keys, the ledger, the definitions of the tables, and what runs left
    behind. Every line begins with ok, note or fix. A note explains something;
    after fix comes a line with the command. It changes nothing itself.

    Exit code 0: all is well. Exit code 1: something needs doing.

    On Athena it also examines files and snapshots. It asks Glue and S3, and
    sends up to eight queries, which read the ledger and metadata: less than a
    tenth of a cent.

    \b
    this machine:     shoplake doctor
    a stack on AWS:   eval "$(shoplake env)" && shoplake doctor --target athena
    """
    if not Path("dbt_project.yml").is_file():
        raise UserError(f"the doctor examines the dbt project of the current folder: cd {PROJECT}, then run it again")
    problems, notes = 0, 0
    subject = Subject(Path.cwd(), lake, target, variables, os.environ, datetime.now(UTC), busy)
    for section in diagnose(subject):
        _print(section)
        problems += section.problems
        notes += sum(finding.level is Level.note for finding in section.findings)
    out.print()
    if problems:
        many = f"{problems} things need doing. Begin with the first: the others may follow from it."
        _say("One thing needs doing." if problems == 1 else many, "bold red")
        raise typer.Exit(1)
    _say("All is well." if not notes else "Nothing needs doing now.", "bold green")


def _print(section: Section) -> None:
    for number, finding in enumerate(section.findings):
        _print_finding(section.title if number == 0 else "", finding)


def _print_finding(title: str, finding: Finding) -> None:
    cells = (Text(title, "bold"), Text(finding.level, _STYLES[finding.level]), Text(finding.sentence))
    widths = (_TITLE_CELLS, _LEVEL_CELLS)
    if out.is_terminal:
        grid = Table.grid(expand=True)
        for width in widths:
            grid.add_column(width=width, no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        grid.add_row(*cells)
        out.print(grid)
    else:
        for cell, width in zip(cells, widths, strict=False):
            cell.pad_right(width - len(cell))
        out.print(Text.assemble(*cells), soft_wrap=True)
    if finding.command:
        # never wrapped, so that it can be copied
        out.print(Text(" " * sum(widths) + finding.command, "cyan"), soft_wrap=True)


def _say(text: str, style: str) -> None:
    out.print(Text(text, style=style), soft_wrap=True)
