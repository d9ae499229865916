"""Options that the stack commands share."""

from __future__ import annotations

import re
from typing import Annotated, Final

import typer

from ingestion.errors import UserError

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
_is_stack_name: Final = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}").fullmatch


def _checked(name: str) -> str:
    if not _is_stack_name(name):
        raise UserError(
            f"--stack takes letters, digits and hyphens, beginning with a letter, for example shoplake; not {name!r}"
        )
    return name


StackName = Annotated[
    str,
    typer.Option(
        "--stack",
        help="Name of the stack, which also begins the names of its resources.",
        envvar="SHOPLAKE_STACK",
        callback=_checked,
    ),
]
Region = Annotated[str | None, typer.Option(help="AWS region; default: AWS_REGION, or the region of the profile.")]
Profile = Annotated[str | None, typer.Option(help="Profile of the AWS configuration; default: AWS_PROFILE.")]

DEFAULT_STACK = "shoplake"
