"""`shoplake env`: the environment variables that connect dbt to a stack, or those with the keys of a stack."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.cli.streams import print_file
from ingestion.stack.aws import connect
from ingestion.stack.environment import dbt_environment, keys_environment
from ingestion.stack.stack import Stack


def env(
    stack: StackName = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
    keys: Annotated[
        bool, typer.Option("--keys", help="Print the keys of the stream instead, for `shoplake replay --to`.")
    ] = False,
) -> None:
    """Print the variables that profiles.yml reads: eval "$(shoplake env)".

    With --keys, print the two keys of the stack's door, which are secret:
    eval "$(shoplake env --keys)" keeps them from the terminal.
    """
    aws = connect(region, profile)
    outputs = Stack(aws, stack).outputs()
    variables = keys_environment(aws, outputs) if keys else dbt_environment(outputs)
    for name, value in variables.items():
        print_file(f"export {name}={shlex.quote(value)}\n")
