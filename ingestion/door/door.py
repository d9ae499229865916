"""The door: the bytes of any producer in, lines of bronze out. The Firehose Lambda and replay share it.

It has no I/O and no clock. Every line that is not blank becomes one line: an accepted event, or a rejected line with
its reason. A line that a door with the same id key has sealed leaves this one unchanged (`ingestion.door.prior_door`).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import msgspec

from ingestion.door.addresses import normal_address
from ingestion.door.amounts import check_amounts
from ingestion.door.compiling import RecordTooLargeError
from ingestion.door.dialect import Dialect
from ingestion.door.encoding import encode_event
from ingestion.door.fullness import Fullness
from ingestion.door.json_lines import parse_json_lines
from ingestion.door.keys import Keys, keyed_hash
from ingestion.door.limits import ALLOWED_BYTES, HEAD_BYTES, is_too_long, place_of
from ingestion.door.mapping import Mapped, Mapper
from ingestion.door.parsed_lines import UNDECODABLE, ParsedLine
from ingestion.door.prior_door import CLOCK_SKEW, SEAL_START, Seal, first_received
from ingestion.door.rejected_line import rejected_line
from ingestion.door.scrub import HASH_LENGTH, Scrubber
from ingestion.door.times import EARLIEST, later, latest_accepted, time_reader, utc_text
from ingestion.event import EVENT_TYPES

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the door made of a payload.

    Attributes
    ----------
    lines
        Canonical JSON objects without newlines, in the order of the source: for each line that was not blank one for
        each event that the dialect made of it, and at most one for what was rejected.
    read
        How many lines of the source were read, without blank ones.
    accepted
        How many of `lines` carry no `reject_reason`.
    rejected
        How many were rejected, by reason.
    ignored
        Lines that the dialect ignores: they are counted and not stored.
    received
        `received_at` of each line if each event counts as received when it happened; otherwise empty.
    addresses_dropped
        IP addresses that left no `visitor_hash`, because they could not be read.
    fullness
        How many of the accepted events lack a field that they should have.
    requests
        Lines by visitor: the `visitor_hash`, else `anonymous_id:` or `user_id:` and a hash of it. Lines that already
        went through a door are not live traffic and are not counted.
    mishandled
        How often the code that handled a line failed: the line was rejected, or a rejected one lost its text. The log
        says where.
    """

    lines: list[bytes]
    read: int
    accepted: int
    rejected: Counter[str] = field(default_factory=Counter)
    ignored: int = 0
    received: list[str] = field(default_factory=list)
    addresses_dropped: int = 0
    fullness: Fullness = field(default_factory=Fullness)
    requests: dict[str, int] = field(default_factory=dict)
    mishandled: int = 0

    def __reduce__(self) -> tuple[Callable[..., Admitted], tuple[Any, ...]]:
        """Pickle the lines as one text, in a fraction of the time that thousands of them take."""
        lines, *others = (getattr(self, item.name) for item in fields(self))
        return _unpacked, (len(lines), b"\n".join(lines), *others)


def _unpacked(count: int, text: bytes, *others: Any) -> Admitted:
    return Admitted(text.split(b"\n") if count else [], *others)


class _Decision(msgspec.Struct, gc=False):
    """Whether a line is accepted. A Struct for speed, like `ParsedLine`.

    Attributes
    ----------
    reason
        Why the line is rejected; None if it is accepted.
    body
        The encoded event without `received_at`; empty for a line that this door rejects; the whole line if an earlier
        door sealed it.
    event_time
        The event's time, if it is usable.
    event_id
        The event's id.
    is_whole
        Whether an earlier door sealed the line.
    """

    reason: str | None
    body: bytes = b""
    event_time: str | None = None
    event_id: str | None = None
    is_whole: bool = False


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
        self._scrubber = Scrubber(keys)
        self._id_hash = self._hashed = keyed_hash(keys.ids, b"shoplake id", HASH_LENGTH // 2)
        self._hashed_line: ParsedLine | None = None
        self._seal = Seal(keys.ids)
        self._read_time = time_reader(dialect.time_format, dialect.zone)
        self._map = Mapper(dialect).map
        self._records = dialect.read.records
        self._start_batch()

    def _start_batch(self) -> None:
        self._read = self._ignored = self._addresses_dropped = 0
        self._fullness = Fullness()
        self._is_live = False
        self._visitors: list[str] = []  # of each request
        self._errors: Counter[str] = Counter()

    def admit(
        self,
        payload: bytes,
        *,
        received_at: datetime,
        origin: str | None = None,
        first_line: int = 1,
        is_live: bool = True,
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
        is_live
            Whether the lines are live traffic, whose requests are counted.
        """
        lines = parse_json_lines(payload, first_line, self._records)
        return self.admit_lines(lines, received_at=received_at, origin=origin, is_live=is_live)

    def admit_lines(
        self,
        lines: Iterable[ParsedLine],
        *,
        received_at: datetime,
        origin: str | None = None,
        received_when_happened: bool = False,
        received_before: str | None = None,
        is_live: bool = False,
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
        replayed = f'"replayed_at":"{now}",' if received_when_happened else ""
        received_now = f'{{"received_at":"{now}",'.encode()
        self._start_batch()
        self._is_live = is_live
        at = received_before or now
        decisions = self._decisions(lines, received_at, opens_seals=not received_when_happened)
        if received_when_happened and received_before is None:
            decisions = iter(decided := list(decisions))
            at = next((decision.event_time for _, decision in decided if decision.event_time), now)
        for line, decision in decisions:
            if received_when_happened:
                at = decision.event_time or at
                received.append(at)
            event_id = decision.event_id
            if decision.is_whole:
                admitted.append(decision.body)
                if decision.reason is not None:
                    rejected[decision.reason] += 1
                continue
            if decision.reason is None:
                head = received_now
                if received_when_happened:
                    head = f'{{"received_at":"{at}",{replayed}'.encode()
                if event_id:
                    head = b'{"event_id":"%b",%b' % (event_id.encode(), head[1:])
                admitted.append(head + decision.body[1:])
                continue
            rejected[decision.reason] += 1
            where = f"{origin}:{line.number}" if origin is not None else None
            admitted.append(self._rejected(decision.reason, at, line, event_id, where))
        for place, count in self._errors.items():
            _logger.error("%d lines were rejected, or lost their text, because handling them failed: %s", count, place)
        accepted = len(admitted) - rejected.total()
        return Admitted(
            admitted,
            self._read,
            accepted,
            rejected,
            self._ignored,
            received,
            self._addresses_dropped,
            self._fullness,
            dict(Counter(self._visitors)),
            self._errors.total(),
        )

    def sealed(self, lines: Iterable[bytes]) -> list[bytes]:
        """Lines of this door, sealed so that a second door with the same id key passes them on unchanged."""
        return list(map(self._seal.sealed, lines))

    def visitor_hash(self, address: str) -> str | None:
        """The `visitor_hash` of an address; None if the address is not valid."""
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
        except Exception:  # admit_lines rejects such a record, and reports the mistake
            return []

    def _rejected(self, reason: str, at: str, line: ParsedLine, event_id: str | None, where: str | None) -> bytes:
        """The line of bronze for a rejected line, without its text if that cannot be scrubbed."""
        try:
            return rejected_line(reason, at, line.raw, event_id=event_id, size=line.size, origin=where)
        except Exception as error:  # a mistake in this package, which must not cost the other lines of the batch
            self._errors[place_of(error)] += 1
            return rejected_line(reason, at, b"", event_id=event_id, size=line.size, origin=where)

    def _decisions(
        self, lines: Iterable[ParsedLine], received_at: datetime, *, opens_seals: bool
    ) -> Iterator[tuple[ParsedLine, _Decision]]:
        """Validate each event of each line. What a line's events lack is reported once, by the first that lacks it.

        Parameters
        ----------
        opens_seals
            A line that an earlier door sealed is passed on as it is.
        """
        latest, latest_received = latest_accepted(received_at), utc_text(later(received_at, CLOCK_SKEW))
        for line in lines:
            self._read += 1
            content = line.content
            if isinstance(content, str):
                yield line, _Decision(content)
                continue
            if opens_seals and line.raw.startswith(SEAL_START):
                passed_on = self._pass_on(line.raw, content, latest_received)
                if passed_on is not None:
                    yield line, passed_on
                    continue
            try:
                events = self._map(content, line.size)
                if len(events) == 1:  # nearly always
                    decided = [self._validate(line, events[0], latest, is_request=True)]
                    size = len(decided[0].body)
                else:
                    decided = self._several(line, events, latest)
                    size = sum(len(decision.body) for decision in decided)
                if size + HEAD_BYTES * len(decided) > ALLOWED_BYTES and is_too_long(line, decided):
                    decided = [_Decision("line_too_long")]
            except RecordTooLargeError:
                decided = [_Decision("line_too_long")]
            except Exception as error:
                # Whatever it is, it must not cost the other lines of the batch: nested too deeply, or a mistake in a
                # dialect or in this package, which is reported.
                if not isinstance(error, UNDECODABLE):
                    self._errors[place_of(error)] += 1
                decided = [_Decision("unparseable")]
            for decision in decided:
                yield line, decision

    def _several(self, line: ParsedLine, events: list[Mapped], latest: str) -> list[_Decision]:
        """Validate the events of a line that gives none or several; what they lack is reported once."""
        self._ignored += not events
        # the lines of an order came in one request
        accepted: list[_Decision] = []
        rejected: list[_Decision] = []
        for event in events:
            decision = self._validate(line, event, latest, is_request=event is events[0])
            (accepted if decision.reason is None else rejected).append(decision)
        return accepted + rejected[:1]

    def _pass_on(self, raw: bytes, fields: dict[str, Any], latest_received: str) -> _Decision | None:
        """Pass on a line that an earlier door sealed; None if it did not."""
        line = self._seal.opened(raw)
        if line is None or first_received(fields, latest_received) is None:
            return None
        reason = fields.get("reject_reason")
        if reason is None:
            self._fullness.add(fields, fields.get("visitor_hash"))
        return _Decision(reason, line, is_whole=True)

    def _validate(self, line: ParsedLine, event: Mapped, latest: str, *, is_request: bool) -> _Decision:
        record = event.fields
        visitor = record.pop("visitor_hash", None)
        if event.address is not None:
            visitor = self._scrubber.visitor_hash(event.address)
            self._addresses_dropped += visitor is None
        elif visitor is not None:
            # A producer's hash may be one of the address without a key, or that of another visitor of this lake.
            visitor = self._scrubber.rehashed(visitor)
        if self._is_live and is_request:
            self._count_request(visitor, record)
        given_id = record.get("event_id")
        if record.get("event_type") not in EVENT_TYPES:
            return _Decision("unknown_event_type", b"", self._usable_time(record, latest), self._clean_id(given_id))
        event_time = self._read_time(record.get("event_time", ""))
        if event_time is None:
            return _Decision("bad_event_time", b"", None, self._clean_id(given_id))
        if event_time < EARLIEST:
            return _Decision("event_too_old", b"", None, self._clean_id(given_id))
        if event_time > latest:
            return _Decision("event_in_future", b"", None, self._clean_id(given_id))
        record["event_time"] = event_time
        reason = check_amounts(record)
        if reason is not None:
            return _Decision(reason, b"", event_time, self._clean_id(given_id))
        derived_id = self._derived_id(line, event) if event.identity is not None or given_id is None else None
        if derived_id is not None and given_id is not None:
            event.extra["event_id"] = record.pop("event_id")
        body = encode_event(record, event.extra, visitor, self._scrubber)
        self._fullness.add(record, visitor)
        return _Decision(None, body, event_time, derived_id)

    def _derived_id(self, line: ParsedLine, event: Mapped) -> str:
        """The id of an event that came without one: a keyed hash of the record as it came, or of what the dialect names
        as its identity, so that it does not depend on what becomes of the record.
        """
        if event.identity is None:
            kind = "r"
            if self._hashed_line is not line:  # its bytes are hashed once, however many events they give
                self._hashed_line, self._hashed = line, self._id_hash.copy()
                self._hashed.update(line.context + b"\n" + line.raw.strip())
            digest = self._hashed.copy()
        else:
            kind, digest = "k", self._id_hash.copy()
            digest.update(event.identity.encode("utf-8", "surrogatepass"))
        if line.copy > 1 or event.part:
            digest.update(f"\n{event.part}\n{line.copy}".encode())
        return f"{kind}-{digest.hexdigest()}"

    def _count_request(self, visitor: str | None, record: dict[str, str]) -> None:
        if visitor is None:
            name = "anonymous_id" if "anonymous_id" in record else "user_id"
            if name not in record:
                return
            # The id may be an e-mail or IP address: it is counted before it is scrubbed.
            visitor = f"{name}:{self._scrubber.rehashed(record[name])}"
        self._visitors.append(visitor)

    def _usable_time(self, record: dict[str, str], latest: str) -> str | None:
        event_time = self._read_time(record.get("event_time", ""))
        return event_time if event_time is not None and EARLIEST <= event_time <= latest else None

    def _clean_id(self, event_id: str | None) -> str | None:
        return None if event_id is None else self._scrubber.event_id(event_id)
