"""`shoplake start` and `shoplake stop`: switch the schedules of a stack on and off.

The two commands share one module because they take the same argument and differ only in the action that they send.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ingestion.cli.output import say
from ingestion.cli.show import show_rules
from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.errors import UserError
from ingestion.stack.aws import Aws, connect
from ingestion.stack.orchestrator import call_orchestrator
from ingestion.stack.schedules import rules


class What(StrEnum):
    generator = "generator"
    builds = "builds"
    all = "all"


_What = Annotated[What, typer.Argument(help="What to switch.")]


def start(
    what: _What = What.all,
    now: Annotated[bool, typer.Option("--now", help="Build at once, too, unless a build is running.")] = False,
    stack: StackName = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Switch the generator and the dbt builds on."""
    if now and what == What.generator:
        raise UserError("--now starts a dbt build: leave it out, or write `shoplake start builds --now`")
    aws = connect(region, profile)
    _switch("start", what, aws, stack)
    if now:
        started = call_orchestrator(aws, stack, "build").get("started")
        say(f"A build has started; its log is /aws/ecs/{stack}-dbt." if started else "A build is running already.")


def stop(
    what: _What = What.all, stack: StackName = DEFAULT_STACK, region: Region = None, profile: Profile = None
) -> None:
    """Switch the generator and the dbt builds off; the delivery stream still accepts events."""
    _switch("stop", what, connect(region, profile), stack)


def _switch(action: str, what: What, aws: Aws, stack: str) -> None:
    call_orchestrator(aws, stack, action, what.value)
    show_rules(rules(aws, stack))
