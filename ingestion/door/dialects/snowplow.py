"""Gives the entities of Snowplow's enriched TSV the names and form that Snowplow's Analytics SDKs give them in JSON.

Source: https://docs.snowplow.io/docs/destinations/analytics-sdk/
"""

from __future__ import annotations

import json
import re
from typing import Any

_schema = re.compile(r"iglu:([a-zA-Z0-9_.-]+)/([a-zA-Z0-9_-]+)/jsonschema/([0-9]+)-[0-9]+-[0-9]+").fullmatch


def entities(record: dict[str, Any]) -> dict[str, Any]:
    """The record with an object for its own event, and a list for each kind of entity."""
    event = _parsed(record.pop("unstruct_event", None))
    if isinstance(event, dict) and (name := _name("unstruct_event", event)):
        record[name] = event.get("data")
    for column in ("contexts", "derived_contexts"):
        found = _parsed(record.pop(column, None))
        for entity in found if isinstance(found, list) else ():
            if isinstance(entity, dict) and (name := _name("contexts", entity)):
                record.setdefault(name, []).append(entity.get("data"))
    return record


def _parsed(cell: Any) -> Any:
    """What an envelope of Snowplow holds; a cell that is no envelope holds nothing."""
    envelope = json.loads(cell, parse_float=str) if isinstance(cell, str) and cell else cell
    return envelope.get("data") if isinstance(envelope, dict) else None


def _name(prefix: str, entity: dict[str, Any]) -> str | None:
    parts = _schema(str(entity.get("schema")))
    if parts is None:
        return None
    vendor, name, version = parts.groups()
    name = re.sub("([a-z0-9])([A-Z])", r"\1_\2", name)
    return f"{prefix}_{vendor}_{name}_{version}".lower().replace(".", "_").replace("-", "_")
