"""The command `shoplake`: assembles the commands and turns errors into one sentence and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from ingestion.cli.build import build
from ingestion.cli.cost import cost
from ingestion.cli.demo import demo
from ingestion.cli.deploy import deploy
from ingestion.cli.destroy import destroy
from ingestion.cli.dialects import dialects
from ingestion.cli.doctor import doctor
from ingestion.cli.env import env
from ingestion.cli.generate import generate
from ingestion.cli.keys import keys
from ingestion.cli.output import scrubbed, warn
from ingestion.cli.replay import replay
from ingestion.cli.report import report
from ingestion.cli.resend import resend
from ingestion.cli.simulate import simulate
from ingestion.cli.start_stop import start, stop
from ingestion.cli.status import status
from ingestion.cli.streams import prepare_streams
from ingestion.cli.unlock import unlock
from ingestion.cli.upload import upload
from ingestion.errors import Interrupted, UserError


class _InOrder(TyperGroup):
    """Lists groups of commands among the commands, not before them."""

    def list_commands(self, ctx: Any) -> list[str]:
        names = [name for name in super().list_commands(ctx) if name != "dialects"]
        place = names.index("replay") + 1
        return [*names[:place], "dialects", *names[place:]]


app = typer.Typer(
    cls=_InOrder,
    help=(
        "Bring the raw events of an online shop into a lake, and run the stack on AWS. dbt builds the tables.\n\n"
        "Start with `shoplake demo`; `shoplake COMMAND --help` explains each command."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# `shoplake --help` lists the commands in this order.
_COMMANDS: Final[tuple[Callable[..., None], ...]] = (
    demo,
    simulate,
    replay,
    build,
    report,
    doctor,
    unlock,
    upload,
    resend,
)
_STACK_COMMANDS: Final[tuple[Callable[..., None], ...]] = (
    deploy,
    start,
    stop,
    status,
    generate,
    env,
    cost,
    destroy,
)
for _command in _COMMANDS:
    app.command()(_command)
app.add_typer(keys, name="keys")
for _command in _STACK_COMMANDS:
    app.command(rich_help_panel="The stack on AWS")(_command)
app.add_typer(dialects, name="dialects")


def _interrupt(signal_number: int, _: FrameType | None) -> NoReturn:
    # A second signal gets the default action: it ends the process even if the cleanup hangs.
    signal.signal(signal_number, signal.SIG_DFL)
    raise Interrupted(signal_number)


def main() -> None:
    """Run the command line. A user's mistake prints one sentence and exits with 2."""
    prepare_streams()
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except UserError as error:
        # the name of a file or a column in it may be an address
        warn(scrubbed(str(error)))
        sys.exit(2)
    except Interrupted as error:
        warn(f"Interrupted: {error.sentence}.")
        sys.exit(error.exit_code)
