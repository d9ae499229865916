from __future__ import annotations

from pathlib import Path

from ingestion.firehose.resend import resend_spilled
from ingestion.firehose.spill import Spill, spilled_streams
from tests.ingestion.firehose.sinks import AT, THROTTLED, lines_of, open_sink, spilled_lines
from tests.support.fake_firehose import FakeFirehose


def spilled(tmp_path: Path, count: int) -> list[bytes]:
    lines = lines_of(count)
    with open_sink(FakeFirehose([THROTTLED] * 999), tmp_path, give_up_after=1) as sink:
        sink.write(lines, AT)
    assert spilled_streams(tmp_path) == ["shop"]
    assert set((tmp_path / "shop").iterdir()) == set(Spill(tmp_path, "shop").files())
    return lines


def test_resend_sends_spilled_lines_and_removes_them(tmp_path: Path) -> None:
    lines = spilled(tmp_path, 20_000)
    firehose = FakeFirehose()
    sink = open_sink(firehose, tmp_path)
    left = resend_spilled(Spill(tmp_path, "shop"), sink)
    assert firehose.lines == lines
    assert (sink.sent.lines_sent, left) == (20_000, 0)
    assert spilled_streams(tmp_path) == []


def test_resend_keeps_lines_that_are_not_accepted_again(tmp_path: Path) -> None:
    lines = spilled(tmp_path, 20_000)
    firehose = FakeFirehose([set(), {0, 2}, *[THROTTLED] * 999])
    sink = open_sink(firehose, tmp_path, give_up_after=1)
    left = resend_spilled(Spill(tmp_path, "shop"), sink)
    assert sorted(firehose.lines + spilled_lines(tmp_path)) == sorted(lines)
    assert (sink.sent.lines_sent, left) == (len(firehose.lines), len(spilled_lines(tmp_path)))
    assert left
