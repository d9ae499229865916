"""Writes lines into the lake on this machine, with the object names that Firehose uses in a bucket."""

from __future__ import annotations

import os
import queue
import socket
import threading
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from isal import isal_zlib

from ingestion.errors import UserError

BRONZE_EVENTS: Final = Path("bronze", "events")
INCOMING: Final = ".incoming"
# Intel's igzip compresses about as far as zlib's level 4 (REES46) or 13 % less (simulated events), in a seventh of the
# time, so that the cores are left to the door.
GZIP_LEVEL: Final = 2
MAX_OPEN_OBJECTS: Final = 32
_CHUNK_BYTES: Final = 1 << 20
_QUEUED_CHUNKS: Final = 16
_GZIP_WINDOW: Final = 31  # with a gzip header, whose mtime is 0: the same lines give the same bytes


@dataclass(slots=True)
class _Object:
    """An object that is being written and is not visible yet."""

    path: Path
    target: Path
    file: BinaryIO
    gzip: isal_zlib.Compress
    size: int = 0


class LakeSink:
    """Writes gzip JSON lines to `<lake>/bronze/events/dt=YYYY-MM-DD/hour=HH/` as Firehose does.

    Use it as a context manager: on a clean exit every object is complete; on an exception, objects that are not visible
    yet are removed. An object is written to a temporary file and then renamed, so readers never see a part of one. The
    next writer removes temporary files of a killed one. Compression runs in a separate thread with a queue of at most
    16 MB.

    Parameters
    ----------
    lake
        Directory of the lake; created if it does not exist.
    stream
        Name of the delivery stream, the first part of every object name.
    object_bytes
        Compressed size at which an object is closed; the last chunk of 1 MB of lines may exceed it.
    names
        Returns the unique last part of each object name, by default a uuid4. A seeded function makes the lake
        reproducible.

    Raises
    ------
    UserError
        The lake cannot be written, for example because the disk is full.
    """

    def __init__(
        self,
        lake: Path,
        *,
        stream: str = "shoplake",
        object_bytes: int = 5_000_000,
        names: Callable[[], str] | None = None,
    ) -> None:
        self.objects = 0
        self.bytes_written = 0
        self.lines_written = 0
        self._lake = lake
        self._stream = stream
        self._object_bytes = object_bytes
        self._names = names or (lambda: str(uuid.uuid4()))
        self._incoming = lake / INCOMING
        self._open: dict[str, _Object] = {}
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._pending_at: datetime | None = None
        self._pending_hour = ""
        self._error: OSError | None = None
        self._discard = False
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            _remove_orphans(self._incoming)
            with _temporary_path(self._incoming, "probe").open("wb"):
                pass
            _temporary_path(self._incoming, "probe").unlink()
        except OSError as error:
            raise self._user_error(error) from error
        self._chunks: queue.Queue[tuple[datetime, str, bytes] | None] = queue.Queue(_QUEUED_CHUNKS)
        self._thread = threading.Thread(target=self._run, name="lake-sink", daemon=True)
        self._thread.start()

    def write(self, lines: Iterable[bytes], arrived_at: datetime) -> None:
        """Write lines that arrived at that time; its UTC hour is their partition."""
        lines = list(lines)
        if not lines:
            return
        hour = arrived_at.astimezone(UTC).strftime("dt=%Y-%m-%d/hour=%H")
        if hour != self._pending_hour:
            self._flush()
            self._pending_hour, self._pending_at = hour, arrived_at
        chunk = b"\n".join(lines) + b"\n"
        self.lines_written += len(lines)
        self._pending.append(chunk)
        self._pending_bytes += len(chunk)
        if self._pending_bytes >= _CHUNK_BYTES:
            self._flush()
        self._check()

    def close(self) -> None:
        """Complete every open object. Calling it again does nothing."""
        if self._thread.is_alive():
            self._flush()
            self._chunks.put(None)
            self._thread.join()
        self._check()

    def discard(self) -> None:
        """Remove the objects that are not visible yet."""
        self._discard = True
        if self._thread.is_alive():
            self._chunks.put(None)
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
            return
        try:
            self.close()
        except BaseException:
            self.discard()
            raise

    def _flush(self) -> None:
        if self._pending and self._pending_at is not None:
            self._chunks.put((self._pending_at, self._pending_hour, b"".join(self._pending)))
        self._pending, self._pending_bytes, self._pending_hour = [], 0, ""

    def _check(self) -> None:
        if self._error is not None:
            raise self._user_error(self._error) from self._error

    def _user_error(self, error: OSError) -> UserError:
        return UserError(
            f"cannot write to the lake at {self._lake}: {error.strerror or error}; "
            "no incomplete object is visible, so fix the cause and run the same command again"
        )

    def _run(self) -> None:
        """Body of the thread. After an error it only empties the queue, so that the writer never blocks."""
        while (chunk := self._chunks.get()) is not None:
            if self._error is None and not self._discard:
                self._attempt(lambda chunk=chunk: self._compress(*chunk))  # type: ignore[misc]
        while self._open:
            item = next(iter(self._open))
            if self._error is None and not self._discard:
                self._attempt(lambda item=item: self._complete(item))  # type: ignore[misc]
            if item in self._open:
                _remove(self._open.pop(item))

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            self._error = error

    def _compress(self, arrived_at: datetime, hour: str, chunk: bytes) -> None:
        item = self._open.get(hour) or self._start(arrived_at, hour)
        item.size += item.file.write(item.gzip.compress(chunk))
        if item.size >= self._object_bytes:
            self._complete(hour)

    def _start(self, arrived_at: datetime, hour: str) -> _Object:
        if len(self._open) >= MAX_OPEN_OBJECTS:
            self._complete(next(iter(self._open)))
        # Firehose: <stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid>, with the time of the oldest record.
        # https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
        time = arrived_at.astimezone(UTC).strftime("%Y-%m-%d-%H-%M-%S")
        name = f"{self._stream}-1-{time}-{self._names()}.gz"
        path = _temporary_path(self._incoming, name)
        gzip = isal_zlib.compressobj(GZIP_LEVEL, isal_zlib.DEFLATED, _GZIP_WINDOW)
        item = _Object(path, self._lake / BRONZE_EVENTS / hour / name, path.open("wb"), gzip)
        self._open[hour] = item
        return item

    def _complete(self, hour: str) -> None:
        item = self._open[hour]
        item.size += item.file.write(item.gzip.flush())
        item.file.close()
        item.target.parent.mkdir(parents=True, exist_ok=True)
        item.path.replace(item.target)
        del self._open[hour]
        self.objects += 1
        self.bytes_written += item.size


def _temporary_path(incoming: Path, name: str) -> Path:
    return incoming / f"{socket.gethostname()}.{os.getpid()}.{name}"


def _remove(item: _Object) -> None:
    with suppress(OSError):
        item.file.close()
    item.path.unlink(missing_ok=True)


def _remove_orphans(incoming: Path) -> None:
    """Remove the temporary files of processes on this host that no longer run."""
    host = socket.gethostname() + "."
    for path in incoming.iterdir():
        pid = path.name.removeprefix(host).partition(".")[0]
        if path.name.startswith(host) and pid.isdigit() and not _is_alive(int(pid)):
            path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
