from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from ingestion.errors import UserError
from ingestion.firehose.delivery import Delivery
from ingestion.firehose.sink import FirehoseSink
from ingestion.handlers import generator
from ingestion.handlers.generator import GeneratorRequest, NotAllSentError, generate, handler, plan
from ingestion.simulator.one_call import events_in_one_call
from ingestion.simulator.run import Run
from tests.support.fake_firehose import FakeFirehose, FakeTime, client_error

NOW = datetime(2025, 3, 1, 12, 0, 30, tzinfo=UTC)
SMALL = GeneratorRequest(events=20_000)


def generated(firehose: FakeFirehose, run: Run, minutes: float = 1e9) -> dict[str, Any]:
    seconds = FakeTime()
    delivery = Delivery(firehose, "shop", clock=seconds.clock, wait=seconds.wait, jitter=Random(1).random)
    calls = iter(range(10**9))
    return generate(FirehoseSink(delivery, None, give_up_after=10), run, in_time=lambda: next(calls) < minutes)


def ids(lines: list[bytes]) -> set[str]:
    found = set()
    for line in lines:
        try:
            found.add(str(json.loads(line)["event_id"]))
        except (ValueError, TypeError, KeyError):
            continue
    return found


def test_a_call_sends_the_requested_number_of_events_within_its_window() -> None:
    firehose = FakeFirehose()
    result = generated(firehose, plan(SMALL, "request", NOW))
    assert (result["events"], result["sent"], result["not_sent"]) == (20_000, 20_000, 0)
    assert len(firehose.lines) == 20_000
    times = sorted(event["event_time"] for line in firehose.lines if b'"search"' in line and (event := parsed(line)))
    assert times[len(times) // 50] >= "2025-03-01T11:00"
    assert times[-len(times) // 50] <= "2025-03-01T12:00"


def parsed(line: bytes) -> dict[str, str] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def test_another_request_gives_other_events_of_the_same_shop() -> None:
    first, second = FakeFirehose(), FakeFirehose()
    generated(first, plan(SMALL, "one", NOW))
    generated(second, plan(SMALL, "two", NOW))
    assert not ids(first.lines) & ids(second.lines)
    names = [{e.get("product_name") for line in one.lines if (e := parsed(line))} for one in (first, second)]
    assert len(names[0] & names[1]) > 500


def test_a_repeated_request_gives_the_same_events() -> None:
    first, second = FakeFirehose(), FakeFirehose()
    generated(first, plan(SMALL, "one", NOW))
    generated(second, plan(SMALL, "one", NOW))
    assert first.lines == second.lines


def test_without_a_number_it_is_half_to_three_quarters_of_a_million() -> None:
    counts = {plan(GeneratorRequest(), f"request {number}", NOW).lines for number in range(200)}
    assert len(counts) > 190
    assert 500_000 <= min(counts) < 520_000
    assert 730_000 < max(counts) <= 750_000


def test_without_a_number_it_is_what_one_call_can_send_in_the_region() -> None:
    most = events_in_one_call("eu-central-1")
    counts = [plan(GeneratorRequest(), f"request {number}", NOW, most).lines for number in range(50)]
    assert most * 2 // 3 <= min(counts) < max(counts) <= most


def test_a_stopped_call_has_sent_the_first_events_of_the_whole_call() -> None:
    run = plan(SMALL, "request", NOW)
    whole, stopped = FakeFirehose(), FakeFirehose()
    generated(whole, run)
    result = generated(stopped, run, minutes=30)
    assert result["why"] == "the function's time is up"
    assert 0 < result["sent"] == len(stopped.lines) < 20_000
    assert result["sent"] + result["not_sent"] == 20_000
    assert stopped.lines == whole.lines[: len(stopped.lines)]


def test_a_stream_that_refuses_records_ends_the_call_with_a_report() -> None:
    firehose = FakeFirehose([set(), *[client_error("ServiceUnavailableException")] * 999])
    result = generated(firehose, replace(plan(SMALL, "request", NOW), lines=40_000))
    assert "ServiceUnavailable" in result["why"]
    assert 0 < result["sent"] == len(firehose.lines)
    assert result["not_sent"] == 40_000 - result["sent"]


@pytest.mark.parametrize(
    "event", [{"events": 0}, {"events": "many"}, {"seed": -1}, {"window_minutes": 1.5}, {"events": True}]
)
def test_a_value_out_of_range_is_reported(event: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="must be a whole number from"):
        GeneratorRequest.parse(event)


def test_fields_that_eventbridge_adds_are_ignored() -> None:
    assert (
        GeneratorRequest.parse({"version": "0", "source": "aws.events", "detail": {}, "events": None})
        == GeneratorRequest()
    )


def test_the_function_reports_what_it_sent(
    context: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    firehose = FakeFirehose()
    monkeypatch.setattr(generator, "firehose_client", lambda: firehose)
    monkeypatch.setenv("SHOPLAKE_STREAM", "shop")
    result = handler({"events": 2_000, "seed": 3, "window_minutes": 5}, context)
    assert result["sent"] == len(firehose.lines) == 2_000
    metric = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (metric["EventsSent"], metric["EventsNotSent"]) == ([2_000], [0])


def test_a_function_that_could_not_send_everything_reports_and_then_fails(
    context: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    firehose = FakeFirehose([set(), *[client_error("ServiceUnavailableException")] * 99])
    monkeypatch.setattr(generator, "firehose_client", lambda: firehose)
    monkeypatch.setattr(generator, "_GIVE_UP_SECONDS", 0.0)
    monkeypatch.setenv("SHOPLAKE_STREAM", "shop")
    with pytest.raises(NotAllSentError, match=r"^[\d,]+ of 40,000 events were sent, then: .*ServiceUnavailable"):
        handler({"events": 40_000, "seed": 3, "window_minutes": 5}, context)
    metric = json.loads(capsys.readouterr().out.splitlines()[-1])
    sent = len(firehose.lines)
    assert 0 < sent < 40_000
    assert (metric["EventsSent"], metric["EventsNotSent"]) == ([sent], [40_000 - sent])
