"""The command `shoplake`: one file per command, and what the commands share (options, progress, output).

The clock, the environment and the terminal enter the program here, and only this room imports typer or rich. It may
import every room but `handlers` and `detection`; no room imports it. The work of a command is in another room, where
handlers, tests and benchmarks can use it too.
"""

from __future__ import annotations


def main() -> None:
    """Run the command `shoplake`. The script that pip installs calls this, so that an upgrade needs no new script."""
    # imported here, so that importing a module of this room does not load every command
    from ingestion.cli.app import main as run

    run()
