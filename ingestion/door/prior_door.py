"""Lines that go through a door a second time keep the first door's `received_at` and its rejection.

Anyone who may write to a delivery stream could forge these fields. The gain is small: a `received_at` in the past, or
the rejection of the producer's own line. A `received_at` in the future would move the watermark for everyone, so it is
ignored.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from ingestion.door.times import EARLIEST
from ingestion.event import REJECT_REASONS

# AWS rejects requests signed by a clock that is further off, so no honest door's line has a later time.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
CLOCK_SKEW: Final = timedelta(minutes=5)

_REJECTED_LINE_FIELDS: Final = frozenset({"event_id", "received_at", "reject_reason", "extra", "raw", "origin"})
_is_door_time: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z").fullmatch
_is_raw_size: Final = re.compile(r'\{"raw_bytes":"[0-9]{1,15}"\}').fullmatch


def first_received(fields: dict[str, Any], latest: str, name: str = "received_at") -> str | None:
    """The line's own `received_at`, if it has the format that a door writes and is not later than `latest`."""
    received = fields.get(name)
    if not isinstance(received, str) or not EARLIEST <= received <= latest or not _is_door_time(received):
        return None
    try:
        datetime.fromisoformat(received)
    except ValueError:
        return None
    return received


def is_rejected_line(fields: dict[str, Any]) -> bool:
    """Whether a line with a valid `received_at` has the form that a door gives to rejected lines."""
    return (
        "raw" in fields
        and fields.get("reject_reason") in REJECT_REASONS
        and _REJECTED_LINE_FIELDS.issuperset(fields)
        and all(isinstance(value, str) for value in fields.values())
        and _is_raw_size(fields.get("extra", '{"raw_bytes":"0"}')) is not None
    )
