"""`shoplake resend`: what waits in the spill folder, or in Firehose's error output, into its delivery stream."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from ingestion.cli.destination import (
    DEFAULT_SPILL,
    LAKE,
    NOT_ALL_SENT,
    SpillFolder,
    To,
    open_firehose,
    sending,
    sentences,
    stream_of,
)
from ingestion.errors import UserError
from ingestion.firehose.error_output import failed_records, files_in
from ingestion.firehose.sink import FirehoseSink, Sent
from ingestion.firehose.spill import Spill, spilled_streams

_out: Final = Console()
_err: Final = Console(stderr=True)


def resend(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders of Firehose's error output; they need --to.")
    ] = None,
    to: To = LAKE,
    spill: SpillFolder = DEFAULT_SPILL,
) -> None:
    """Send what a delivery stream did not take before; what it takes now is removed from the spill folder.

    If this is killed, some lines may be sent twice by the next one; dbt keeps one of them.

    \b
    what waits in ./spill:                shoplake resend
    what the stream's door failed on:     shoplake resend FOLDER --to firehose:NAME
    The second sends each record as it came, since the stream's own door takes its addresses out, and removes no file.
    """
    if files:
        stream = stream_of(to)
        if stream is None:
            raise UserError("name the stream that the failed records go back to: --to firehose:NAME")
        send_failed(files_in(files), stream, spill)
        return
    if to != LAKE:
        raise UserError("--to goes with files of Firehose's error output; what waits in --spill knows its stream")
    if spill.is_file():
        raise UserError(f"--spill {spill} is a file: give the folder that holds a folder for each stream")
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
            _err.print(
                f"{left:,} lines still wait in {spill / stream}: {sent.last_error}", highlight=False, soft_wrap=True
            )
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
            sink.write(_lines(path.read_bytes()), datetime.now(UTC))
            sink.flush()
            path.unlink()
        except OSError as error:
            raise UserError(f"cannot read or remove {path}: {error.strerror or error}") from error
        if sink.spilled:
            break
    return sink.sent, sum(len(_lines(path.read_bytes())) for path in spill.files())


def send_failed(files: Sequence[Path], stream: str, spill: Path) -> None:
    """Send the records of Firehose's error output; nothing, if one of the files cannot be read.

    Raises
    ------
    UserError
        A file is not what Firehose wrote, or the stream refuses us.
    """
    records = sum(1 for _ in failed_records(files))
    with _err.status(f"sending to {stream}"), sending(stream, spill) as sink:
        for record in failed_records(files):
            # the door takes a byte order mark for none at the start of a record only, and records are packed anew
            sink.write(_lines(record.removeprefix(BOM_UTF8)), datetime.now(UTC))
    for line in sentences(sink.sent, stream):
        _out.print(line, highlight=False, markup=False, soft_wrap=True)
    if sink.spilled:
        raise typer.Exit(NOT_ALL_SENT)
    _out.print(
        f"that is all of the {records:,} failed records in {len(files):,} files, which still hold addresses in the "
        "clear: remove them",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _lines(data: bytes) -> list[bytes]:
    """Lines without their newline, which the last one need not have."""
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]
