from __future__ import annotations

import gzip
import io
import random
import time
import zlib
from pathlib import Path

import duckdb
import pytest

from ingestion.door.parsed_lines import MAX_LINE_BYTES as DOOR_LINE_BYTES
from ingestion.warehouse.object_problem import MAX_LINE_BYTES, problem_of, problems_of

LINE = b'{"event_id": "a"}\n'
MEMBER = gzip.compress(LINE)
LONG = gzip.compress(b"".join(b'{"event_id": "%d"}\n' % number for number in range(50_000)))


def long_line(size: int) -> bytes:
    return gzip.compress(LINE + b'{"event_id": "' + b"x" * (size - 16) + b'"}\n' + LINE, 1)


def with_header(flags: int, fields: bytes) -> bytes:
    return MEMBER[:3] + bytes([flags]) + MEMBER[4:10] + fields + MEMBER[10:]


READABLE = {
    "one member": MEMBER,
    "several members": MEMBER * 3 + LONG,
    "no line": gzip.compress(b""),
    "an empty member between others": MEMBER + gzip.compress(b"") + MEMBER,
    "a line across members": gzip.compress(b'{"event_id": ') + gzip.compress(b'"a"}\n'),
    "no newline at the end": gzip.compress(LINE[:-1]),
    "a name in the header": with_header(8, b"events.json\0"),
    "an extra field in the header": with_header(4, b"\4\0abcd"),
    "the longest line": long_line(MAX_LINE_BYTES),
    "lines without an event": gzip.compress(b"\n\n[]\nnull\n\xff\xfe\n\0\n" + b"[" * 100_000 + b"\n"),
}
UNREADABLE = {
    "0 bytes": (b"", "is empty"),
    "half": (LONG[: len(LONG) // 2], "is truncated"),
    "half a header": (MEMBER[:5], "is truncated"),
    "no length at the end": (MEMBER[:-4], "is truncated"),
    "half a second member": (MEMBER + MEMBER[:-9], "is truncated"),
    "one byte of a second member": (MEMBER + b"\x1f", "is truncated"),
    "a wrong checksum": (MEMBER[:-8] + b"\1\2\3\4" + MEMBER[-4:], "is damaged"),
    "a wrong length": (MEMBER[:-4] + b"\1\2\3\4", "is damaged"),
    "a bit": (LONG[:9_000] + bytes([LONG[9_000] ^ 4]) + LONG[9_001:], "is damaged"),
    "padding": (MEMBER + b"\0" * 512, "has other bytes after its gzip data"),
    "much padding": (MEMBER + b"\0" * 200_000, "has other bytes after its gzip data"),
    "padding between members": (MEMBER + b"\0" + MEMBER, "has other bytes after its gzip data"),
    "text at the end": (MEMBER + b"x", "has other bytes after its gzip data"),
    "padding before": (b"\0" * 512 + MEMBER, "is no gzip file"),
    "plain lines": (LINE * 3, "is no gzip file"),
    "zip": (b"PK\3\4" + bytes(100), "is no gzip file"),
    "another method": (MEMBER[:2] + b"\7" + MEMBER[3:], "is no gzip file"),
    "a comment in the header": (
        with_header(16, b"comment\0"),
        "has a gzip header with fields that DuckDB does not read",
    ),
    "a line over the limit": (long_line(MAX_LINE_BYTES + 1), "has a line of more than 1 MiB"),
    "a line of 50 MB": (long_line(50_000_000), "has a line of more than 1 MiB"),
    "a long last line": (gzip.compress(LINE + b"x" * (MAX_LINE_BYTES + 1)), "has a line of more than 1 MiB"),
    "a long line across members": (gzip.compress(b"x" * 600_000) * 2, "has a line of more than 1 MiB"),
    "lines of nothing": (gzip.compress(b"{}\n" * 30_000_000, 9), "inflates to more than 200 times its size"),
}


def rows_in_duckdb(path: Path) -> int:
    """The number of lines, read as the source in models/bronze reads them."""
    [(rows,)] = duckdb.execute(
        f"select count(*) from read_json('{path}', format = 'newline_delimited', ignore_errors = true,"
        " maximum_object_size = 4194304, columns = {'event_id': 'VARCHAR'})"
    ).fetchall()
    return int(rows)


@pytest.mark.parametrize("kind", READABLE)
def test_what_duckdb_reads_has_no_problem(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(READABLE[kind])
    assert problem_of(str(path)) is None
    assert rows_in_duckdb(path) == len([line for line in gzip.decompress(READABLE[kind]).splitlines() if line])


@pytest.mark.parametrize("kind", UNREADABLE)
def test_the_reason_says_what_is_wrong(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.gz"
    content, reason = UNREADABLE[kind]
    path.write_bytes(content)
    assert problem_of(str(path)) == reason


def test_every_line_that_the_door_writes_is_short_enough() -> None:
    assert DOOR_LINE_BYTES < MAX_LINE_BYTES


def test_an_object_that_cannot_be_opened_has_a_problem(tmp_path: Path) -> None:
    assert problem_of(str(tmp_path / "gone.gz")) == "cannot be opened (No such file or directory)"
    assert problem_of(str(tmp_path)) == "cannot be opened (Is a directory)"


def test_several_objects_keep_their_problems(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.gz").write_bytes(MEMBER if number % 3 else b"")
    problems = problems_of(str(tmp_path / f"{number}.gz") for number in range(20))
    assert [problem is None for problem in problems.values()] == [bool(number % 3) for number in range(20)]


def test_a_small_object_that_holds_10_gb_of_one_line_is_noticed_at_once(tmp_path: Path) -> None:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    with (tmp_path / "bomb.gz").open("wb") as file:
        for _ in range(1_000):
            file.write(pack.compress(b"x" * 1_000_000))
    start = time.process_time()
    assert problem_of(str(tmp_path / "bomb.gz")) == "has a line of more than 1 MiB"
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("seed", range(30))
def test_what_has_no_problem_is_whole_and_never_stops_duckdb(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    path = tmp_path / "a.gz"
    for _ in range(5):
        content = _damaged(drawn, b"".join(_member(drawn) for _ in range(drawn.choice([1, 1, 2, 8]))))
        path.write_bytes(content)
        if problem_of(str(path)) is None:
            assert rows_in_duckdb(path) >= 0
            gzip.decompress(content)
        elif not any(flags in content for flags in (b"\x1f\x8b\x08\x01", b"\x1f\x8b\x08\x10", b"\x1f\x8b\x08\x02")):
            assert not _is_whole(content)


def _member(drawn: random.Random) -> bytes:
    # sizes around those of the buffers
    size = drawn.choice([0, 1, 50, 5_000, 65_536, 262_143, 262_144, 262_145, 524_288])
    line = b'{"event_id": "%d"}\n' % drawn.getrandbits(drawn.choice([2, 60]))
    buffer = io.BytesIO()
    with gzip.GzipFile(drawn.choice(["", "name.json"]), "wb", drawn.choice([0, 1, 6, 9]), buffer) as file:
        file.write((line * (size // len(line) + 1))[:size])
    return buffer.getvalue()


def _damaged(drawn: random.Random, content: bytes) -> bytes:
    at = drawn.randrange(len(content))
    return drawn.choice(
        [
            content,
            content,
            content[:at],
            content[: -drawn.randrange(1, 20)],
            content + drawn.choice([b"\0", b"\0" * 70_000, b"\n", b"\x1f\x8b", b"\x1f\x8b\x08\0", b"text"]),
            content[:at] + bytes([content[at] ^ (1 << drawn.randrange(8))]) + content[at + 1 :],
            content[:at] + b"\0" * 512 + content[at + 512 :],
        ]
    )


def _is_whole(content: bytes) -> bool:
    if not content:
        return False
    while content:
        member = zlib.decompressobj(31)
        try:
            member.decompress(content)
        except zlib.error:
            return False
        if not member.eof:
            return False
        content = member.unused_data
    return True
