"""Encodes accepted events: one line of JSON without addresses."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from ingestion.door.scrub import Scrubber, is_suspect
from ingestion.door.scrub_value import scrub_value
from ingestion.door.work import Work

MOST_LEVELS: Final = 200
"""How deep an unknown field may nest. Python's own limit depends on who calls, so that the same line would be accepted
in one process and rejected in another."""

_encode: Final = msgspec.json.Encoder().encode
_encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode


class TooDeepError(ValueError):
    """An unknown field nests deeper than MOST_LEVELS."""


def encode_event(record: dict[str, str], extra: dict[str, Any], visitor: str | None, scrubber: Scrubber) -> bytes:
    """Encode an accepted event as a JSON object, without `received_at`.

    Parameters
    ----------
    record
        The contract's fields except `visitor_hash`; changed in place.
    extra
        The fields that the contract does not know.
    visitor
        The event's `visitor_hash`.

    Raises
    ------
    TooDeepError
        A field that the contract does not know nests too deeply.
    """
    harmless_runs = 0
    if agent := record.get("user_agent"):
        record["user_agent"], harmless_runs = scrubber.user_agent(agent)
    if extra:
        record["extra"] = _extra_text(extra)
    if is_suspect("\n".join(record.values()).encode(), harmless_runs):
        work = Work("\n".join(record.values()))
        record = scrubber.record(record, work)
        if extra:
            record["extra"] = _extra_text(scrub_value(extra, work))
    body = _encode(record)
    if visitor:
        body = b'{"visitor_hash":"' + visitor.encode() + b'",' + body[1:]
    return body


def _extra_text(extra: dict[str, Any]) -> str:
    try:
        text = _encode_sorted(extra).decode()
    except OverflowError:  # msgspec cannot encode integers of more than 64 bits
        text = json.dumps(extra, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if text.count("{") + text.count("[") > MOST_LEVELS and _is_deep(extra):
        raise TooDeepError
    return text


def _is_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(MOST_LEVELS + 1):
        inside = [item.values() if isinstance(item, dict) else item for item in level]
        level = [item for items in inside for item in items if isinstance(item, dict | list)]
        if not level:
            return False
    return True
