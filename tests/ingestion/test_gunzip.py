"""Gzip files with several members or with damage, read through replay."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from tests.ingestion.replay.files import ROW, csv, replayed, write


def test_the_readable_part_of_a_truncated_gzip_is_loaded(tmp_path: Path) -> None:
    rows = [ROW.replace(",7,", f",{number * 7919 % 100_003},") for number in range(10_000)]
    whole = gzip.compress(csv(*rows).encode())
    result, _ = replayed(write(tmp_path, whole[: len(whole) // 2], "events.csv.gz"))
    assert 0 < result.accepted < 10_000
    assert result.broken is not None
    assert "truncated gzip" in result.broken


def test_every_complete_row_of_a_small_truncated_gzip_is_loaded_and_the_cut_one_rejected(tmp_path: Path) -> None:
    packed = gzip.compress(csv(ROW, ROW.replace(",s", ",a-long-session")).encode(), 0)
    # Stored, not compressed: 8 bytes of checksum, the line end, and the end of the last field are cut off.
    result, sink = replayed(write(tmp_path, packed[:-13], "events.csv.gz"))
    assert (result.accepted, result.rejected) == (1, {"unparseable": 1})
    assert sink.lines[1]["raw"].endswith("a-long-ses")
    assert result.broken is not None


def test_every_row_before_the_damage_in_a_gzip_is_loaded(tmp_path: Path) -> None:
    rows = [ROW.replace(",7,", f",{number},") for number in range(1_000)]
    packer = zlib.compressobj(wbits=31)
    sound = packer.compress(csv(*rows).encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    # Deflate has no block of type 3, which these bytes announce.
    result, _ = replayed(write(tmp_path, sound + b"\x07" * 50_000, "events.csv.gz"))
    assert result.accepted == 1_000
    assert result.broken is not None
    assert "damaged" in result.broken


def test_a_gzip_with_several_members_is_read_completely(tmp_path: Path) -> None:
    # Long enough for several calls of the decompressor.
    more = (ROW + "\n") * 20_000
    content = gzip.compress(csv(ROW).encode()) + gzip.compress(more.encode()) * 2 + b"\0" * 512
    result, _ = replayed(write(tmp_path, content, "events.csv.gz"))
    assert (result.accepted, result.rejected.total(), result.broken) == (40_001, 0, None)


def test_bytes_after_a_gzip_lose_no_row_and_are_reported(tmp_path: Path) -> None:
    result, _ = replayed(write(tmp_path, gzip.compress(csv(ROW, ROW).encode()) + b"garbage", "events.csv.gz"))
    assert (result.accepted, result.rejected.total()) == (2, 0)
    assert result.broken is not None
    assert "after its gzip data" in result.broken
