"""The door: bytes of any producer in, lines of bronze out. The Firehose Lambda and replay share it.

It has no I/O and no clock. Every line but blank ones gives one line: an event, or what is refused and why.
A line that has passed a door before passes the next one unchanged (`ingestion.door.prior_door`): what is replayed into
a delivery stream is judged by the stream's own door again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from ingestion.door.addresses import normal_address
from ingestion.door.amounts import judge_amounts
from ingestion.door.dialect import Dialect
from ingestion.door.mapping import Mapper
from ingestion.door.parsed_lines import UNDECODABLE, Row, json_rows
from ingestion.door.prior_door import CLOCK_SKEW, first_received, is_refusal
from ingestion.door.refusal import MAX_RAW_CHARACTERS, refusal
from ingestion.door.scrub import EMAIL, ID_FIELDS, IP, Scrubber, is_suspect, scrub_text, scrub_value
from ingestion.door.times import EARLIEST, later, latest_accepted, time_reader, utc_text
from ingestion.event import EVENT_TYPES

_encode: Final = msgspec.json.Encoder().encode
_encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the door made of a payload.

    Attributes
    ----------
    lines
        One canonical JSON object for each line that was not blank, in the same order, without newline.
    accepted
        How many of them carry no `reject_reason`.
    rejected
        How many were refused, by reason.
    received
        `received_at` of each line, where each event counts as received when it happened; else empty.
    addresses_dropped
        IP addresses that left no `visitor_hash`: there was no key, or they were not addresses.
    ids_dropped
        Ids of users, sessions and orders that held an address and no longer tell people apart: there was no key.
    requests
        Lines by visitor: the `visitor_hash`, else `anonymous_id:` or `user_id:` and a hash of it. Lines that passed a
        door before are no live traffic and not counted.
    """

    lines: list[bytes]
    accepted: int
    rejected: Counter[str] = field(default_factory=Counter)
    received: list[str] = field(default_factory=list)
    addresses_dropped: int = 0
    ids_dropped: int = 0
    requests: dict[str, int] = field(default_factory=dict)


class _Verdict(NamedTuple):
    """Why a line is refused, or its encoded body; its time if usable; its id where the body has none.

    A line that passed a door before has its `received_at`, and if that door refused it, is its own body.
    """

    reason: str | None
    body: bytes = b""
    event_time: str | None = None
    event_id: str | None = None
    received_at: str | None = None


class Door:
    """Normalises, pseudonymises and judges events.

    Parameters
    ----------
    dialect
        How the producer's fields become the canonical ones.
    key
        Of the HMAC-SHA256 that stands for IP addresses; without one they are dropped and counted.
    """

    def __init__(self, dialect: Dialect, *, key: bytes | None) -> None:
        self._key = key
        self._scrubber = Scrubber(key)
        self._read_time = time_reader(dialect.time_format, dialect.zone)
        self._map = Mapper(dialect).map
        self._dropped = 0
        self._ids_dropped = 0
        self._requests: dict[str, int] = {}

    def admit(
        self, payload: bytes, *, received_at: datetime, origin: str | None = None, first_line: int = 1
    ) -> Admitted:
        """Admit JSON lines.

        Parameters
        ----------
        payload
            UTF-8, one JSON object a line; blank lines are passed over.
        received_at
            Aware time at which the payload came; every line gets it.
        origin
            Name of the source, put on rejected lines as `origin:line number`.
        first_line
            Number of the payload's first line.
        """
        return self.admit_rows(json_rows(payload, first_line), received_at=received_at, origin=origin)

    def admit_rows(
        self,
        rows: Iterable[Row],
        *,
        received_at: datetime,
        origin: str | None = None,
        received_when_happened: bool = False,
        received_before: str | None = None,
    ) -> Admitted:
        """Admit rows that a reader of CSV or JSON has taken apart; see `admit`.

        Parameters
        ----------
        received_when_happened
            Each event counts as received at its own time, a line without a usable one with the line before,
            or the first that has one. The future still begins 24 hours after `received_at`.
        received_before
            `received_at` of the line before these, where events are received when they happened.
        """
        now = utc_text(received_at)
        lines: list[bytes] = []
        received: list[str] = []
        rejected: Counter[str] = Counter()
        self._dropped = self._ids_dropped = 0
        self._requests = {}
        at = received_before or now
        verdicts = self._verdicts(rows, received_at, believe=not received_when_happened)
        if received_when_happened and received_before is None:
            verdicts = iter(judged := list(verdicts))
            at = next((verdict.event_time for _, verdict in judged if verdict.event_time), now)
        for (number, _, raw, size), (reason, body, event_time, event_id, passed_at) in verdicts:
            if received_when_happened:
                at = event_time or at
                received.append(at)
            if reason is None:
                derived = f'"event_id":"{event_id}",' if event_id else ""
                lines.append(f'{{{derived}"received_at":"{passed_at or at}",'.encode() + body[1:])
                continue
            rejected[reason] += 1
            where = f"{origin}:{number}" if origin is not None else None
            lines.append(body or refusal(reason, passed_at or at, raw, event_id=event_id, size=size, origin=where))
        accepted = len(lines) - rejected.total()
        return Admitted(lines, accepted, rejected, received, self._dropped, self._ids_dropped, self._requests)

    def visitor_hash(self, address: str) -> str | None:
        """The `visitor_hash` that stands for an address; None where it is none, or there is no key."""
        return self._scrubber.visitor_hash(address)

    def addresses(self, payload: bytes, visitors: Collection[str]) -> dict[str, str]:
        """The IP addresses of some visitors, by `visitor_hash`, for a firewall: never to be stored or logged."""
        found: dict[str, str] = {}
        for _, source, _, _ in json_rows(payload):
            if isinstance(source, dict):
                _, _, address = self._map(source)
                visitor = self.visitor_hash(address) if address else None
                if address and visitor is not None and visitor in visitors and (normal := normal_address(address)):
                    found[visitor] = normal
        return found

    def _verdicts(self, rows: Iterable[Row], received_at: datetime, *, believe: bool) -> Iterator[tuple[Row, _Verdict]]:
        """Judge each row; where we `believe`, one that passed a door before keeps what that door said."""
        latest, skewed = latest_accepted(received_at), later(received_at, CLOCK_SKEW)
        # what the first door accepted must not become the future by the difference of two clocks
        believed_to, latest_passed = utc_text(skewed), latest_accepted(skewed)
        for row in rows:
            source = row[1]
            if isinstance(source, str):
                yield row, _Verdict(source)
                continue
            passed_at = first_received(source, believed_to) if believe and "received_at" in source else None
            try:
                if passed_at is None:
                    yield row, self._judge(source, latest)
                elif is_refusal(source):
                    yield row, self._refused_before(source, passed_at)
                else:
                    del source["received_at"]
                    yield row, self._judge(source, latest_passed, passed_at)
            except UNDECODABLE:  # nested hundreds deep
                yield row, _Verdict("unparseable", received_at=passed_at)

    def _refused_before(self, line: dict[str, str], passed_at: str) -> _Verdict:
        """The line as it came, but for addresses that somebody else than a door may have put into it."""
        clean = {name: scrub_text(value) for name, value in line.items() if name != "event_id"}
        clean["raw"] = clean["raw"][:MAX_RAW_CHARACTERS]
        if (event_id := self._clean_id(line.get("event_id"))) is not None:
            clean = {"event_id": event_id, **clean}
        return _Verdict(line["reject_reason"], _encode(clean), None, event_id, passed_at)

    def _judge(self, source: dict[str, Any], latest: str, passed_at: str | None = None) -> _Verdict:
        record, extra, address = self._map(source)
        visitor = record.pop("visitor_hash", None)
        if address is not None:
            visitor = self._scrubber.visitor_hash(address)
            self._dropped += visitor is None
        if passed_at is None:
            self._count_request(visitor, record)
        given_id = record.get("event_id")
        if record.get("event_type") not in EVENT_TYPES:
            return _Verdict(
                "unknown_event_type", b"", self._usable_time(record, latest), self._clean_id(given_id), passed_at
            )
        event_time = self._read_time(record.get("event_time", ""))
        if event_time is None:
            return _Verdict("bad_event_time", b"", None, self._clean_id(given_id), passed_at)
        if event_time < EARLIEST:
            return _Verdict("event_too_old", b"", None, self._clean_id(given_id), passed_at)
        if event_time > latest:
            return _Verdict("event_in_future", b"", None, self._clean_id(given_id), passed_at)
        record["event_time"] = event_time
        if "price" in record or "quantity" in record:
            reason, price, quantity = judge_amounts(record.get("price"), record.get("quantity"))
            if reason is not None:
                return _Verdict(reason, b"", event_time, self._clean_id(given_id), passed_at)
            _set(record, "price", price)
            _set(record, "quantity", quantity)
        runs = 0
        if agent := record.get("user_agent"):
            record["user_agent"], runs = self._scrubber.user_agent(agent)
        if extra:
            record["extra"] = _extra_text(extra)
        encode = _encode if given_id else _encode_sorted
        body = encode(record)
        if is_suspect(body, runs):
            given, record = record, self._scrubber.record(record)
            if self._key is None:
                self._ids_dropped += _lost_ids(given, record)
            if extra:
                record["extra"] = _extra_text(scrub_value(extra))
            if given_id and self._clean_id(given_id) is None:
                del record["event_id"]
                given_id = None
            body = (_encode if given_id else _encode_sorted)(record)
        event_id = None if given_id else "c-" + hashlib.sha256(body).hexdigest()[:32]
        if visitor:
            body = b'{"visitor_hash":"' + visitor.encode() + b'",' + body[1:]
        return _Verdict(None, body, event_time, event_id, passed_at)

    def _count_request(self, visitor: str | None, record: dict[str, str]) -> None:
        if visitor is None:
            name = "anonymous_id" if "anonymous_id" in record else "user_id"
            # an id may be somebody's address, and is counted before it is scrubbed
            pseudonym = self._scrubber.pseudonym(record[name]) if name in record else None
            if pseudonym is None:
                return
            visitor = f"{name}:{pseudonym}"
        self._requests[visitor] = self._requests.get(visitor, 0) + 1

    def _usable_time(self, record: dict[str, str], latest: str) -> str | None:
        event_time = self._read_time(record.get("event_time", ""))
        return event_time if event_time is not None and EARLIEST <= event_time <= latest else None

    def _clean_id(self, event_id: str | None) -> str | None:
        """The id without addresses; without a key for pseudonyms None, since two ids would become one."""
        if event_id is None:
            return None
        clean = self._scrubber.identifier(event_id)
        return clean if clean == event_id or self._key is not None else None


def _lost_ids(given: dict[str, str], scrubbed: dict[str, str]) -> int:
    """How many ids became `[email]` or `[ip]`; an event_id that does is derived anew instead."""
    texts = [scrubbed[name] for name in ID_FIELDS if name != "event_id" and given.get(name) != scrubbed.get(name)]
    return sum(EMAIL in text or IP in text for text in texts)


def _extra_text(extra: dict[str, Any]) -> str:
    try:
        return _encode_sorted(extra).decode()
    except OverflowError:  # msgspec writes no integer beyond 64 bits
        return json.dumps(extra, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _set(record: dict[str, str], name: str, value: str | None) -> None:
    if value is None:
        record.pop(name, None)
    else:
        record[name] = value
