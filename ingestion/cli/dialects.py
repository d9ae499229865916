"""`shoplake dialects`: the list of shipped dialects, one of them, a trial on a file, a draft for a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import TextColumn
from rich.table import Table
from rich.text import Text

from ingestion.cli.output import out, printable, say, scrubbed, warn
from ingestion.cli.progress import ProgressBar
from ingestion.cli.streams import print_file
from ingestion.cli.trial import print_trial
from ingestion.door.dialect import dialect_text, load_dialect, shipped_dialects
from ingestion.errors import UserError
from ingestion.onboarding.drafting import draft_dialect
from ingestion.onboarding.trial import try_dialect
from ingestion.replay.readers import open_source

LINES_TRIED: Final = 100_000

dialects: Final = typer.Typer(
    help=(
        "List the dialects (input formats), try one on a file, or draft one for your own export.\n\n"
        "A dialect is a small YAML file that says how the fields of a source become those of an event.\n\n"
        "\b\n"
        "which are there:     shoplake dialects\n"
        "one for my export:   shoplake dialects draft export.csv --output shop.yml\n"
        "is it right:         shoplake dialects try export.csv --dialect shop.yml\n"
        "load it:             shoplake replay export.csv --dialect shop.yml --arrival event"
    ),
    invoke_without_command=True,
)


@dialects.callback()
def list_dialects(context: typer.Context) -> None:
    """List the shipped dialects."""
    if context.invoked_subcommand is not None:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("dialect")
    table.add_column("for")
    for name in shipped_dialects():
        table.add_row(name, Text(load_dialect(name).description))
    out.print(table)
    say("For another format: `shoplake dialects draft FILE` proposes a dialect, and `shoplake dialects try` tests it.")


@dialects.command("show")
def show_dialect(name: Annotated[str, typer.Argument(help="A name from `shoplake dialects`.")]) -> None:
    """Print a shipped dialect, to start your own from it.

    \b
    shoplake dialects show transactions > shop.yml
    """
    print_file(dialect_text(name))


@dialects.command("try")
def try_on_file(
    file: Annotated[str, typer.Argument(help="A file in any form that `shoplake replay` reads; - reads stdin.")],
    dialect: Annotated[
        str, typer.Option(help="A name from `shoplake dialects`, or the path of your own .yml file.")
    ] = "canonical",
    events: Annotated[int, typer.Option(help="How many of the first events to show.", min=0)] = 10,
    rows: Annotated[int, typer.Option(help="How many lines to read at most.", min=1)] = LINES_TRIED,
    whole: Annotated[bool, typer.Option("--all", help="Read the whole file.")] = False,
) -> None:
    """Show what a dialect makes of a file. Nothing is written.

    Shows the first events as they would be stored, how full each field is,
    which lines would be refused and why, and the revenue: compare it with
    what you know of the shop. Change the dialect and try again until both
    agree, then use the same --dialect with `shoplake replay`.

    Addresses are replaced as in the lake, but with keys of this trial: ids
    that the door derives are others than those in your lake.

    Exit code 1 means that no line was accepted.

    \b
    shoplake dialects try export.csv --dialect shop.yml
    shoplake dialects try export.json.gz --dialect segment --events 3 --all
    """
    shape = load_dialect(dialect)
    source = open_source(file, shape)
    bar = ProgressBar(
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.completed:,.0f} lines"),
        description=printable(source.name),
    )
    with bar:
        trial = try_dialect(
            source,
            shape,
            now=datetime.now(UTC),
            events=events,
            most_lines=None if whole else rows,
            on_lines=bar.update,
        )
    print_trial(trial, source.name, scrubbed(file), dialect)
    if not trial.accepted:
        raise typer.Exit(1)


@dialects.command("draft")
def draft_for_file(
    file: Annotated[str, typer.Argument(help="A file in any form that `shoplake replay` reads.")],
    output: Annotated[
        Path | None, typer.Option(help="Where to write the dialect; stdout by default. An existing file is kept.")
    ] = None,
) -> None:
    """Propose a dialect for a file, from its columns and their values.

    Names are known in English, German, French, Spanish, Dutch and Italian.
    Comments say what each line rests on, and what could not be decided.
    Read it, then see what it makes of the file with `shoplake dialects try`.

    \b
    shoplake dialects draft export.csv --output shop.yml
    shoplake dialects try export.csv --dialect shop.yml
    """
    if output is not None and output.exists():
        raise UserError(f"{output} exists and is kept: give another --output, or remove it")
    draft = draft_dialect(file, now=datetime.now(UTC))
    for name in draft.shipped:
        warn(f"this looks like {name}, which is shipped: use --dialect {name} rather than the draft")
    if output is None:
        print_file(draft.text)
    else:
        try:
            output.write_text(draft.text, encoding="utf-8")
        except OSError as error:
            raise UserError(f"cannot write {output}: {error.strerror}") from error
        say(f"{output} written")
    for sentence in draft.open_questions:
        warn(f"decide: {scrubbed(sentence)}")
    warn(draft.result)
    best = draft.shipped[0] if draft.shipped else output or "shop.yml"
    warn(f"Next: shoplake dialects try {scrubbed(file)} --dialect {best}")
