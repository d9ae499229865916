"""dbt in this process: `dbt run-operation`, and what its macro logs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ingestion.errors import UserError
from ingestion.warehouse.dbt_command import run_dbt

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_SILENT: Final = ("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json")


def run_operation(operation: str, options: Sequence[str], manifest: Manifest | None = None) -> list[str]:
    """Run a macro of `macros/operations` and return the lines that it logs. dbt prints nothing.

    Parameters
    ----------
    options
        dbt's: `--target athena`, `--vars`, `--profiles-dir` and the like.
    manifest
        The parsed project (`parse`); None if dbt is to parse it.

    Raises
    ------
    UserError
        dbt cannot read the project or reach the warehouse, or the macro failed; the message is dbt's reason.
    Interrupted
        The user stopped the command.
    """
    lines: list[str] = []

    def listen(event: Any) -> None:
        if event.info.name == "JinjaLogInfo":
            lines.append(event.data.msg)

    _invoke(["run-operation", operation], options, manifest, listen)
    return lines


def parse(options: Sequence[str]) -> Manifest:
    """Parse the project with the same options.

    Raises
    ------
    UserError
        The project cannot be parsed; the message is dbt's reason.
    Interrupted
        The user stopped the command.
    """
    manifest: Manifest = _invoke(["parse"], options, None, lambda _: None)
    return manifest


def selected_by(selector: str, options: Sequence[str], manifest: Manifest) -> list[str]:
    """The names of the models, seeds and tests that a selector of selectors.yml selects.

    Raises
    ------
    UserError
        There is no such selector; the message is dbt's reason.
    Interrupted
        The user stopped the command.
    """
    names: list[str] = _invoke(["ls", "--selector", selector, "--output", "name"], options, manifest, lambda _: None)
    return names


def _invoke(command: Sequence[str], options: Sequence[str], manifest: Manifest | None, listen: Any) -> Any:
    errors: list[str] = []

    def note_errors(event: Any) -> None:
        if event.info.level == "error":
            errors.append(event.info.msg)

    with tempfile.TemporaryDirectory(prefix="shoplake-") as logs:
        result = run_dbt([*_SILENT, *command, *options, "--log-path", logs], manifest, [listen, note_errors])
    if not result.success:
        raise UserError(" ".join(str(result.exception or " ".join(errors)).split()))
    return result.result
