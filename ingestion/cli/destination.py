"""The options --to and --spill: send lines to the lake on this machine, or to a delivery stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from ingestion.cli.output import warn
from ingestion.errors import Interrupted, UserError
from ingestion.firehose.sending import not_sent, open_sink, stopped_before_the_end
from ingestion.firehose.sink import FirehoseSink

NOT_ALL_SENT: Final = 3
"""The exit code when lines wait in the spill folder."""

LAKE: Final = "lake"
_FIREHOSE: Final = "firehose:"
# https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
_is_stream_name: Final = re.compile(r"[a-zA-Z0-9_.-]{1,64}").fullmatch

To = Annotated[
    str,
    typer.Option(
        "--to", help="Where the lines go: lake, or firehose:NAME for a delivery stream on AWS.", envvar="SHOPLAKE_TO"
    ),
]
SpillFolder = Annotated[
    Path,
    typer.Option(
        "--spill",
        help="Folder for lines that the delivery stream did not take; `shoplake resend` sends them later.",
        envvar="SHOPLAKE_SPILL",
    ),
]
DEFAULT_SPILL: Final = Path("spill")


def stream_of(to: str) -> str | None:
    """Return the name of the delivery stream that --to names; None for the lake.

    Raises
    ------
    UserError
        The value is neither lake nor firehose:NAME.
    """
    if to == LAKE:
        return None
    name = to.removeprefix(_FIREHOSE)
    if name == to or not _is_stream_name(name):
        raise UserError(f"--to takes lake or firehose:NAME, for example firehose:shoplake-events, not {to!r}")
    return name


@contextmanager
def sending(
    stream: str, spill: Path, seal: Callable[[Iterable[bytes]], list[bytes]] | None = None
) -> Iterator[FirehoseSink]:
    """Open a sink into a delivery stream; print on stderr what was not sent, even if the block is interrupted."""
    sink = open_sink(stream, spill, seal, warn)
    try:
        with sink:
            yield sink
    except BaseException as error:
        # not also that the lines in the spill folder can be sent: they would be sent by both
        if sink.sent.lines_sent or sink.spilled:
            sentence = stopped_before_the_end(sink.sent, stream, spill)
            if isinstance(error, Interrupted):
                error.sentence = sentence
            else:
                warn(sentence)
        raise
    if sink.spilled:
        warn(not_sent(sink.sent, stream, spill))
