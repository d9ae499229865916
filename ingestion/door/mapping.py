"""Maps a producer's names and values to the contract's, as a dialect describes. No field is lost."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from ingestion.door.dialect import PRODUCER_FIELDS, Dialect
from ingestion.door.parsed_lines import UNDECODABLE, decode

IP_FIELDS: Final = ("ip", "ip_address", "client_ip", "x_forwarded_for")

_PRODUCER_FIELDS: Final = frozenset(PRODUCER_FIELDS)
_is_hash: Final = re.compile(r"[0-9A-Za-z_-]{1,128}").fullmatch
_is_spreadsheet_integer: Final = re.compile(r"-?[0-9]+\.0+").fullmatch


class Mapped(msgspec.Struct, gc=False):
    """One event that a dialect made of a record. A Struct for speed.

    Attributes
    ----------
    fields
        The contract's fields.
    extra
        The fields that the contract does not know.
    address
        The visitor's IP address.
    part
        Which event of the record it is, from 0; part of an id that is derived from the record.
    identity
        What a dialect names as the event's identity, if it names any: the id is derived from it, not from the record.
    """

    fields: dict[str, str]
    extra: dict[str, Any]
    address: str | None = None
    part: int = 0
    identity: str | None = None


class Mapper:
    """Applies a dialect.

    Text stays as it was written. Fields that are null or empty are left out. A nested value goes to `extra`.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._ignored = dialect.ignore
        self._ip_fields = ((dialect.ip,) if dialect.ip else ()) + IP_FIELDS
        self._renames = tuple(dialect.rename.items())
        self._constants = tuple(dialect.constants.items())
        self._values = tuple(dialect.values.items())
        self._whole_numbers = dialect.whole_numbers

    def map(self, record: dict[str, Any]) -> list[Mapped]:
        """The events of a producer's record, which is changed in place; none if the dialect ignores it."""
        extra: dict[str, Any] = {}
        for name in [name for name, value in record.items() if value.__class__ is not str or not value]:
            value = _text(record.pop(name))
            if isinstance(value, str) and value:
                record[name] = value
            elif value:
                extra[name] = value
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
            _merge_extra(extra)
        for target, constant in self._constants:
            if target in record and record[target] != constant:
                extra[target] = record[target]
            record[target] = constant
        for target, mapping in self._values:
            if (text := record.get(target)) is not None:
                record[target] = mapping.get(text, text)
        for target in self._whole_numbers:
            if _is_spreadsheet_integer(record.get(target, "")):
                record[target] = record[target].partition(".")[0]
        if not _is_hash(record.get("visitor_hash", "-")):
            extra["visitor_hash"] = record.pop("visitor_hash")
        # The first address in X-Forwarded-For is the visitor's, the others are of proxies.
        return [Mapped(record, extra, addresses[0].partition(",")[0] if addresses else None)]


def _merge_extra(extra: dict[str, Any]) -> None:
    """Merge an incoming `extra`, an object or its JSON text, into the other unknown fields."""
    incoming = extra.pop("extra")
    if isinstance(incoming, str):
        try:
            parsed = decode(incoming.encode())
        except UNDECODABLE:
            parsed = None
        incoming = parsed if isinstance(parsed, dict) else {"extra": incoming}
    elif not isinstance(incoming, dict):
        incoming = {"extra": incoming}
    for name, value in incoming.items():
        if value := _text(value):
            extra[f"extra.{name}" if name in extra else name] = value


def _text(value: Any) -> Any:
    """A JSON scalar as text and null as empty text; objects and lists are returned unchanged."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else value
