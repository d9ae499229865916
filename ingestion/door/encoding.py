"""Encodes accepted events: one line of JSON without addresses."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from ingestion.door.scrub import Scrubber, is_suspect
from ingestion.door.scrub_value import scrub_value

_encode: Final = msgspec.json.Encoder().encode
_encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode


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
    """
    harmless_runs = 0
    if agent := record.get("user_agent"):
        record["user_agent"], harmless_runs = scrubber.user_agent(agent)
    if extra:
        record["extra"] = _extra_text(extra)
    body = _encode(record)
    if is_suspect(body, harmless_runs):
        record = scrubber.record(record)
        if extra:
            record["extra"] = _extra_text(scrub_value(extra))
        body = _encode(record)
    if visitor:
        body = b'{"visitor_hash":"' + visitor.encode() + b'",' + body[1:]
    return body


def _extra_text(extra: dict[str, Any]) -> str:
    try:
        return _encode_sorted(extra).decode()
    except OverflowError:  # msgspec cannot encode integers of more than 64 bits
        return json.dumps(extra, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
