"""`shoplake unlock`: removes the lock of a run that was killed on Athena."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ingestion.cli.output import busy, out
from ingestion.doctor.profile import examine_profile
from ingestion.errors import UserError
from ingestion.warehouse.operation import run_operation
from ingestion.warehouse.project import PROJECT


def unlock(
    target: Annotated[
        str | None, typer.Option(help="dbt target: athena or athena_local; default: that of profiles.yml.")
    ] = None,
) -> None:
    """Remove the lock that a killed run left on Athena, so that the next one may build.

    A run on Athena keeps others out of its tables: two at once would drop each
    other's staging tables. A run that is killed cannot remove its lock. It ends
    by itself an hour after the last model began (variable run_lock_minutes).
    This removes it at once, and says whose it was.

    Make sure first that the run is dead: `shoplake status` shows the builds of
    the stack.

    \b
    a stack on AWS:   eval "$(shoplake env)" && shoplake unlock --target athena
    """
    project = Path.cwd()
    if not (project / "dbt_project.yml").is_file():
        raise UserError(f"the lock is that of the dbt project of the current folder: cd {PROJECT}, then run it again")
    section, found = examine_profile(project, os.environ, target)
    if found is None or section.problems:
        raise UserError(next(one.sentence for one in section.findings if one.command))
    if found.engine == "duckdb":
        out.print(
            f"{found.warehouse} needs no lock: the process that has the file open keeps others out, until it ends.",
            soft_wrap=True,
        )
        return
    with busy("asking Athena for the lock"):
        lines = run_operation("unlock", ["--target", found.name])
    for line in lines:
        out.print(line, soft_wrap=True)
