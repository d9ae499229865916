"""Maps a producer's names and values to the contract's, as a dialect describes. No field is lost."""

from __future__ import annotations

from typing import Any, Final

from ingestion.door.compiling import RecordTooLargeError
from ingestion.door.dialect import NUMBER_FIELDS, PRODUCER_FIELDS, Dialect
from ingestion.door.mapped import IP_FIELDS, Mapped, is_hash, is_spreadsheet_integer, merge_extra, most_events
from ingestion.door.numbers import plain_number
from ingestion.door.parsed_lines import MAX_LINE_BYTES
from ingestion.door.python_escape import load_escape
from ingestion.door.rule_mapping import RuleMapper

__all__ = ["IP_FIELDS", "Mapped", "Mapper"]

_PRODUCER_FIELDS: Final = frozenset(PRODUCER_FIELDS)


class Mapper:
    """Applies a dialect. One that only renames costs no more than that; others are compiled: see `RuleMapper`.

    Text stays as it was written. Fields that are null or empty are left out.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._ignored = dialect.ignore
        self._ip_fields = (dialect.ip_names or ()) + IP_FIELDS
        self._renames = tuple(dialect.rename.items())
        self._constants = tuple(dialect.constants.items())
        self._values = tuple(dialect.values.items())
        self._whole_numbers = dialect.whole_numbers
        self._nulls = dialect.read.null_values
        self._marks = None if dialect.marks.are_usual else dialect.marks
        self._ignored_events = dialect.ignore_events
        self._rules = None if dialect.is_flat else RuleMapper(dialect)
        self._escape = load_escape(*dialect.python) if dialect.python else None
        self._map_one = self._rename if self._rules is None else self._rules.map
        self.map = self._map_one if self._escape is None else self._map_escaped
        """The events of a record of so many bytes, which is changed in place; none if the dialect ignores it.

        It raises RecordTooLargeError if they are far more than a record of this size can hold.
        """

    def identity_of(self, record: dict[str, Any]) -> str | None:
        """What the dialect names as the identity of a record, to number identical ones; None if it names none.

        The record is not changed. Parts of the identity that stand in elements of the record's lists are left out.
        """
        return self._rules.identity_of(record) if self._rules is not None else None

    def _map_escaped(self, record: dict[str, Any], size: int = MAX_LINE_BYTES) -> list[Mapped]:
        """The events of the records that the dialect's own function makes of a record."""
        assert self._escape is not None
        events: list[Mapped] = []
        identities: dict[str, int] = {}
        for made in self._escape(record):
            for event in self._map_one(made, size):
                if event.identity is None:
                    event.part = len(events)
                else:
                    event.part = identities.get(event.identity, 0)
                    identities[event.identity] = event.part + 1
                events.append(event)
            if len(events) > most_events(size):
                raise RecordTooLargeError
        return events

    def _rename(self, record: dict[str, Any], size: int = MAX_LINE_BYTES) -> list[Mapped]:
        extra: dict[str, Any] = {}
        for name in [name for name, value in record.items() if value.__class__ is not str or not value]:
            value = _text(record.pop(name))
            if isinstance(value, str) and value:
                record[name] = value
            elif value:
                extra[name] = value
        if self._nulls:
            for name in [name for name, value in record.items() if value in self._nulls]:
                del record[name]
        for name in self._ignored:
            record.pop(name, None)
        addresses = [address for name in self._ip_fields if (address := record.pop(name, None)) is not None]
        if self._renames:
            renamed = [(targets, record.pop(name)) for name, targets in self._renames if name in record]
            for targets, value in renamed:
                for target in targets:
                    if target in record:
                        extra[target] = record[target]
                    record[target] = value
        if not _PRODUCER_FIELDS.issuperset(record):
            for name in record.keys() - _PRODUCER_FIELDS:
                extra[name] = record.pop(name)
        if "extra" in extra:
            merge_extra(extra)
        for target, constant in self._constants:
            if target in record and record[target] != constant:
                extra[target] = record[target]
            record[target] = constant
        if self._ignored_events and record.get("event_type") in self._ignored_events:
            return []
        for target, mapping in self._values:
            if (text := record.get(target)) is not None and text in mapping:
                record[target] = mapping[text]
                if not mapping[text]:
                    del record[target]
        if self._marks is not None:
            for target in NUMBER_FIELDS & record.keys():
                record[target] = plain_number(record[target], self._marks)
        for target in self._whole_numbers:
            if is_spreadsheet_integer(record.get(target, "")):
                record[target] = record[target].partition(".")[0]
        if "visitor_hash" in record and not is_hash(record["visitor_hash"]):
            extra["visitor_hash"] = record.pop("visitor_hash")
        # The first address in X-Forwarded-For is the visitor's, the others are of proxies.
        return [Mapped(record, extra, addresses[0].partition(",")[0] if addresses else None)]


def _text(value: Any) -> Any:
    """A JSON scalar as text and null as empty text; objects and lists are returned unchanged."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else value
