"""Converts Trino's values to Athena's text."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any


def athena_text(value: Any, signature: dict[str, Any]) -> str | None:
    """A value of Trino's JSON protocol as Athena's text; None for NULL."""
    if value is None:
        return None
    raw = signature["rawType"]
    of = signature.get("arguments", [])
    if raw == "array":
        return "[" + ", ".join(_nested(item, of[0]["value"]) for item in value) + "]"
    if raw == "map":
        return "{" + ", ".join(f"{_key(key)}={_nested(item, of[1]['value'])}" for key, item in value.items()) + "}"
    if raw == "row":
        return "{" + ", ".join(_field(item, field["value"]) for item, field in zip(value, of, strict=True)) + "}"
    if raw == "boolean":
        return "true" if value else "false"
    if raw == "varbinary":
        return base64.b64decode(value).hex(" ")
    if raw in {"double", "real"} and not isinstance(value, str):
        return java_double(float(value))
    return str(value)


def java_double(value: float) -> str:
    """A double as Java prints it: 1.0E10 and 1.0E-4, otherwise plain."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).rstrip("0") or "0"
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{len(digits) + exponent - 1}"


def _nested(value: Any, signature: dict[str, Any]) -> str:
    text = athena_text(value, signature)
    return "null" if text is None else text


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _field(value: Any, field: dict[str, Any]) -> str:
    text = _nested(value, field["typeSignature"])
    name = (field.get("fieldName") or {}).get("name")
    return f"{name}={text}" if name else text
