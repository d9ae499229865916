"""`shoplake resend`: what waits in the spill folder, into its delivery stream."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import typer
from rich.console import Console

from ingestion.errors import UserError
from ingestion.firehose.destination import DEFAULT_SPILL, NOT_ALL_SENT, SpillFolder, open_firehose, sentences
from ingestion.firehose.sink import FirehoseSink, Sent
from ingestion.firehose.spill import Spill, spilled_streams

_out: Final = Console()
_err: Final = Console(stderr=True)


def resend(spill: SpillFolder = DEFAULT_SPILL) -> None:
    """Send what a delivery stream did not take before; what it takes now is removed from the folder.

    If this is killed, some lines may be sent twice by the next one; dbt keeps one of them.
    """
    streams = spilled_streams(spill)
    if not streams:
        _out.print(f"nothing waits in {spill}", highlight=False, soft_wrap=True)
        return
    waiting = 0
    for stream in streams:
        with _err.status(f"sending to {stream}"):
            sent, left = send_files(Spill(spill, stream), open_firehose(stream, spill))
        waiting += left
        for line in sentences(sent, stream):
            _out.print(line, highlight=False, markup=False, soft_wrap=True)
        if left:
            _err.print(f"{left:,} lines still wait in {spill / stream}: {sent.why}", highlight=False, soft_wrap=True)
    if waiting:
        raise typer.Exit(NOT_ALL_SENT)


def send_files(spill: Spill, sink: FirehoseSink) -> tuple[Sent, int]:
    """Send the files of one stream, oldest first, until it takes no more; what was sent, and how many lines wait.

    A file is removed when all its lines are sent, or lie in a new one.

    Raises
    ------
    UserError
        The stream refuses us, or a file cannot be read.
    """
    for path in spill.files():
        try:
            sink.write(path.read_bytes().split(b"\n")[:-1], datetime.now(UTC))
            sink.flush()
            path.unlink()
        except OSError as error:
            raise UserError(f"cannot read or remove {path}: {error.strerror or error}") from error
        if sink.spilled:
            break
    return sink.sent, sum(path.read_bytes().count(b"\n") for path in spill.files())
