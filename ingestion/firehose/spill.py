"""Keeps records that a delivery stream did not accept on disk until `shoplake resend`.

Each failed batch becomes one file of JSON lines in a folder named after the stream. It is written to a temporary file
and then renamed, so that readers never see a part of it.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ingestion.errors import UserError
from ingestion.firehose.packing import Record

SUFFIX: Final = ".jsonl"


class Spill:
    """The spilled files of one delivery stream.

    Parameters
    ----------
    folder
        Has a folder for each stream, created when the first file is written.
    now
        Returns the aware time that begins a file's name, so that files are sent again in the order of writing.
    """

    def __init__(self, folder: Path, stream: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder / stream
        self.stream = stream
        self._now = now

    def write(self, records: Iterable[Record]) -> Path:
        """Write the records to a new file.

        Raises
        ------
        UserError
            The folder cannot be written. The lines are lost unless the producer sends them again.
        """
        name = f"{self._now():%Y-%m-%dT%H-%M-%S.%f}-{uuid.uuid4().hex[:8]}{SUFFIX}"
        path, temporary = self.folder / name, self.folder / f".{name}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.writelines(record.data for record in records)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise UserError(
                f"delivery stream {self.stream} does not accept the lines, and they cannot be stored in {self.folder}: "
                f"{error.strerror or error}: give another --spill and run the same command again"
            ) from error
        return path

    def files(self) -> list[Path]:
        """The spilled files, oldest first."""
        return sorted(path for path in self.folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def spilled_streams(folder: Path) -> list[str]:
    """Names of the streams that have spilled files."""
    return sorted(path.name for path in folder.glob("*/") if Spill(folder, path.name).files())
