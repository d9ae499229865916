"""The door: the bytes of any producer in, lines of bronze out. The Firehose Lambda and replay share it.

It has no I/O and no clock. Every line that is not blank becomes one line: an accepted event, or a rejected line with
its reason. Replayed lines are validated again by the stream's own door. A line that already went through a door leaves
the second one unchanged (`ingestion.door.prior_door`).
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from ingestion.door.addresses import normal_address
from ingestion.door.amounts import check_amounts
from ingestion.door.compiling import RecordTooLargeError
from ingestion.door.dialect import Dialect
from ingestion.door.encoding import encode_event
from ingestion.door.json_lines import parse_json_lines
from ingestion.door.keys import Keys
from ingestion.door.mapping import Mapped, Mapper
from ingestion.door.parsed_lines import UNDECODABLE, ParsedLine
from ingestion.door.prior_door import CLOCK_SKEW, first_received, is_rejected_line
from ingestion.door.rejected_line import clean_rejected_line, rejected_line
from ingestion.door.scrub import HASH_LENGTH, Scrubber
from ingestion.door.times import EARLIEST, later, latest_accepted, time_reader, utc_text
from ingestion.event import EVENT_TYPES


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the door made of a payload.

    Attributes
    ----------
    lines
        Canonical JSON objects without newlines, in the order of the source: for each line that was not blank one for
        each event that the dialect made of it, and at most one for what was rejected.
    accepted
        How many of them carry no `reject_reason`.
    rejected
        How many were rejected, by reason.
    ignored
        Lines that the dialect ignores: they are counted and not stored.
    received
        `received_at` of each line if each event counts as received when it happened; otherwise empty.
    addresses_dropped
        IP addresses that left no `visitor_hash`, because there was no key or they were not valid.
    ids_dropped
        Ids of users, sessions and orders that held an address and became `[email]` or `[ip]`, because there was no key.
        Their visitors can no longer be told apart.
    requests
        Lines by visitor: the `visitor_hash`, else `anonymous_id:` or `user_id:` and a hash of it. Lines that already
        went through a door are not live traffic and are not counted.
    """

    lines: list[bytes]
    accepted: int
    rejected: Counter[str] = field(default_factory=Counter)
    ignored: int = 0
    received: list[str] = field(default_factory=list)
    addresses_dropped: int = 0
    ids_dropped: int = 0
    requests: dict[str, int] = field(default_factory=dict)


class _Decision(msgspec.Struct, gc=False):
    """Whether a line is accepted. A Struct for speed, like `ParsedLine`.

    Attributes
    ----------
    reason
        Why the line is rejected; None if it is accepted.
    body
        The encoded event, or a line that an earlier door rejected; empty for a line that this door rejects.
    event_time
        The event's time, if it is usable.
    event_id
        The event's id.
    first_received_at, replayed_at
        These times of the earlier door, for a line that already went through one.
    """

    reason: str | None
    body: bytes = b""
    event_time: str | None = None
    event_id: str | None = None
    first_received_at: str | None = None
    replayed_at: str | None = None


class Door:
    """Normalizes, pseudonymizes and validates events.

    Parameters
    ----------
    dialect
        How the producer's fields become the canonical ones.
    keys
        The keys for pseudonyms and for derived ids.
    """

    def __init__(self, dialect: Dialect, keys: Keys) -> None:
        self._scrubber = Scrubber(keys.addresses)
        self._id_key = keys.ids
        self._read_time = time_reader(dialect.time_format, dialect.zone)
        self._map = Mapper(dialect).map
        self._records = dialect.read.records
        self._addresses_dropped = 0
        self._ids_dropped = 0
        self._ignored = 0
        self._requests: dict[str, int] = {}

    def admit(
        self, payload: bytes, *, received_at: datetime, origin: str | None = None, first_line: int = 1
    ) -> Admitted:
        """Admit JSON lines.

        Parameters
        ----------
        payload
            UTF-8, one JSON object per line, or one of the forms that `parse_json_lines` reads in its place.
        received_at
            Aware time at which the payload arrived; every line gets it.
        origin
            Name of the source, recorded on rejected lines as `origin:line number`.
        first_line
            Number of the payload's first line.
        """
        lines = parse_json_lines(payload, first_line, self._records)
        return self.admit_lines(lines, received_at=received_at, origin=origin)

    def admit_lines(
        self,
        lines: Iterable[ParsedLine],
        *,
        received_at: datetime,
        origin: str | None = None,
        received_when_happened: bool = False,
        received_before: str | None = None,
    ) -> Admitted:
        """Admit lines that a reader of CSV or JSON has parsed; see `admit`.

        Parameters
        ----------
        received_when_happened
            Each event counts as received at its own time. A line without a usable time counts as received with the
            line before it; the first lines, with the first event that has one. An event is still rejected as in the
            future if its time is more than 24 hours after `received_at`.
        received_before
            `received_at` of the line before these, if events are received when they happened.
        """
        now = utc_text(received_at)
        admitted: list[bytes] = []
        received: list[str] = []
        rejected: Counter[str] = Counter()
        self._addresses_dropped = self._ids_dropped = self._ignored = 0
        self._requests = {}
        at = received_before or now
        decisions = self._decisions(lines, received_at, keeps_first_pass=not received_when_happened)
        if received_when_happened and received_before is None:
            decisions = iter(decided := list(decisions))
            at = next((decision.event_time for _, decision in decided if decision.event_time), now)
        for line, decision in decisions:
            if received_when_happened:
                at = decision.event_time or at
                received.append(at)
            line_received_at = decision.first_received_at or at
            event_id = decision.event_id
            if decision.reason is None:
                replayed_at = decision.replayed_at or (now if received_when_happened else None)
                replayed = f'"replayed_at":"{replayed_at}",' if replayed_at else ""
                derived = f'"event_id":"{event_id}",' if event_id else ""
                admitted.append(
                    f'{{{derived}"received_at":"{line_received_at}",{replayed}'.encode() + decision.body[1:]
                )
                continue
            rejected[decision.reason] += 1
            where = f"{origin}:{line.number}" if origin is not None else None
            admitted.append(
                decision.body
                or rejected_line(
                    decision.reason, line_received_at, line.raw, event_id=event_id, size=line.size, origin=where
                )
            )
        accepted = len(admitted) - rejected.total()
        return Admitted(
            admitted,
            accepted,
            rejected,
            self._ignored,
            received,
            self._addresses_dropped,
            self._ids_dropped,
            self._requests,
        )

    def visitor_hash(self, address: str) -> str | None:
        """The `visitor_hash` of an address; None if the address is not valid or there is no key."""
        return self._scrubber.visitor_hash(address)

    def addresses(self, payload: bytes, visitors: Collection[str]) -> dict[str, str]:
        """IP addresses of the given visitors, by `visitor_hash`, for a firewall. Never store or log them."""
        found: dict[str, str] = {}
        for line in parse_json_lines(payload, records=self._records):
            if isinstance(line.content, dict):
                for event in self._mapped(line.content, line.size):
                    visitor = self.visitor_hash(event.address) if event.address else None
                    if event.address and visitor in visitors and (normal := normal_address(event.address)):
                        found[str(visitor)] = normal
        return found

    def _mapped(self, content: dict[str, Any], size: int) -> list[Mapped]:
        try:
            return self._map(content, size)
        except (RecordTooLargeError, *UNDECODABLE):
            return []

    def _decisions(
        self, lines: Iterable[ParsedLine], received_at: datetime, *, keeps_first_pass: bool
    ) -> Iterator[tuple[ParsedLine, _Decision]]:
        """Validate each event of each line. What a line's events lack is reported once, by the first that lacks it.

        Parameters
        ----------
        keeps_first_pass
            A line that already went through a door keeps that door's `received_at` and rejection.
        """
        latest, latest_clock = latest_accepted(received_at), later(received_at, CLOCK_SKEW)
        # An event that the first door accepted must not be in the future because the two clocks differ.
        latest_first_received, latest_first_accepted = utc_text(latest_clock), latest_accepted(latest_clock)
        for line in lines:
            content = line.content
            if isinstance(content, str):
                yield line, _Decision(content)
                continue
            first_received_at = (
                first_received(content, latest_first_received)
                if keeps_first_pass and "received_at" in content
                else None
            )
            try:
                if first_received_at is not None and is_rejected_line(content):
                    yield line, self._reject_again(content, first_received_at)
                    continue
                replayed_at = None
                if first_received_at is not None:
                    del content["received_at"]
                    replayed_at = first_received(content, latest_first_received, "replayed_at")
                    content.pop("replayed_at", None)
                events = self._map(content, line.size)
                self._ignored += not events
                bound = latest if first_received_at is None else latest_first_accepted
                rejection: _Decision | None = None
                for event in events:
                    decision = self._validate(line, event, bound, first_received_at)
                    if decision.reason is None:
                        decision.replayed_at = replayed_at
                        yield line, decision
                    else:
                        rejection = rejection or decision
                if rejection is not None:
                    yield line, rejection
            except RecordTooLargeError:
                yield line, _Decision("line_too_long", first_received_at=first_received_at)
            except UNDECODABLE:  # the JSON is nested hundreds of levels deep
                yield line, _Decision("unparseable", first_received_at=first_received_at)

    def _reject_again(self, fields: dict[str, str], first_received_at: str) -> _Decision:
        event_id = self._clean_id(fields.get("event_id"))
        body = clean_rejected_line(fields, event_id)
        return _Decision(fields["reject_reason"], body, None, event_id, first_received_at)

    def _validate(self, line: ParsedLine, event: Mapped, latest: str, first_received_at: str | None) -> _Decision:
        record = event.fields
        visitor = record.pop("visitor_hash", None)
        if event.address is not None:
            visitor = self._scrubber.visitor_hash(event.address)
            self._addresses_dropped += visitor is None
        if first_received_at is None:
            self._count_request(visitor, record)
        given_id = record.get("event_id")
        if record.get("event_type") not in EVENT_TYPES:
            return _Decision(
                "unknown_event_type",
                b"",
                self._usable_time(record, latest),
                self._clean_id(given_id),
                first_received_at,
            )
        event_time = self._read_time(record.get("event_time", ""))
        if event_time is None:
            return _Decision("bad_event_time", b"", None, self._clean_id(given_id), first_received_at)
        if event_time < EARLIEST:
            return _Decision("event_too_old", b"", None, self._clean_id(given_id), first_received_at)
        if event_time > latest:
            return _Decision("event_in_future", b"", None, self._clean_id(given_id), first_received_at)
        record["event_time"] = event_time
        reason = check_amounts(record)
        if reason is not None:
            return _Decision(reason, b"", event_time, self._clean_id(given_id), first_received_at)
        derived_id = self._derived_id(line, event) if event.identity is not None or given_id is None else None
        if derived_id is not None:
            record.pop("event_id", None)
        body, ids_dropped = encode_event(record, event.extra, visitor, self._scrubber)
        self._ids_dropped += ids_dropped
        return _Decision(None, body, event_time, derived_id, first_received_at)

    def _derived_id(self, line: ParsedLine, event: Mapped) -> str:
        """The id of an event that came without one: a keyed hash of the record as it came, or of what the dialect names
        as its identity, so that it does not depend on what becomes of the record.
        """
        if event.identity is None:
            record = line.context + b"\n" + line.raw.strip()
            kind = "r"
        else:
            record = event.identity.encode("utf-8", "surrogatepass")
            kind = "k"
        if line.copy > 1 or event.part:
            record += f"\n{event.part}\n{line.copy}".encode()
        return f"{kind}-{hmac.digest(self._id_key, record, 'sha256').hex()[:HASH_LENGTH]}"

    def _count_request(self, visitor: str | None, record: dict[str, str]) -> None:
        if visitor is None:
            name = "anonymous_id" if "anonymous_id" in record else "user_id"
            # The id may be an e-mail or IP address: it is counted before it is scrubbed.
            pseudonym = self._scrubber.pseudonym(record[name]) if name in record else None
            if pseudonym is None:
                return
            visitor = f"{name}:{pseudonym}"
        self._requests[visitor] = self._requests.get(visitor, 0) + 1

    def _usable_time(self, record: dict[str, str], latest: str) -> str | None:
        event_time = self._read_time(record.get("event_time", ""))
        return event_time if event_time is not None and EARLIEST <= event_time <= latest else None

    def _clean_id(self, event_id: str | None) -> str | None:
        return None if event_id is None else self._scrubber.event_id(event_id)
