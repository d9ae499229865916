"""Records of Firehose calls, and the lines in the responses."""

from __future__ import annotations

import base64
import json
from typing import Any


def lines_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    data = base64.b64decode(record["data"], validate=True)
    assert not data or data.endswith(b"\n")
    return [json.loads(line) for line in data.splitlines()]


def records_of(*payloads: bytes) -> list[dict[str, Any]]:
    return [
        {
            "recordId": str(number),
            "approximateArrivalTimestamp": 1740830399500,
            "data": base64.b64encode(payload).decode(),
        }
        for number, payload in enumerate(payloads)
    ]
