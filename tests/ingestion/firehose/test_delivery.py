from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from botocore.exceptions import NoCredentialsError

from ingestion.errors import UserError
from ingestion.firehose.delivery import Delivery, firehose_client
from ingestion.firehose.packing import Record
from ingestion.firehose.sending import Waiting
from ingestion.firehose.spill import spilled_streams
from tests.ingestion.firehose.sinks import AT, NO_NETWORK, THROTTLED, TIME_OUT, lines_of, open_sink
from tests.support.fake_firehose import FakeFirehose, FakeTime, client_error
from tests.support.proxy_page import BROKEN, TEXT, proxy_page


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


def test_waits_grow_with_jitter_up_to_a_limit(tmp_path: Path) -> None:
    seconds = FakeTime()
    with open_sink(FakeFirehose([THROTTLED] * 40), tmp_path, seconds, give_up_after=300) as sink:
        sink.write(lines_of(1), AT)
    assert sink.sent.lines_sent == 1
    draws = Random(1)
    assert seconds.waits == [draws.random() * min(0.1 * 2**call, 5.0) for call in range(1, 41)]


@pytest.mark.parametrize("fault", [THROTTLED, TIME_OUT, NO_NETWORK, client_error("InternalFailure")])
def test_a_temporary_error_is_retried(tmp_path: Path, fault: Exception) -> None:
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


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (client_error("ResourceNotFoundException"), "delivery stream shop does not exist in region eu-central-1"),
        (client_error("AccessDeniedException", "not yours"), "may not write to delivery stream shop: not yours"),
        (client_error("ExpiredTokenException"), "have expired: sign in again"),
        (NoCredentialsError(), "no AWS credentials were found"),
    ],
)
def test_an_error_that_no_retry_fixes_is_raised_at_once(tmp_path: Path, fault: Exception, sentence: str) -> None:
    firehose = FakeFirehose([fault] * 9)
    sink = open_sink(firehose, tmp_path)
    sink.write(lines_of(3), AT)
    with pytest.raises(UserError, match=sentence) as raised:
        sink.close()
    assert "nothing was sent" in str(raised.value)
    assert len(firehose.calls) == 1
    assert spilled_streams(tmp_path) == []


@pytest.mark.parametrize(("status", "page"), [(200, BROKEN), (200, TEXT), (403, BROKEN), (503, BROKEN)])
def test_the_page_of_a_proxy_has_accepted_nothing(monkeypatch: pytest.MonkeyPatch, status: int, page: bytes) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    records = [Record(b"line\n", 1)]
    with proxy_page(status, page) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_FIREHOSE", url)
        delivered = Delivery(firehose_client(), "shop").send(records, 0)
    assert delivered.failed == tuple(records)
    assert "<" not in delivered.last_error
    assert delivered.last_error != ""


def test_a_stream_that_takes_no_lines_is_reported_from_time_to_time(tmp_path: Path) -> None:
    told: list[str] = []
    seconds = FakeTime()
    sink = open_sink(FakeFirehose([THROTTLED] * 99), tmp_path, seconds, give_up_after=120)
    sink._delivery.on_wait = Waiting("shop", tmp_path, told.append)
    with sink:
        sink.write(lines_of(1), AT)
    assert sink.sent.lines_spilled == 1
    assert 3 <= len(told) <= 4
    assert told[0].startswith("shop does not accept lines now (ServiceUnavailableException")
    assert f"then they wait in {tmp_path / 'shop'}" in told[0]


def test_a_short_trouble_is_not_reported(tmp_path: Path) -> None:
    told: list[str] = []
    sink = open_sink(FakeFirehose([THROTTLED] * 3), tmp_path, FakeTime())
    sink._delivery.on_wait = Waiting("shop", tmp_path, told.append)
    with sink:
        sink.write(lines_of(1), AT)
    assert (sink.sent.lines_sent, told) == (1, [])
