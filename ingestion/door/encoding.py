"""Encodes accepted events: one line of JSON without addresses."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from ingestion.door.scrub import EMAIL, ID_FIELDS, IP, Scrubber, is_suspect, scrub_value

_encode: Final = msgspec.json.Encoder().encode
_encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode


def encode_event(
    record: dict[str, str], extra: dict[str, Any], visitor: str | None, scrubber: Scrubber
) -> tuple[bytes, int]:
    """Encode an accepted event, without `received_at`.

    Parameters
    ----------
    record
        The contract's fields except `visitor_hash`; changed in place.
    extra
        The fields that the contract does not know.
    visitor
        The event's `visitor_hash`.

    Returns
    -------
    tuple
        The JSON object, and how many ids became `[email]` or `[ip]`.
    """
    ids_dropped = 0
    harmless_runs = 0
    if agent := record.get("user_agent"):
        record["user_agent"], harmless_runs = scrubber.user_agent(agent)
    if extra:
        record["extra"] = _extra_text(extra)
    body = _encode(record)
    if is_suspect(body, harmless_runs):
        given, record = record, scrubber.record(record)
        if not scrubber.has_key:
            ids_dropped = _dropped_ids(given, record)
        if extra:
            record["extra"] = _extra_text(scrub_value(extra))
        body = _encode(record)
    if visitor:
        body = b'{"visitor_hash":"' + visitor.encode() + b'",' + body[1:]
    return body, ids_dropped


def _dropped_ids(given: dict[str, str], scrubbed: dict[str, str]) -> int:
    """How many ids became `[email]` or `[ip]`. An event_id is not counted: a new one is derived for it."""
    changed = [scrubbed[name] for name in ID_FIELDS if name != "event_id" and given.get(name) != scrubbed.get(name)]
    return sum(EMAIL in text or IP in text for text in changed)


def _extra_text(extra: dict[str, Any]) -> str:
    try:
        return _encode_sorted(extra).decode()
    except OverflowError:  # msgspec cannot encode integers of more than 64 bits
        return json.dumps(extra, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
