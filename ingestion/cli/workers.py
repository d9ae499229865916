"""The option --workers: how many processes send lines through the door."""

from __future__ import annotations

from typing import Annotated

import typer

WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        help="Processes that send lines through the door; the lake is the same with any number. "
        "(default: one for each core, up to 16)",
    ),
]
