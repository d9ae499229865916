"""`shoplake env`: the environment variables that connect dbt to a stack."""

from __future__ import annotations

import shlex

from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.stack.aws import connect
from ingestion.stack.environment import dbt_environment
from ingestion.stack.stack import Stack


def env(stack: StackName = DEFAULT_STACK, region: Region = None, profile: Profile = None) -> None:
    """Print the variables that profiles.yml reads: eval "$(shoplake env)"."""
    for name, value in dbt_environment(Stack(connect(region, profile), stack).outputs()).items():
        print(f"export {name}={shlex.quote(value)}")
