"""The door's response to a Firehose call: the lines of each record, within the size that Lambda allows.

Source: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ingestion.door.door import Admitted, Door
from ingestion.door.fullness import Fullness
from ingestion.door.prior_door import CLOCK_SKEW
from ingestion.door.rejected_line import rejected_line
from ingestion.door.times import EARLIEST, later, utc_text

# Lambda returns at most 6 MB for a synchronous call (6,291,556 bytes in its error message); the difference is for JSON.
MAX_RESPONSE_BYTES: Final = 6_000_000
_JSON_BYTES: Final = 100
_EARLIEST: Final = datetime.fromisoformat(EARLIEST)

Lines = list[bytes]


@dataclass(slots=True)
class _Response:
    """The response for one record; `growth` is how many characters longer it is than the record."""

    record_id: str
    admitted: Admitted
    data: str
    growth: int
    result: str = "Ok"


@dataclass(slots=True)
class Transformed:
    """A batch after the door.

    Attributes
    ----------
    records
        The records of the response, in the order of the call.
    rejected
        Rejected lines by reason.
    ignored
        Lines that the dialect ignores.
    fullness
        How many of the accepted events lack a field that they should have.
    lines_moved, lines_failed
        Lines of records that did not fit into the response: sent to the stream again, or left to Firehose's error
        output. They are counted as accepted or rejected when they come back, not here.
    requests
        Lines of live traffic by visitor and minute of arrival.
    mishandled
        Lines that were rejected because the code that handled them failed.
    """

    records: list[dict[str, str]] = field(default_factory=list)
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    ignored: int = 0
    fullness: Fullness = field(default_factory=Fullness)
    lines_moved: int = 0
    lines_failed: int = 0
    requests: Counter[tuple[str, datetime]] = field(default_factory=Counter)
    mishandled: int = 0

    def count(self, admitted: Admitted) -> None:
        """Count the lines of a record that are in the response."""
        self.accepted += admitted.accepted
        self.rejected.update(admitted.rejected)
        self.ignored += admitted.ignored
        self.fullness += admitted.fullness
        self.mishandled += admitted.mishandled

    def count_requests(self, admitted: Admitted, arrived_at: datetime) -> None:
        """Count the requests of live traffic; lines that were sent again are not counted a second time."""
        minute = arrived_at.replace(second=0, microsecond=0)
        for visitor, count in admitted.requests.items():
            self.requests[visitor, minute] += count


def transform(
    records: Iterable[dict[str, Any]],
    door: Door,
    *,
    now: datetime,
    send_again: Callable[[Lines], None],
    max_response_bytes: int = MAX_RESPONSE_BYTES,
) -> Transformed:
    """Pass the records of a Firehose call through the door.

    `received_at` of a line is the time when its record arrived, so a batch that Firehose repeats gives the same lines.
    If the response would be too large, the records that grew most are sent to the stream again as the door's lines,
    sealed. These pass the door unchanged, so they never grow a second time. Records that cannot be sent go to the error
    output in their original form.

    Parameters
    ----------
    records
        With `recordId`, base64 `data` and `approximateArrivalTimestamp`, as in the call.
    send_again
        Puts lines into the same stream; raises if that fails.
    """
    transformed = Transformed()
    responses = [_respond(record, door, now, transformed) for record in records]
    size = sum(_size(response) for response in responses)
    kept = sorted(responses, key=lambda response: response.growth)
    moved: list[_Response] = []
    while kept and size > max_response_bytes:
        moved.append(kept.pop())
        size -= len(moved[-1].data)
    for response in kept:
        transformed.count(response.admitted)
    _move(moved, lambda lines: send_again(door.sealed(lines)), transformed)
    transformed.records = [
        {"recordId": response.record_id, "result": response.result, "data": response.data} for response in responses
    ]
    return transformed


def payload_of(record: dict[str, Any]) -> bytes | None:
    """The bytes of a record; None if it has none, or if they are not valid base64."""
    data = record.get("data")
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def _respond(record: dict[str, Any], door: Door, now: datetime, transformed: Transformed) -> _Response:
    arrived_at = _arrival(record.get("approximateArrivalTimestamp"), now)
    payload = payload_of(record)
    admitted = _unreadable(record, arrived_at) if payload is None else door.admit(payload, received_at=arrived_at)
    transformed.count_requests(admitted, arrived_at)
    # an empty last element, so that every line ends with a newline
    data = base64.b64encode(b"\n".join([*admitted.lines, b""])).decode()
    result = "Ok" if admitted.lines else "Dropped"
    return _Response(record["recordId"], admitted, data, len(data) - len(str(record.get("data", ""))), result)


def _unreadable(record: dict[str, Any], arrived_at: datetime) -> Admitted:
    """The rejected line for a record that cannot be decoded: its id, but not its data, which may contain addresses."""
    data = record.get("data")
    what = f"{len(data)} characters that are no base64" if isinstance(data, str) else "no text"
    raw = f"[data of record {record['recordId']}: {what}]".encode()
    return Admitted([rejected_line("unparseable", utc_text(arrived_at), raw)], 1, 0, Counter(unparseable=1))


def _arrival(milliseconds: object, now: datetime) -> datetime:
    """When Firehose received the record; `now` if the timestamp is missing or implausible."""
    if not isinstance(milliseconds, int | float):
        return now
    try:
        arrived_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return arrived_at if _EARLIEST <= arrived_at <= later(now, CLOCK_SKEW) else now


def _size(response: _Response) -> int:
    return len(response.data) + len(response.record_id) + _JSON_BYTES


def _move(responses: list[_Response], send_again: Callable[[Lines], None], transformed: Transformed) -> None:
    lines = [line for response in responses for line in response.admitted.lines]
    if not lines:
        return
    try:
        send_again(lines)
        result = "Dropped"
        transformed.lines_moved = len(lines)
    except Exception:
        # whatever the error was, Firehose stores the original record in its error output
        result = "ProcessingFailed"
        transformed.lines_failed = len(lines)
    for response in responses:
        response.result, response.data = result, ""
