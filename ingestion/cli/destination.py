"""The option `--to`: the lake on this machine, or a delivery stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from ingestion.errors import UserError
from ingestion.firehose.delivery import Delivery, firehose_client
from ingestion.firehose.sink import FirehoseSink, Sent
from ingestion.firehose.spill import Spill

NOT_ALL_SENT: Final = 3
"""Exit code where something lies in the spill folder."""

LAKE: Final = "lake"
FIREHOSE: Final = "firehose:"
# https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
_is_stream_name: Final = re.compile(r"[a-zA-Z0-9_.-]{1,64}").fullmatch

To = Annotated[str, typer.Option("--to", help="lake, or firehose:NAME for a delivery stream.", envvar="SHOPLAKE_TO")]
SpillFolder = Annotated[
    Path,
    typer.Option("--spill", help="Where lines wait that the stream does not take.", envvar="SHOPLAKE_SPILL"),
]
DEFAULT_SPILL: Final = Path("spill")


def stream_of(to: str) -> str | None:
    """The name of the delivery stream; None for the lake.

    Raises
    ------
    UserError
        It is neither.
    """
    if to == LAKE:
        return None
    name = to.removeprefix(FIREHOSE)
    if name == to or not _is_stream_name(name):
        raise UserError(f"--to takes lake or firehose:NAME, as in firehose:shoplake-events, not {to!r}")
    return name


def open_firehose(stream: str, spill: Path) -> FirehoseSink:
    """A sink into a delivery stream of the region and account that boto3 finds."""
    return FirehoseSink(Delivery(firehose_client(), stream), Spill(spill, stream))


@contextmanager
def sending(stream: str, spill: Path) -> Iterator[FirehoseSink]:
    """A sink that says on stderr what it leaves behind, also when the producer is broken off."""
    sink = open_firehose(stream, spill)
    try:
        with sink:
            yield sink
    except BaseException:
        if sink.sent.lines_sent:
            _warn(f"{sink.sent.lines_sent:,} lines had been sent to {stream}; of those sent again dbt keeps one")
        raise
    finally:
        if sink.spilled:
            _warn(
                f"{sink.sent.lines_spilled:,} of {sink.sent.lines_written:,} lines were not taken by {stream} "
                f"({sink.sent.last_error}); they wait in {spill / stream}: shoplake resend --spill {spill}"
            )


def _warn(sentence: str) -> None:
    Console(stderr=True).print(sentence, highlight=False, markup=False, soft_wrap=True)


def sentences(sent: Sent, stream: str) -> list[str]:
    """What a sink did, for a person."""
    a_record = sent.lines_sent / sent.records_sent if sent.records_sent else 0
    lines = [
        f"{sent.lines_sent:,} lines sent to {stream}: {sent.records_sent:,} records of {a_record:,.0f} lines, "
        f"{sent.calls:,} calls, {sent.bytes_sent / 1e6:,.1f} MB, billed as {sent.billed_units:,} units of 5 KB"
    ]
    if sent.records_again:
        lines.append(f"{sent.records_again:,} records had to be sent again")
    if sent.lines_too_long:
        lines.append(f"{sent.lines_too_long:,} lines were too long for a record and refused (line_too_long)")
    return lines
