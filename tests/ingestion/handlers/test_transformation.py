from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.handlers.transformation import Lines, Transformed, transform
from tests.support.aws_account import KEYS
from tests.support.firehose_records import lines_of, records_of

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def transformed(records: list[dict[str, Any]], again: list[bytes] | Exception, limit: int) -> Transformed:
    def send_again(lines: Lines) -> None:
        if isinstance(again, Exception):
            raise again
        again.extend(lines)

    door = Door(load_dialect("canonical"), KEYS)
    return transform(records, door, now=NOW, send_again=send_again, max_response_bytes=limit)


def test_records_that_grow_too_large_are_sent_again_as_lines_of_the_door() -> None:
    grows = records_of(b"1\n" * 1_000, b'{"event_type":"search"}\n' * 20, b"2\n" * 500)
    again: list[bytes] = []
    result = transformed(grows, again, limit=90_000)
    assert [record["result"] for record in result.records] == ["Dropped", "Ok", "Ok"]
    assert sum(len(json.dumps(record)) for record in result.records) < 90_000
    assert len(again) == result.lines_moved == 1_000
    assert {json.loads(line)["raw"] for line in again} == {"1"}
    assert all(json.loads(line)["seal"] for line in again)
    # lines that are sent again are counted when they come back
    assert result.rejected.total() == 520

    # they come back without their seal, and are not moved a second time
    second: list[bytes] = []
    payload = b"".join(line + b"\n" for line in again)
    back = transformed(records_of(payload), second, limit=len(payload) * 4 // 3 + 200)
    assert second == []
    came_back = base64.b64decode(back.records[0]["data"])
    assert len(came_back) < len(payload)
    assert b'"seal"' not in came_back
    assert back.rejected.total() == 1_000


def test_records_that_cannot_be_sent_again_go_to_the_error_output() -> None:
    result = transformed(records_of(b"1\n" * 1_000, b"{}\n"), RuntimeError("the stream is down"), limit=50_000)
    assert [record["result"] for record in result.records] == ["ProcessingFailed", "Ok"]
    assert (result.lines_failed, result.lines_moved) == (1_000, 0)


@pytest.mark.parametrize("arrival", [None, "yesterday", -5, 1e30, 99_999_999_999_999])
def test_an_impossible_arrival_time_is_replaced_by_now(arrival: Any) -> None:
    (record,) = records_of(b"{}")
    result = transformed([record | {"approximateArrivalTimestamp": arrival}], [], limit=10_000)
    assert lines_of(result.records[0])[0]["received_at"] == "2025-03-01T12:00:00.000000Z"


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_no_address_of_a_record_with_broken_base64_reaches_bronze(cut: int) -> None:
    payload = b'{"event_type":"search","ip_address":"203.0.113.77","user_id":"anna@example.com"}'
    [record] = records_of(payload)
    for data in (record["data"][:-cut], f"{record['data'][:40]}\n{record['data'][40:]}", payload.decode()):
        [response] = transformed([record | {"data": data}], [], limit=10_000).records
        [line] = lines_of(response)
        assert line["reject_reason"] == "unparseable"
        assert line["raw"] == f"[data of record 0: {len(data)} characters that are no base64]"


def test_what_records_lack_is_added_up() -> None:
    purchase = b'{"event_type":"purchase","event_time":"2025-03-01T11:00:00Z","user_id":"u"}\n'
    result = transformed(records_of(purchase, purchase * 2), [], limit=10_000)
    assert result.fullness.purchases == result.fullness.purchase_without_price == 3
