"""A sink into a fake Firehose, and what tests write into it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from ingestion.firehose.delivery import Delivery
from ingestion.firehose.sink import FirehoseSink
from ingestion.firehose.spill import Spill
from tests.support.fake_firehose import FakeFirehose, FakeTime, client_error

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
