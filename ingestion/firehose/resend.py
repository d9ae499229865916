"""Resend: lines in the spill folder, or records in Firehose's error output, go to their delivery stream again."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from ingestion.errors import UserError
from ingestion.firehose.error_output import failed_records
from ingestion.firehose.sink import FirehoseSink
from ingestion.firehose.spill import Spill


def _now() -> datetime:
    return datetime.now(UTC)


def resend_spilled(spill: Spill, sink: FirehoseSink, clock: Callable[[], datetime] = _now) -> int:
    """Send the spilled files of one stream, oldest first, until the stream fails again.

    A file is removed once all its lines are sent or spilled to a new file. A run that is killed before that leaves the
    file, so some lines may be sent twice; dbt keeps one copy.

    Returns
    -------
    The number of lines that still wait in the spill folder.

    Raises
    ------
    UserError
        The stream rejects the producer, or a file cannot be read or removed.
    """
    for path in spill.files():
        try:
            sink.write(_lines(path.read_bytes()), clock())
            sink.flush()
            path.unlink()
        except OSError as error:
            raise UserError(f"cannot read or remove {path}: {error.strerror or error}") from error
        if sink.spilled:
            break
    return sum(len(_lines(path.read_bytes())) for path in spill.files())


def resend_failed_records(paths: Iterable[Path], sink: FirehoseSink, clock: Callable[[], datetime] = _now) -> None:
    """Send the records of Firehose's error output as their producers sent them. No file is changed or removed.

    Raises
    ------
    UserError
        A file is not error output of Firehose, or the stream rejects the producer.
    """
    for record in failed_records(paths):
        # The door strips a byte order mark only at the start of a record, and these records are packed anew.
        sink.write(_lines(record.removeprefix(BOM_UTF8)), clock())


def _lines(data: bytes) -> list[bytes]:
    """Split into lines without their newline; the last line need not end with one."""
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]
