from __future__ import annotations

import errno
import gzip
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import IO, Any

import pytest

from ingestion.errors import UserError
from ingestion.lake import lake_sink
from ingestion.lake.lake_sink import INCOMING, LakeSink

AT = datetime(2025, 3, 1, 12, 34, 56, tzinfo=UTC)


def objects(lake: Path) -> list[Path]:
    return sorted((lake / "bronze").rglob("*.gz"))


def lines(lake: Path) -> list[bytes]:
    return [line for path in objects(lake) for line in gzip.decompress(path.read_bytes()).splitlines()]


def counted() -> Callable[[], str]:
    numbers = iter(range(1_000))
    return lambda: f"{next(numbers):04d}"


def noise(count: int) -> list[bytes]:
    random = Random(1)
    return [random.randbytes(500).hex().encode() for _ in range(count)]


def test_an_object_lies_and_is_named_as_firehose_does_it(tmp_path: Path) -> None:
    with LakeSink(tmp_path) as sink:
        sink.write([b'{"a":"1"}', b'{"a":"2"}'], AT.astimezone(timezone(timedelta(hours=9))))
    (path,) = objects(tmp_path)
    assert path.parent == tmp_path / "bronze" / "events" / "dt=2025-03-01" / "hour=12"
    assert re.fullmatch(r"shoplake-1-2025-03-01-12-34-56-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.gz", path.name)
    assert gzip.decompress(path.read_bytes()) == b'{"a":"1"}\n{"a":"2"}\n'
    assert (sink.objects, sink.bytes_written, sink.lines_written) == (1, path.stat().st_size, 2)


def test_the_hour_of_arrival_decides_the_partition(tmp_path: Path) -> None:
    with LakeSink(tmp_path) as sink:
        for hour in (0, 1, 0, 1):
            sink.write([str(hour).encode()], AT + timedelta(hours=hour))
    assert [gzip.decompress(path.read_bytes()) for path in objects(tmp_path)] == [b"0\n0\n", b"1\n1\n"]


def test_objects_roll_at_their_size_and_lose_no_line(tmp_path: Path) -> None:
    sent = noise(5_000)
    with LakeSink(tmp_path, object_bytes=1_000_000, names=counted()) as sink:
        for start in range(0, len(sent), 100):
            sink.write(sent[start : start + 100], AT)
    assert lines(tmp_path) == sent
    sizes = [path.stat().st_size for path in objects(tmp_path)]
    assert len(sizes) > 2
    assert all(1_000_000 <= size < 2_000_000 for size in sizes[:-1])


def test_the_number_of_open_objects_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_sink, "MAX_OPEN_OBJECTS", 2)
    with LakeSink(tmp_path) as sink:
        for hour in (0, 1, 2, 0):
            sink.write([b"x"], AT + timedelta(hours=hour))
    assert len(objects(tmp_path)) == sink.objects == 4


def test_the_same_lines_and_names_give_the_same_bytes(tmp_path: Path) -> None:
    for lake in ("a", "b"):
        with LakeSink(tmp_path / lake, object_bytes=100_000, names=counted()) as sink:
            for line in noise(1_000):
                sink.write([line], AT)
    first, second = ({path.name: path.read_bytes() for path in objects(tmp_path / lake)} for lake in ("a", "b"))
    assert first == second


def test_nothing_is_visible_before_it_is_complete(tmp_path: Path) -> None:
    sink = LakeSink(tmp_path)
    sink.write(noise(3_000), AT)
    assert not objects(tmp_path)
    sink.close()
    assert len(objects(tmp_path)) == 1
    sink.close()
    assert not list((tmp_path / INCOMING).iterdir())


def write_and_fail(lake: Path) -> None:
    with LakeSink(lake) as sink:
        sink.write(noise(3_000), AT)
        raise RuntimeError("the producer broke")


def test_an_exception_discards_what_is_not_visible(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the producer broke"):
        write_and_fail(tmp_path)
    assert not objects(tmp_path)
    assert not list((tmp_path / INCOMING).iterdir())


class FullDisk:
    """A file on a disk that fills up after some bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.room = 200_000

    def write(self, data: bytes) -> int:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(data)

    def close(self) -> None:
        self.file.close()


def write_until_full(lake: Path) -> None:
    with LakeSink(lake) as sink:
        for _ in range(50):
            sink.write(noise(1_500), AT)


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_open = Path.open

    def opened(path: Path, mode: str = "r", **options: Any) -> Any:
        file = real_open(path, mode, **options)
        return FullDisk(file) if path.suffix == ".gz" else file

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(UserError, match=r"cannot write to the lake at .*No space left on device"):
        write_until_full(tmp_path)
    monkeypatch.undo()
    assert not objects(tmp_path)
    assert not list((tmp_path / INCOMING).iterdir())
    write_until_full(tmp_path)
    assert objects(tmp_path)


def test_a_lake_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(UserError, match="cannot write to the lake at"):
        LakeSink(tmp_path / "file" / "lake")


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from ingestion.lake.lake_sink import LakeSink
sink = LakeSink(Path(sys.argv[1]), object_bytes=1_000_000)
while not list(Path(sys.argv[1]).rglob("dt=*/**/*.gz")):
    sink.write([os.urandom(1000).hex().encode() for _ in range(1000)], datetime(2025, 3, 1, tzinfo=UTC))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_left_aside_is_removed_by_the_next(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -9
    for path in objects(tmp_path):
        gzip.decompress(path.read_bytes())
    left = list((tmp_path / INCOMING).iterdir())
    assert left
    with LakeSink(tmp_path) as sink:
        sink.write([b"x"], AT)
    assert not list((tmp_path / INCOMING).iterdir())


def test_what_another_living_writer_has_aside_stays(tmp_path: Path) -> None:
    with LakeSink(tmp_path) as first:
        first.write(noise(3_000), AT)
        with LakeSink(tmp_path) as second:
            second.write([b"x"], AT)
    assert first.objects == second.objects == 1
    assert len(objects(tmp_path)) == 2
