from __future__ import annotations

import base64
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.event import HOLLOW_LIMITS
from ingestion.handlers import door as module
from ingestion.handlers.door import NoKeyError, handler
from tests.support.aws_account import KEY, KEYS, Account, Context, event, reset_functions
from tests.support.firehose_records import lines_of, records_of

ADDRESS = b"203.0.113.7"
NOW = datetime(2025, 3, 1, 12, 0, 30, tzinfo=UTC)


def invoke(call: dict[str, Any], context: Context) -> list[dict[str, Any]]:
    response = handler(call, context)
    records: list[dict[str, Any]] = json.loads(json.dumps(response))["records"]
    assert [record["recordId"] for record in records] == [record["recordId"] for record in call["records"]]
    return records


def emitted(output: str, name: str) -> list[dict[str, Any]]:
    """The EMF documents in the log that contain a metric."""
    documents = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    return [document for document in documents if name in document]


def entries(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """The fields of what the door logged with a message."""
    return [vars(record) for record in caplog.records if (record.name, record.message) == ("door", message)]


@pytest.mark.parametrize("name", ["packed", "unpacked", "from_kinesis"])
def test_the_response_has_the_lines_of_each_record(account: Account, context: Context, name: str) -> None:
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


def test_a_line_is_received_when_firehose_received_its_record(account: Account, context: Context) -> None:
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
    raw = "[data of record 49664389210000000000000000000000000000000000000006: 29 characters that are no base64]"
    assert lines_of(others[-1])[0]["raw"] == raw
    output = capsys.readouterr().out
    (totals,) = emitted(output, "LinesAccepted")
    assert totals["LinesAccepted"] == [1]
    assert totals["service"] == "door"
    by_reason = {entry["reason"]: entry["lines"] for entry in entries(caplog, "rejected")}
    assert by_reason == {"unparseable": 5, "bad_encoding": 1, "unknown_event_type": 1}
    # a metric for each reason would cost more than the door itself
    assert len(emitted(output, "LinesRejected")) == 1
    assert sum(by_reason.values()) == totals["LinesRejected"][0]
    assert "203.0.113" not in output + str([vars(record) for record in caplog.records if record.name == "door"])


def test_what_accepted_events_lack_and_what_is_ignored_is_measured(
    account: Account, context: Context, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, Any]] = [
        {"event_type": "purchase", "price": 1},
        {"event_type": "purchase", "order_id": "o", "product_id": "p", "user_id": "u"},
        {"event_type": "view_item", "user_id": "u"},
    ]
    payload = b"\n".join(json.dumps({"event_time": "2025-03-01T11:00:00Z"} | line).encode() for line in lines)
    invoke(event("packed") | {"records": records_of(payload)}, context)
    lacking = {entry["what"]: entry["events"] for entry in entries(caplog, "lacking")}
    assert lacking == dict.fromkeys(HOLLOW_LIMITS, 1)

    caplog.clear()
    monkeypatch.setattr(module.door(), "_map", lambda record, size: [])
    [answer] = invoke(event("packed") | {"records": records_of(payload)}, context)
    assert answer["result"] == "Dropped"
    assert [entry["ignored"] for entry in entries(caplog, "batch")] == [3]
    assert entries(caplog, "lacking") == []


@pytest.mark.parametrize("variable", ["SHOPLAKE_HMAC_SECRET", "SHOPLAKE_ID_SECRET"])
@pytest.mark.parametrize("secret", ["missing", "empty", "short", "unreachable"])
def test_without_one_of_its_keys_nothing_passes(
    account: Account, context: Context, secret: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if secret == "unreachable":
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
    elif secret == "empty":
        account.client("secretsmanager").create_secret(Name="empty", SecretBinary=b"")
    elif secret == "short":
        account.client("secretsmanager").create_secret(Name="short", SecretString="15 bytes, oh no")
    if secret != "unreachable":
        monkeypatch.setenv(variable, secret)
    reset_functions()
    with pytest.raises(NoKeyError, match="no line may pass"):
        handler(event("packed"), context)


def test_a_key_that_comes_back_is_used_by_the_next_call(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPLAKE_HMAC_SECRET", "later")
    reset_functions()
    with pytest.raises(NoKeyError):
        handler(event("packed"), context)
    account.client("secretsmanager").create_secret(Name="later", SecretString=KEY)
    assert invoke(event("packed"), context)[0]["result"] == "Ok"


def test_the_response_to_the_largest_call_of_firehose_is_below_the_limit_of_lambda(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[bytes] = []
    monkeypatch.setattr(module, "_send_again", again.extend)
    call = event("packed") | {"records": records_of(*[b"1234567\n" * 12_500] * 10)}
    answer = handler(call, context)
    assert len(json.dumps(answer)) < 6_291_556
    results = Counter(record["result"] for record in answer["records"])
    assert results["Dropped"] * 12_500 == len(again) > 0
    kept = sum(len(lines_of(record)) for record in answer["records"])
    assert kept + len(again) == 125_000


@pytest.mark.parametrize("without", [{}, {"data": None}, {"data": 7}, {"data": ["YQ=="]}])
def test_a_record_without_data_is_a_rejected_line_and_fails_no_batch(
    account: Account, context: Context, without: dict[str, Any]
) -> None:
    good, bad = event("packed")["records"]
    del bad["data"]
    answers = invoke(event("packed") | {"records": [good, bad | without]}, context)
    assert [answer["result"] for answer in answers] == ["Ok", "Ok"]
    [line] = lines_of(answers[1])
    assert (line["reject_reason"], line["raw"]) == ("unparseable", f"[data of record {bad['recordId']}: no text]")


# -- suspect visitors, with DynamoDB, SNS and WAF as moto emulates them


def calls_of(count: int, address: str, records: int = 4) -> dict[str, Any]:
    at = int(NOW.timestamp() * 1_000)
    line = {"event_type": "search", "event_time": "2025-03-01T11:59:00Z", "ip_address": address}
    payloads = [json.dumps(line).encode() + b"\n"] * count
    data = [b"".join(payloads[number::records]) for number in range(records)]
    return event("packed") | {
        "records": [
            {"recordId": str(number), "approximateArrivalTimestamp": at, "data": base64.b64encode(part).decode()}
            for number, part in enumerate(data)
        ]
    }


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that the function logged, including extra fields, but nothing that boto3 logged."""
    return str([vars(record) for record in caplog.records if record.name == "door"])


def visitor(address: str) -> str | None:
    return Door(load_dialect("canonical"), KEYS).visitor_hash(address)


def test_the_alert_names_the_visitor_and_nothing_contains_the_address(
    account: Account, context: Context, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        handler(calls_of(60, "203.0.113.66"), context)
    (alert,) = account.alerts()
    assert alert["visitor"] == visitor("203.0.113.66")
    assert alert["requests"] == 120
    items = {item["visitor_minute"]["S"]: item for item in account.items()}
    suspect = items[f"suspect#{alert['visitor']}"]
    assert suspect["reason"]["S"] == alert["reason"]
    assert int(suspect["expires_at"]["N"]) > datetime.now(UTC).timestamp()
    output = capsys.readouterr().out
    assert output.count('"SuspectVisitors":[1.0]') == 1
    assert account.blocked() == ["203.0.113.66/32"]
    assert "203.0.113" not in output + logged(caplog) + json.dumps(items) + json.dumps(alert)


def test_addresses_that_are_no_longer_suspect_leave_the_ip_set(account: Account, context: Context) -> None:
    assert account.blocked() == ["198.51.100.4/32"]
    handler(calls_of(200, "203.0.113.1"), context)
    handler(calls_of(200, "203.0.113.2"), context)
    assert account.blocked() == ["203.0.113.1/32", "203.0.113.2/32"]
    account.client("dynamodb").delete_item(
        TableName="counters", Key={"visitor_minute": {"S": f"suspect#{visitor('203.0.113.1')}"}}
    )
    handler(calls_of(200, "203.0.113.3"), context)
    assert account.blocked() == ["203.0.113.2/32", "203.0.113.3/32"]


def test_an_address_is_added_to_the_ip_set_of_its_version(account: Account, context: Context) -> None:
    handler(calls_of(200, "2001:DB8:0::7"), context)
    handler(calls_of(200, "203.0.113.7"), context)
    assert len(account.alerts()) == 2
    assert account.blocked() == ["203.0.113.7/32", "2001:db8::7/128"]


@pytest.mark.parametrize("service", ["DYNAMODB", "SNS", "WAFV2"])
def test_a_service_that_is_down_never_fails_a_batch(
    account: Account,
    context: Context,
    service: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:9")
    reset_functions()
    answer = handler(calls_of(200, "203.0.113.66"), context)
    assert [record["result"] for record in answer["records"]] == ["Ok"] * 4
    assert '"DetectionFailed":[1.0]' in capsys.readouterr().out
    (failure,) = [record for record in caplog.records if record.message == "detection failed"]
    assert (failure.levelname, vars(failure)["error"]) == ("ERROR", "EndpointConnectionError")
    assert "203.0.113" not in logged(caplog)
