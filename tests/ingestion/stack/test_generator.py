from __future__ import annotations

import io
import json
from typing import Any

import pytest

from ingestion.cli import generate as command
from ingestion.errors import UserError
from ingestion.stack.generator import Generator, GeneratorFailedError
from tests.support.stubbed_aws import StubbedSession, stack_description

REPORT = {"sent": 250_000, "not_sent": 0, "records": 600, "calls": 50, "bytes": 152_000_000, "billed_units": 30_000}


@pytest.fixture
def generator(stubs: StubbedSession) -> Generator:
    description = stack_description("CREATE_COMPLETE", {"GeneratorFunction": "shop-generator"})
    stubs.stubber("cloudformation").add_response("describe_stacks", description)
    return Generator(stubs.aws, "shop", sleep=lambda _: None)


def answer(stubs: StubbedSession, request: dict[str, Any], payload: dict[str, Any], **more: str) -> None:
    body = {"Payload": io.BytesIO(json.dumps(payload).encode())} | more
    expected = {"FunctionName": "shop-generator", "Payload": json.dumps(request).encode()}
    stubs.stubber("lambda").add_response("invoke", body, expected)


def test_the_reports_of_several_calls_are_one(generator: Generator, stubs: StubbedSession) -> None:
    requests = [{"events": 250_000}, {"events": 250_001}]
    for request in requests:
        answer(stubs, request, REPORT | {"sent": request["events"], "why": ""})
    told: list[int] = []
    total = generator.send(requests, told.append)
    assert (total["sent"], total["calls_made"], total["records"]) == (500_001, 2, 1_200)
    assert told == [250_000, 500_001]


def test_after_a_failed_call_no_other_is_made(generator: Generator, stubs: StubbedSession) -> None:
    answer(stubs, {"events": 1}, REPORT)
    answer(stubs, {"events": 2}, {"errorMessage": "1 of 2 events were sent, then: x"}, FunctionError="Unhandled")
    told: list[int] = []
    with pytest.raises(GeneratorFailedError, match="1 of 2 events were sent, then: x; its log is /aws/lambda/shop"):
        generator.send([{"events": 1}, {"events": 2}, {"events": 3}], told.append)
    assert told == [250_000]


def test_a_call_waits_for_the_one_of_the_schedule(generator: Generator, stubs: StubbedSession) -> None:
    busy = "TooManyRequestsException"
    stubs.stubber("lambda").add_client_error("invoke", busy)
    answer(stubs, {"events": 1}, REPORT)
    assert generator.send([{"events": 1}], lambda _: None)["sent"] == 250_000
    for _ in range(33):
        stubs.stubber("lambda").add_client_error("invoke", busy)
    with pytest.raises(UserError, match="shoplake stop generator"):
        generator.send([{"events": 1}], lambda _: None)


def test_half_a_million_events_go_over_two_calls_in_most_regions(
    monkeypatch: pytest.MonkeyPatch, generator: Generator, stubs: StubbedSession, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "connect", lambda *_: stubs.aws)
    monkeypatch.setattr(command, "Generator", lambda *_: generator)
    for number in range(2):
        request = {"events": 250_000, "window_minutes": 60, "seed": 7_000 + number}
        answer(stubs, request, REPORT)
    command.generate(seed=7)
    assert capsys.readouterr().out.startswith(
        "500,000 events sent in 2 calls of shop-generator: 1,200 records, 304.0 MB"
    )
