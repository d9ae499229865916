from __future__ import annotations

import base64
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.handlers import door as module
from ingestion.handlers.door import NoKeyError, handler
from ingestion.handlers.transformation import Lines, Transformed, transform
from tests.support.aws_account import KEY, Account, Context, event, forget

ADDRESS = b"203.0.113.7"


def lines_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    data = base64.b64decode(record["data"], validate=True)
    assert not data or data.endswith(b"\n")
    return [json.loads(line) for line in data.splitlines()]


def invoke(call: dict[str, Any], context: Context) -> list[dict[str, Any]]:
    answer = handler(call, context)
    records: list[dict[str, Any]] = json.loads(json.dumps(answer))["records"]
    assert [record["recordId"] for record in records] == [record["recordId"] for record in call["records"]]
    return records


def emitted(output: str, name: str) -> list[dict[str, Any]]:
    """The EMF documents in the log that carry a metric."""
    documents = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    return [document for document in documents if name in document]


@pytest.mark.parametrize("name", ["packed", "unpacked", "from_kinesis"])
def test_each_record_is_answered_with_its_lines(account: Account, context: Context, name: str) -> None:
    call = event(name)
    for record, answer in zip(call["records"], invoke(call, context), strict=True):
        sent = [line for line in base64.b64decode(record["data"]).splitlines() if line]
        assert answer["result"] == "Ok"
        lines = lines_of(answer)
        assert len(lines) == len(sent)
        for line in lines:
            assert "visitor_hash" in line or "reject_reason" in line
            assert "bob@example.com" not in str(line)
        assert ADDRESS not in base64.b64decode(answer["data"])


def test_a_line_is_received_when_firehose_took_it(account: Account, context: Context) -> None:
    first, second = invoke(event("packed"), context)
    assert {line["received_at"] for line in lines_of(first)} == {"2025-03-01T11:59:59.500000Z"}
    assert {line["received_at"] for line in lines_of(second)} == {"2025-03-01T11:59:59.750000Z"}


def test_a_batch_that_is_repeated_gives_the_same_lines(account: Account, context: Context) -> None:
    assert invoke(event("bad_lines"), context) == invoke(event("bad_lines"), context)


def test_a_bad_line_stays_a_line_of_its_record(
    account: Account, context: Context, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    good, *others = invoke(event("bad_lines"), context)
    assert [line.get("reject_reason") for line in lines_of(good)] == [None]
    assert [[line.get("reject_reason") for line in lines_of(record)] for record in others] == [
        ["unparseable"],
        ["unparseable"] * 3,
        ["bad_encoding"],
        ["unknown_event_type"],
        [],
        ["unparseable"],
    ]
    assert [record["result"] for record in others] == ["Ok"] * 4 + ["Dropped", "Ok"]
    said = "[data of record 49664389210000000000000000000000000000000000000006: 29 characters that are no base64]"
    assert lines_of(others[-1])[0]["raw"] == said
    output = capsys.readouterr().out
    (totals,) = emitted(output, "LinesAccepted")
    assert totals["LinesAccepted"] == [1]
    assert totals["service"] == "door"
    by_reason = {
        document["reason"]: document["LinesRejected"][0]
        for document in emitted(output, "LinesRejected")
        if "reason" in document
    }
    assert by_reason == {"unparseable": 5, "bad_encoding": 1, "unknown_event_type": 1}
    assert sum(by_reason.values()) == totals["LinesRejected"][0]
    assert "203.0.113" not in output + str([vars(record) for record in caplog.records if record.name == "door"])


@pytest.mark.parametrize("secret", ["missing", "empty", "unreachable"])
def test_without_its_key_nothing_passes(
    account: Account, context: Context, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if secret == "unreachable":
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
    elif secret == "empty":
        account.client("secretsmanager").create_secret(Name="empty", SecretBinary=b"")
    if secret != "unreachable":
        monkeypatch.setenv("SHOPLAKE_HMAC_SECRET", secret)
    forget()
    with pytest.raises(NoKeyError, match="no line may pass"):
        handler(event("packed"), context)


def test_a_key_that_comes_back_is_used_by_the_next_call(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPLAKE_HMAC_SECRET", "later")
    forget()
    with pytest.raises(NoKeyError):
        handler(event("packed"), context)
    account.client("secretsmanager").create_secret(Name="later", SecretString=KEY)
    assert invoke(event("packed"), context)[0]["result"] == "Ok"


NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def records_of(*payloads: bytes) -> list[dict[str, Any]]:
    return [
        {
            "recordId": str(number),
            "approximateArrivalTimestamp": 1740830399500,
            "data": base64.b64encode(payload).decode(),
        }
        for number, payload in enumerate(payloads)
    ]


def transformed(records: list[dict[str, Any]], again: list[bytes] | Exception, limit: int) -> Transformed:
    def send_again(lines: Lines) -> None:
        if isinstance(again, Exception):
            raise again
        again.extend(lines)

    door = Door(load_dialect("canonical"), key=KEY.encode())
    return transform(records, door, now=NOW, send_again=send_again, max_answer_bytes=limit)


def test_records_that_grow_too_large_are_sent_again_as_the_lines_they_became() -> None:
    grows = records_of(b"1\n" * 1_000, b'{"event_type":"search"}\n' * 20, b"2\n" * 500)
    again: list[bytes] = []
    result = transformed(grows, again, limit=90_000)
    assert [record["result"] for record in result.records] == ["Dropped", "Ok", "Ok"]
    assert sum(len(json.dumps(record)) for record in result.records) < 90_000
    assert len(again) == result.lines_moved == 1_000
    assert {json.loads(line)["raw"] for line in again} == {"1"}
    # what goes round again is counted when it comes back
    assert result.rejected.total() == 520

    # what was sent again comes back as large as it went, and is not moved a second time
    second: list[bytes] = []
    payload = b"".join(line + b"\n" for line in again)
    back = transformed(records_of(payload), second, limit=len(payload) * 4 // 3 + 200)
    assert second == []
    assert base64.b64decode(back.records[0]["data"]) == payload
    assert back.rejected.total() == 1_000


def test_what_cannot_be_sent_again_is_left_to_the_error_output() -> None:
    result = transformed(records_of(b"1\n" * 1_000, b"{}\n"), RuntimeError("the stream is down"), limit=50_000)
    assert [record["result"] for record in result.records] == ["ProcessingFailed", "Ok"]
    assert (result.lines_failed, result.lines_moved) == (1_000, 0)


def test_a_call_as_large_as_firehose_makes_it_is_answered_below_the_limit_of_lambda(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[bytes] = []
    monkeypatch.setattr(module, "_send_again", again.extend)
    call = event("packed") | {"records": records_of(*[b"1\n" * 50_000] * 10)}
    answer = handler(call, context)
    assert len(json.dumps(answer)) < 6_291_556
    results = Counter(record["result"] for record in answer["records"])
    assert results["Dropped"] * 50_000 == len(again) > 0
    kept = sum(len(lines_of(record)) for record in answer["records"])
    assert kept + len(again) == 500_000


@pytest.mark.parametrize("arrival", [None, "yesterday", -5, 1e30, 99_999_999_999_999])
def test_an_arrival_that_cannot_be_is_now(arrival: Any) -> None:
    (record,) = records_of(b"{}")
    result = transformed([record | {"approximateArrivalTimestamp": arrival}], [], limit=10_000)
    assert lines_of(result.records[0])[0]["received_at"] == "2025-03-01T12:00:00.000000Z"


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_no_address_of_a_record_with_broken_base64_reaches_bronze(cut: int) -> None:
    payload = b'{"event_type":"search","ip_address":"203.0.113.77","user_id":"anna@example.com"}'
    [record] = records_of(payload)
    for data in (record["data"][:-cut], f"{record['data'][:40]}\n{record['data'][40:]}", payload.decode()):
        [answer] = transformed([record | {"data": data}], [], limit=10_000).records
        [line] = lines_of(answer)
        assert line["reject_reason"] == "unparseable"
        assert line["raw"] == f"[data of record 0: {len(data)} characters that are no base64]"


@pytest.mark.parametrize("without", [{}, {"data": None}, {"data": 7}, {"data": ["YQ=="]}])
def test_a_record_without_data_is_answered_and_fails_no_batch(
    account: Account, context: Context, without: dict[str, Any]
) -> None:
    good, bad = event("packed")["records"]
    del bad["data"]
    answers = invoke(event("packed") | {"records": [good, bad | without]}, context)
    assert [answer["result"] for answer in answers] == ["Ok", "Ok"]
    [line] = lines_of(answers[1])
    assert (line["reject_reason"], line["raw"]) == ("unparseable", f"[data of record {bad['recordId']}: no text]")
