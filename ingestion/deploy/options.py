"""Options that the commands share."""

from __future__ import annotations

from typing import Annotated

import typer

StackName = Annotated[
    str, typer.Option("--stack", help="Name of the stack, first part of all names in it.", envvar="SHOPLAKE_STACK")
]
Region = Annotated[str | None, typer.Option(help="AWS region; else that of the profile or of AWS_REGION.")]
Profile = Annotated[str | None, typer.Option(help="Profile of the AWS configuration; else AWS_PROFILE.")]

DEFAULT_STACK = "shoplake"
