"""Lines that have passed a door before: they keep the time at which the first one received them, and its refusal.

Whoever may write into a delivery stream could write these fields himself. What that gains him is small: a time of the
past or a refusal of his own line. The future, which would move everybody's "now", is not believed.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from ingestion.door.times import EARLIEST
from ingestion.event import REJECT_REASONS

# AWS refuses a request that was signed by a clock further off: no line of a wrong clock comes this far.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
CLOCK_SKEW: Final = timedelta(minutes=5)

_REFUSAL_FIELDS: Final = frozenset({"event_id", "received_at", "reject_reason", "extra", "raw", "origin"})
_is_door_time: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z").fullmatch
_is_raw_size: Final = re.compile(r'\{"raw_bytes":"[0-9]{1,15}"\}').fullmatch


def first_received(source: dict[str, Any], latest: str) -> str | None:
    """The line's own `received_at`, if it has the form that a door writes and is not later than `latest`."""
    received = source.get("received_at")
    if not isinstance(received, str) or not EARLIEST <= received <= latest or not _is_door_time(received):
        return None
    try:
        datetime.fromisoformat(received)
    except ValueError:
        return None
    return received


def is_refusal(source: dict[str, Any]) -> bool:
    """Whether a line that has a believable `received_at` is what a door makes of a line that it refuses."""
    return (
        "raw" in source
        and source.get("reject_reason") in REJECT_REASONS
        and _REFUSAL_FIELDS.issuperset(source)
        and all(isinstance(value, str) for value in source.values())
        and _is_raw_size(source.get("extra", '{"raw_bytes":"0"}')) is not None
    )
