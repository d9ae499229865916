"""What a dialect makes of a record."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from ingestion.door.compiling import text
from ingestion.door.parsed_lines import UNDECODABLE, decode

IP_FIELDS: Final = ("ip", "ip_address", "client_ip", "x_forwarded_for")
MAX_EVENTS: Final = 10_000
_FREE_EVENTS: Final = 50
_BYTES_OF_AN_EVENT: Final = 32

is_hash: Final = re.compile(r"[0-9A-Za-z_-]{1,128}").fullmatch
is_spreadsheet_integer: Final = re.compile(r"-?[0-9]+\.0+").fullmatch


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


def most_events(size: int) -> int:
    """The most events of a record of so many bytes. One with more is refused: a list of zeros is work for minutes."""
    return min(MAX_EVENTS, _FREE_EVENTS + size // _BYTES_OF_AN_EVENT)


def merge_extra(extra: dict[str, Any]) -> None:
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
        kept = value if isinstance(value, dict | list) else text(value)
        if kept:
            extra[f"extra.{name}" if name in extra else name] = kept
