from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import UserError
from ingestion.firehose.delivery import Delivery
from ingestion.firehose.packing import BATCH_BYTES, MAX_RECORD_BYTES, RECORD_BYTES, Batcher, Packer
from ingestion.firehose.resend import resend_spilled
from ingestion.firehose.sink import FirehoseSink, NotDeliveredError
from ingestion.firehose.spill import Spill, spilled_streams
from tests.support.fake_firehose import Answer, FakeFirehose, FakeTime, client_error

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
TIME_OUT = ReadTimeoutError(endpoint_url="https://firehose")
NO_NETWORK = EndpointConnectionError(endpoint_url="https://firehose")
THROTTLED = client_error("ServiceUnavailableException")


def lines_of(count: int, size: int = 400) -> list[bytes]:
    return [json.dumps({"event_id": str(number), "pad": "x" * size}).encode() for number in range(count)]


def open_sink(
    firehose: FakeFirehose, spill: Path | None, fake_time: FakeTime | None = None, give_up_after: float = 60
) -> FirehoseSink:
    seconds = fake_time or FakeTime()
    delivery = Delivery(firehose, "shop", clock=seconds.clock, wait=seconds.wait, jitter=Random(1).random)
    return FirehoseSink(delivery, Spill(spill, "shop") if spill else None, give_up_after=give_up_after)


def spilled_lines(spill: Path) -> list[bytes]:
    return [line for path in Spill(spill, "shop").files() for line in path.read_bytes().splitlines()]


@settings(deadline=None)
@given(st.lists(st.integers(0, 3_000), max_size=60), st.integers(1, 2_000))
def test_packing_keeps_every_line_in_order_within_its_size(sizes: list[int], record_bytes: int) -> None:
    lines = [b"x" * size for size in sizes]
    packer = Packer(record_bytes)
    records = [*packer.add(lines), *packer.rest()]
    assert b"".join(record.data for record in records) == b"".join(line + b"\n" for line in lines)
    assert sum(record.lines for record in records) == len(lines)
    assert all(len(record.data) <= record_bytes or record.lines == 1 for record in records)


def test_full_records_waste_next_to_nothing_of_what_is_billed() -> None:
    packer = Packer()
    records = list(packer.add(lines_of(20_000)))
    size = sum(len(record.data) for record in records)
    assert size / sum(record.billed_units * 5_120 for record in records) > 0.998


def test_a_batch_stays_below_the_limit_even_as_base64() -> None:
    packer, batcher = Packer(), Batcher()
    batches = [batch for record in packer.add(lines_of(40_000)) if (batch := batcher.add(record))]
    assert len(batches) > 2
    for batch in batches:
        assert BATCH_BYTES - RECORD_BYTES < sum(len(record.data) for record in batch) <= BATCH_BYTES
    assert sum(len(record.data) for record in batches[0]) * 4 / 3 <= 4 * 1024 * 1024


def test_what_is_written_is_sent_and_counted(tmp_path: Path) -> None:
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


def test_only_the_records_that_failed_are_sent_again(tmp_path: Path) -> None:
    firehose, seconds = FakeFirehose([{1, 3}, {0}]), FakeTime()
    lines = lines_of(3_000)
    with open_sink(firehose, tmp_path, seconds) as sink:
        sink.write(lines, AT)
    first, second, third = firehose.calls
    assert second == [first[1], first[3]]
    assert third == [first[1]]
    assert sorted(firehose.lines) == sorted(lines)
    assert sink.sent.records_again == 3
    assert sink.sent.lines_sent == 3_000


def test_waits_grow_with_jitter_up_to_a_bound(tmp_path: Path) -> None:
    seconds = FakeTime()
    with open_sink(FakeFirehose([THROTTLED] * 40), tmp_path, seconds, give_up_after=300) as sink:
        sink.write(lines_of(1), AT)
    assert sink.sent.lines_sent == 1
    draws = Random(1)
    assert seconds.waits == [draws.random() * min(0.1 * 2**call, 5.0) for call in range(1, 41)]


@pytest.mark.parametrize("fault", [THROTTLED, TIME_OUT, NO_NETWORK, client_error("InternalFailure")])
def test_what_passes_is_tried_again(tmp_path: Path, fault: Exception) -> None:
    firehose = FakeFirehose([fault])
    with open_sink(firehose, tmp_path) as sink:
        sink.write(lines_of(5), AT)
    assert len(firehose.calls) == 2
    assert firehose.lines == lines_of(5)


def test_a_time_out_after_a_write_gives_duplicates_and_loses_nothing(tmp_path: Path) -> None:
    firehose = FakeFirehose([TIME_OUT], written_before_time_out=True)
    with open_sink(firehose, tmp_path) as sink:
        sink.write(lines_of(5), AT)
    assert firehose.lines == lines_of(5) * 2
    assert sink.sent.lines_sent == 5


def test_time_is_bounded_and_what_failed_is_spilled(tmp_path: Path) -> None:
    seconds = FakeTime()
    firehose = FakeFirehose([{0}] * 1_000)
    lines = lines_of(2_000)
    with open_sink(firehose, tmp_path, seconds, give_up_after=60) as sink:
        sink.write(lines, AT)
    assert seconds.now < 60
    assert (sink.sent.lines_sent, sink.sent.lines_spilled) == (len(firehose.lines), len(spilled_lines(tmp_path)))
    assert sorted(firehose.lines + spilled_lines(tmp_path)) == sorted(lines)
    assert "Slow down" in sink.sent.why


def test_after_giving_up_batches_are_tried_once_until_one_gets_through(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (client_error("ResourceNotFoundException"), "no delivery stream shop in region eu-central-1"),
        (client_error("AccessDeniedException", "not yours"), "may not write to delivery stream shop: not yours"),
        (client_error("ExpiredTokenException"), "have expired: sign in again"),
        (NoCredentialsError(), "there are no AWS credentials"),
    ],
)
def test_what_no_second_try_cures_is_said_at_once(tmp_path: Path, fault: Exception, sentence: str) -> None:
    firehose = FakeFirehose([fault] * 9)
    sink = open_sink(firehose, tmp_path)
    sink.write(lines_of(3), AT)
    with pytest.raises(UserError, match=sentence) as raised:
        sink.close()
    assert "nothing was sent" in str(raised.value)
    assert len(firehose.calls) == 1
    assert spilled_streams(tmp_path) == []


def test_credentials_that_expire_on_the_way_lose_nothing(tmp_path: Path) -> None:
    firehose = FakeFirehose([set(), *[client_error("ExpiredTokenException")] * 9])
    lines = lines_of(20_000)
    with open_sink(firehose, tmp_path) as sink:
        sink.write(lines, AT)
    assert firehose.lines + spilled_lines(tmp_path) == lines
    assert sink.sent.lines_spilled == len(spilled_lines(tmp_path)) > 0
    assert "expired" in sink.sent.why


def test_a_line_that_no_record_holds_is_sent_as_a_refusal(tmp_path: Path) -> None:
    firehose = FakeFirehose()
    longest, longer = b"y" * (MAX_RECORD_BYTES - 1), b"bob@example.com " * 70_000
    with open_sink(firehose, tmp_path) as sink:
        sink.write([longest, longer, b"z"], AT)
    first, second, third = firehose.lines
    assert (first, third) == (longest, b"z")
    refused = json.loads(second)
    assert refused["reject_reason"] == "line_too_long"
    assert refused["raw"].startswith("[email] [email]")
    assert json.loads(refused["extra"]) == {"raw_bytes": str(len(longer))}
    assert (sink.sent.lines_sent, sink.sent.lines_too_long) == (3, 1)


def write_and_break_off(sink: FirehoseSink) -> None:
    with sink:
        sink.write(lines_of(20_000), AT)
        raise KeyboardInterrupt


def test_a_producer_that_breaks_off_has_sent_what_is_counted_as_sent(tmp_path: Path) -> None:
    firehose = FakeFirehose()
    sink = open_sink(firehose, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write_and_break_off(sink)
    assert 0 < sink.sent.lines_sent == len(firehose.lines) < 20_000
    assert firehose.lines == lines_of(20_000)[: len(firehose.lines)]


def test_without_a_spill_folder_what_fails_is_raised() -> None:
    sink = open_sink(FakeFirehose([THROTTLED] * 99), None, give_up_after=1)
    sink.write(lines_of(1), AT)
    with pytest.raises(NotDeliveredError, match="ServiceUnavailable"):
        sink.close()


def test_a_spill_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file where the folder should be")
    sink = open_sink(FakeFirehose([THROTTLED] * 99), tmp_path, give_up_after=1)
    sink.write(lines_of(1), AT)
    with pytest.raises(UserError, match=r"cannot be kept in .*give another --spill"):
        sink.close()


def spilled(tmp_path: Path, count: int) -> list[bytes]:
    lines = lines_of(count)
    with open_sink(FakeFirehose([THROTTLED] * 999), tmp_path, give_up_after=1) as sink:
        sink.write(lines, AT)
    assert spilled_streams(tmp_path) == ["shop"]
    assert set((tmp_path / "shop").iterdir()) == set(Spill(tmp_path, "shop").files())
    return lines


def test_resend_sends_what_was_spilled_and_removes_it(tmp_path: Path) -> None:
    lines = spilled(tmp_path, 20_000)
    firehose = FakeFirehose()
    sink = open_sink(firehose, tmp_path)
    left = resend_spilled(Spill(tmp_path, "shop"), sink)
    assert firehose.lines == lines
    assert (sink.sent.lines_sent, left) == (20_000, 0)
    assert spilled_streams(tmp_path) == []


def test_resend_keeps_what_is_not_taken_again(tmp_path: Path) -> None:
    lines = spilled(tmp_path, 20_000)
    firehose = FakeFirehose([set(), {0, 2}, *[THROTTLED] * 999])
    sink = open_sink(firehose, tmp_path, give_up_after=1)
    left = resend_spilled(Spill(tmp_path, "shop"), sink)
    assert sorted(firehose.lines + spilled_lines(tmp_path)) == sorted(lines)
    assert (sink.sent.lines_sent, left) == (len(firehose.lines), len(spilled_lines(tmp_path)))
    assert left


def test_half_a_spill_file_is_never_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    sink = open_sink(FakeFirehose([THROTTLED] * 99), tmp_path, give_up_after=1)
    sink.write(lines_of(1), AT)
    with pytest.raises(UserError, match="No space left"):
        sink.close()
    assert list((tmp_path / "shop").iterdir()) == []
