"""What the door answers to Firehose: for each record the lines that it became, and for the call no more than fits.

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
from ingestion.door.rejected_line import rejected_line
from ingestion.door.second_pass import CLOCK_SKEW
from ingestion.door.times import EARLIEST, later, utc_text

# Lambda answers a synchronous call with at most 6 MB (6,291,556 bytes in its error message); the rest is JSON around.
MAX_ANSWER_BYTES: Final = 6_000_000
_AROUND_BYTES: Final = 100
_EARLIEST: Final = datetime.fromisoformat(EARLIEST)

Lines = list[bytes]


@dataclass(slots=True)
class _Answer:
    """The answer for one record, and how much larger it is than the record was."""

    record_id: str
    admitted: Admitted
    data: str
    growth: int
    result: str = "Ok"


@dataclass(slots=True)
class Transformed:
    """A batch that passed the door.

    Attributes
    ----------
    records
        The answer's records, in the order of the call.
    rejected
        Refused lines by reason.
    lines_moved, lines_failed
        Lines of records that did not fit into the answer: sent to the stream again, or left to Firehose's error output.
        They are neither accepted nor rejected here, but when they come back.
    requests
        Lines of live traffic by visitor and minute of arrival.
    """

    records: list[dict[str, str]] = field(default_factory=list)
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    lines_moved: int = 0
    lines_failed: int = 0
    requests: Counter[tuple[str, datetime]] = field(default_factory=Counter)

    def count(self, admitted: Admitted) -> None:
        """Count the lines of a record that is answered with them."""
        self.accepted += admitted.accepted
        self.rejected.update(admitted.rejected)

    def count_requests(self, admitted: Admitted, arrived_at: datetime) -> None:
        """Count live traffic, which it is on the first pass only."""
        minute = arrived_at.replace(second=0, microsecond=0)
        for visitor, count in admitted.requests.items():
            self.requests[visitor, minute] += count


def transform(
    records: Iterable[dict[str, Any]],
    door: Door,
    *,
    now: datetime,
    send_again: Callable[[Lines], None],
    max_answer_bytes: int = MAX_ANSWER_BYTES,
) -> Transformed:
    """Bring the records of a Firehose call through the door.

    A line counts as received when its record arrived, so that a batch that Firehose repeats gives the same lines. Where
    the answer would be too large, the records that grew most are sent to the stream again as the lines they became,
    which pass the door unchanged and so never grow a second time; what cannot be sent goes to the error output, as it
    came.

    Parameters
    ----------
    records
        With `recordId`, base64 `data` and `approximateArrivalTimestamp`, as in the call.
    send_again
        Puts lines into the same stream; raises where that fails.
    """
    transformed = Transformed()
    answers = [_answer(record, door, now, transformed) for record in records]
    size = sum(_size(answer) for answer in answers)
    kept = sorted(answers, key=lambda answer: answer.growth)
    moved: list[_Answer] = []
    while kept and size > max_answer_bytes:
        moved.append(kept.pop())
        size -= len(moved[-1].data)
    for answer in kept:
        transformed.count(answer.admitted)
    _move(moved, send_again, transformed)
    transformed.records = [
        {"recordId": answer.record_id, "result": answer.result, "data": answer.data} for answer in answers
    ]
    return transformed


def payload_of(record: dict[str, Any]) -> bytes | None:
    """The bytes of a record; None where it has none, or its base64 is broken."""
    data = record.get("data")
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def _answer(record: dict[str, Any], door: Door, now: datetime, transformed: Transformed) -> _Answer:
    arrived_at = _arrival(record.get("approximateArrivalTimestamp"), now)
    payload = payload_of(record)
    admitted = _unreadable(record, arrived_at) if payload is None else door.admit(payload, received_at=arrived_at)
    transformed.count_requests(admitted, arrived_at)
    # an empty one at the end: each line has its newline
    data = base64.b64encode(b"\n".join([*admitted.lines, b""])).decode()
    result = "Ok" if admitted.lines else "Dropped"
    return _Answer(record["recordId"], admitted, data, len(data) - len(str(record.get("data", ""))), result)


def _unreadable(record: dict[str, Any], arrived_at: datetime) -> Admitted:
    """What stands for a record that cannot be read: its id, and nothing that it held, for base64 hides addresses."""
    data = record.get("data")
    what = f"{len(data)} characters that are no base64" if isinstance(data, str) else "no text"
    raw = f"[data of record {record['recordId']}: {what}]".encode()
    return Admitted([rejected_line("unparseable", utc_text(arrived_at), raw)], 0, Counter(unparseable=1))


def _arrival(milliseconds: object, now: datetime) -> datetime:
    """When Firehose took the record; `now` where it does not say so believably."""
    if not isinstance(milliseconds, int | float):
        return now
    try:
        arrived_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return arrived_at if _EARLIEST <= arrived_at <= later(now, CLOCK_SKEW) else now


def _size(answer: _Answer) -> int:
    return len(answer.data) + len(answer.record_id) + _AROUND_BYTES


def _move(answers: list[_Answer], send_again: Callable[[Lines], None], transformed: Transformed) -> None:
    lines = [line for answer in answers for line in answer.admitted.lines]
    if not lines:
        return
    try:
        send_again(lines)
        result = "Dropped"
        transformed.lines_moved = len(lines)
    except Exception:
        # whatever it was, the lines are safe where Firehose keeps the record itself
        result = "ProcessingFailed"
        transformed.lines_failed = len(lines)
    for answer in answers:
        answer.result, answer.data = result, ""
