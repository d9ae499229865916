"""`shoplake resend`: its options, its progress, its output. The work is in `ingestion/firehose/resend.py`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ingestion.cli.destination import DEFAULT_SPILL, LAKE, NOT_ALL_SENT, SpillFolder, To, sending, stream_of
from ingestion.cli.output import busy, say, warn
from ingestion.errors import UserError
from ingestion.firehose.error_output import failed_records, files_in
from ingestion.firehose.resend import resend_failed_records, resend_spilled
from ingestion.firehose.sending import open_sink, summary
from ingestion.firehose.spill import Spill, spilled_streams


def resend(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders of Firehose's error output, as in s3://BUCKET/errors/; requires --to."),
    ] = None,
    to: To = LAKE,
    spill: SpillFolder = DEFAULT_SPILL,
) -> None:
    """Send lines again that a delivery stream did not take, or that the stream's door failed on.

    Without FILES, the command sends the lines in the spill folder to their
    streams and removes what was sent.

    With FILES, it sends each failed record unchanged, because the stream's own
    door removes the addresses. The files stay.

    If the command is killed, the next one may send some lines twice; dbt keeps
    one copy. Exit code 3 means that lines still wait.

    \b
    lines in ./spill:                  shoplake resend
    records that the door failed on:   shoplake resend FOLDER --to firehose:NAME
    """
    if files:
        stream = stream_of(to)
        if stream is None:
            raise UserError("failed records need the delivery stream they go back to: add --to firehose:NAME")
        all_sent = _resend_failed(files_in(files), stream, spill)
    elif to != LAKE:
        raise UserError(
            "--to goes with files of Firehose's error output: lines in --spill go to the stream that their folder names"
        )
    else:
        all_sent = _resend_spilled(spill)
    if not all_sent:
        raise typer.Exit(NOT_ALL_SENT)


def _resend_spilled(spill: Path) -> bool:
    """Send the lines in the spill folder, stream by stream; True if none is left."""
    if spill.is_file():
        raise UserError(f"--spill {spill} is a file: give the folder that holds a folder for each stream")
    streams = spilled_streams(spill)
    if not streams:
        say(f"nothing waits in {spill}")
    all_sent = True
    for stream in streams:
        sink = open_sink(stream, spill, tell=warn)
        with busy(f"sending to {stream}"):
            waiting = resend_spilled(Spill(spill, stream), sink)
        for sentence in summary(sink.sent, stream):
            say(sentence)
        if waiting:
            warn(f"{waiting:,} lines still wait in {spill / stream}: {sink.sent.last_error}")
            all_sent = False
    return all_sent


def _resend_failed(files: Sequence[Path], stream: str, spill: Path) -> bool:
    """Send the records of Firehose's error output; True if the stream took all of them."""
    # Reads every file first: if one of them cannot be read, nothing is sent.
    records = sum(1 for _ in failed_records(files))
    with busy(f"sending to {stream}"), sending(stream, spill) as sink:
        resend_failed_records(files, sink)
    for sentence in summary(sink.sent, stream):
        say(sentence)
    if sink.spilled:
        return False
    say(
        f"all of the {records:,} failed records in {len(files):,} files were sent; the files still hold addresses in "
        "the clear, so remove them"
    )
    return True
