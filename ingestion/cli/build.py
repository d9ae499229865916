"""`shoplake build`: `dbt build`, unless there is nothing to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from ingestion.cli.output import busy, say
from ingestion.errors import UserError
from ingestion.warehouse.dbt_command import run_dbt
from ingestion.warehouse.operation import parse, run_operation, selected_by
from ingestion.warehouse.project import PROJECT

_MARK: Final = "whats_new: "


def build(
    target: Annotated[
        str | None, typer.Option(help="dbt target: local, athena or athena_local; default: that of profiles.yml.")
    ] = None,
    variables: Annotated[str, typer.Option("--vars", help="dbt variables, as dbt takes them.")] = "{}",
    selector: Annotated[
        str | None, typer.Option(help="hourly: all but the tables of the daily tier; default: everything.")
    ] = None,
) -> None:
    """Build and test every table, unless nothing arrived and nothing changed.

    This is the command for a schedule. It looks first whether there is anything
    to do: new objects in bronze, a changed definition, a table that is missing,
    a model or test that failed in the last run. If there is not, it ends after
    three small statements instead of ninety. If there is, it says what, and
    runs dbt build.

    Tables that count people over all time cost more with every day of history.
    --selector hourly leaves them to the next build without it.

    Exit codes are dbt's: 0, or 1 if a model or a test failed.

    \b
    this machine:     shoplake build
    a stack on AWS:   eval "$(shoplake env)" && shoplake build --target athena
    """
    if code := build_what_is_new(target, variables, selector):
        raise typer.Exit(code)


def build_what_is_new(target: str | None, variables: str, selector: str | None) -> int:
    """Run the command; return its exit code.

    Raises
    ------
    UserError
        The current folder is no dbt project, or dbt cannot read it or reach the warehouse.
    """
    if not Path("dbt_project.yml").is_file():
        raise UserError(f"this builds the dbt project of the current folder: cd {PROJECT}, then run it again")
    options = ["--vars", variables, *(["--target", target] if target else [])]
    with busy("looking for anything new"):
        manifest = parse(options)
        selected = selected_by(selector, options, manifest) if selector else None
        arguments = json.dumps({"selected": selected})
        lines = run_operation("whats_new", [*options, "--args", arguments], manifest)
    [answer] = [line for line in lines if line.startswith(_MARK)]
    reasons = json.loads(answer.removeprefix(_MARK))
    if not reasons:
        say("Nothing arrived since the last build, and nothing changed: there is nothing to build.")
        return 0
    say(f"To build: {'; '.join(reasons)}")
    result = run_dbt(["build", *options, *(["--selector", selector] if selector else [])], manifest)
    return 0 if result.success else 2 if result.exception else 1
