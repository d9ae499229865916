from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.firehose.packing import MAX_RECORD_BYTES
from ingestion.firehose.sink import FirehoseSink, NotDeliveredError
from ingestion.firehose.spill import spilled_streams
from tests.ingestion.firehose.sinks import AT, NO_NETWORK, THROTTLED, TIME_OUT, lines_of, open_sink, spilled_lines
from tests.support.fake_firehose import Answer, FakeFirehose, FakeTime, client_error


def test_written_lines_are_sent_and_counted(tmp_path: Path) -> None:
    firehose, lines = FakeFirehose(), lines_of(10_000)
    with open_sink(firehose, tmp_path) as sink:
        for start in range(0, len(lines), 70):
            sink.write(lines[start : start + 70], AT)
    assert firehose.lines == lines
    sent = sink.sent
    assert (sent.lines_written, sent.lines_sent, sent.lines_spilled) == (10_000, 10_000, 0)
    assert (sent.records_sent, sent.calls) == (len(firehose.kept), len(firehose.calls))
    assert sent.bytes_sent == sum(map(len, firehose.kept))
    assert sent.billed_units == sum(-(-len(record) // 5_120) for record in firehose.kept)
    assert spilled_streams(tmp_path) == []


def test_time_is_bounded_and_failed_records_are_spilled(tmp_path: Path) -> None:
    seconds = FakeTime()
    firehose = FakeFirehose([{0}] * 1_000)
    lines = lines_of(2_000)
    with open_sink(firehose, tmp_path, seconds, give_up_after=60) as sink:
        sink.write(lines, AT)
    assert seconds.now < 60
    assert (sink.sent.lines_sent, sink.sent.lines_spilled) == (len(firehose.lines), len(spilled_lines(tmp_path)))
    assert sorted(firehose.lines + spilled_lines(tmp_path)) == sorted(lines)
    assert "Slow down" in sink.sent.last_error


def test_after_a_failed_batch_the_next_ones_are_tried_once_until_one_succeeds(tmp_path: Path) -> None:
    seconds = FakeTime()
    firehose = FakeFirehose([NO_NETWORK] * 40)
    with open_sink(firehose, tmp_path, seconds, give_up_after=30) as sink:
        for _ in range(60):
            before = len(firehose.calls)
            sink.write(lines_of(1), AT)
            sink.flush()
            if sink.sent.lines_spilled > 1 and not firehose.kept:
                assert len(firehose.calls) == before + 1
    assert seconds.now < 35
    assert sink.sent.lines_sent + sink.sent.lines_spilled == 60
    assert len(firehose.lines) == sink.sent.lines_sent > 0


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from([THROTTLED, TIME_OUT, set(), {0}, {0, 1, 2}]), max_size=30),
    st.integers(0, 6_000),
    st.sampled_from([0.0, 1.0, 20.0]),
)
def test_nothing_is_lost_whatever_fails(
    tmp_path_factory: pytest.TempPathFactory, faults: list[Answer], count: int, give_up_after: float
) -> None:
    spill = tmp_path_factory.mktemp("spill")
    firehose = FakeFirehose(faults)
    lines = lines_of(count, size=300)
    with open_sink(firehose, spill, give_up_after=give_up_after) as sink:
        sink.write(lines, AT)
    assert sorted(firehose.lines + spilled_lines(spill)) == sorted(lines)
    assert sink.sent.lines_written == count == sink.sent.lines_sent + sink.sent.lines_spilled


def test_no_line_is_lost_if_credentials_expire_while_sending(tmp_path: Path) -> None:
    firehose = FakeFirehose([set(), *[client_error("ExpiredTokenException")] * 9])
    lines = lines_of(20_000)
    with open_sink(firehose, tmp_path) as sink:
        sink.write(lines, AT)
    assert firehose.lines + spilled_lines(tmp_path) == lines
    assert sink.sent.lines_spilled == len(spilled_lines(tmp_path)) > 0
    assert "expired" in sink.sent.last_error
    # the lines that wait are sent by another command than this one
    assert "command" not in sink.sent.last_error


def test_a_line_that_is_too_long_for_a_record_is_sent_as_a_rejected_line(tmp_path: Path) -> None:
    firehose = FakeFirehose()
    longest, longer = b"y" * (MAX_RECORD_BYTES - 1), b"bob@example.com " * 70_000
    with open_sink(firehose, tmp_path) as sink:
        sink.write([longest, longer, b"z"], AT)
    first, second, third = firehose.lines
    assert (first, third) == (longest, b"z")
    rejected = json.loads(second)
    assert rejected["reject_reason"] == "line_too_long"
    assert rejected["raw"].startswith("[email] [email]")
    assert json.loads(rejected["extra"]) == {"raw_bytes": str(len(longer))}
    assert (sink.sent.lines_sent, sink.sent.lines_too_long) == (3, 1)


def write_and_interrupt(sink: FirehoseSink) -> None:
    with sink:
        sink.write(lines_of(20_000), AT)
        raise KeyboardInterrupt


def test_an_interrupted_producer_has_sent_the_lines_that_are_counted_as_sent(tmp_path: Path) -> None:
    firehose = FakeFirehose()
    sink = open_sink(firehose, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write_and_interrupt(sink)
    assert 0 < sink.sent.lines_sent == len(firehose.lines) < 20_000
    assert firehose.lines == lines_of(20_000)[: len(firehose.lines)]


def test_without_a_spill_folder_a_failure_is_raised() -> None:
    sink = open_sink(FakeFirehose([THROTTLED] * 99), None, give_up_after=1)
    sink.write(lines_of(1), AT)
    with pytest.raises(NotDeliveredError, match="ServiceUnavailable"):
        sink.close()
