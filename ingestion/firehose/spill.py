"""What a delivery stream did not take is kept on disk until `shoplake resend`.

Each failed call leaves one file of JSON lines in a folder named after the stream, written aside and renamed, so that
there is never half of one.
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
    """The files of one delivery stream that wait to be sent again.

    Parameters
    ----------
    folder
        Holds a folder for each stream; made when there is something to put in.
    now
        Aware time, the first part of a file's name, so that files are sent again in the order they were kept.
    """

    def __init__(self, folder: Path, stream: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder / stream
        self.stream = stream
        self._now = now

    def keep(self, records: Iterable[Record]) -> Path:
        """Write the records to a new file.

        Raises
        ------
        UserError
            The folder cannot be written: these lines are lost if the producer cannot make them again.
        """
        name = f"{self._now():%Y-%m-%dT%H-%M-%S.%f}-{uuid.uuid4().hex[:8]}{SUFFIX}"
        path, aside = self.folder / name, self.folder / f".{name}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as file:
                file.writelines(record.data for record in records)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except OSError as error:
            with suppress(OSError):
                aside.unlink()
            raise UserError(
                f"delivery stream {self.stream} does not take the lines, and they cannot be kept in {self.folder}: "
                f"{error.strerror or error}; give another --spill and run the same command again"
            ) from error
        return path

    def files(self) -> list[Path]:
        """The files that wait, oldest first."""
        return sorted(path for path in self.folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def spilled_streams(folder: Path) -> list[str]:
    """Names of the streams for which something waits."""
    return sorted(path.name for path in folder.glob("*/") if Spill(folder, path.name).files())
