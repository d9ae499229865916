"""How many simulated events one call of the generator can send, within its time and Firehose's quota of the region."""

from __future__ import annotations

from typing import Final

# Direct PUT, in MiB a second, until AWS raises it: https://docs.aws.amazon.com/firehose/latest/dev/limits.html
_QUOTA_MIB: Final = 1
_LARGE_QUOTA_MIB: Final = 5
_LARGE_REGIONS: Final = frozenset({"us-east-1", "us-west-2", "eu-west-1"})

# The function may run for 300 seconds and reserves 75 of them for its last batch and the report.
_CALL_SECONDS: Final = 225
_EVENT_BYTES: Final = 608
# what a shop may send to the same stream meanwhile, and calls that are repeated
_SHARE: Final = 0.8


def events_in_one_call(region: str) -> int:
    """The most events to ask of one call of the generator in a region."""
    mib = _LARGE_QUOTA_MIB if region in _LARGE_REGIONS else _QUOTA_MIB
    return int(_SHARE * mib * 2**20 * _CALL_SECONDS / _EVENT_BYTES)


def split(events: int, most: int) -> list[int]:
    """Parts of at most `most` events, as few as possible and of nearly the same size."""
    calls = -(-events // most)
    return [events // calls + (number < events % calls) for number in range(calls)]
