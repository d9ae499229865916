from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ingestion.detection.counters import Counters
from tests.support.aws_account import Account

MINUTE = datetime(2025, 3, 1, 12, tzinfo=UTC)


def test_counts_of_concurrent_callers_add_up_in_the_table(account: Account) -> None:
    """Each count is a single UpdateItem, which DynamoDB executes atomically; moto does not, so there are no threads."""
    client = account.client("dynamodb")
    operations: list[str] = []

    def record(model: Any, **_: Any) -> None:
        operations.append(model.name)

    client.meta.events.register("before-call.dynamodb", record)
    callers = [Counters(client, "counters"), Counters(client, "counters")]
    totals = [callers[number % 2].add("bot", MINUTE, 7, 2_000_000_000) for number in range(60)]
    assert totals == list(range(7, 421, 7))
    assert operations == ["UpdateItem"] * 60
    (item,) = account.items()
    assert item["requests"]["N"] == "420"
