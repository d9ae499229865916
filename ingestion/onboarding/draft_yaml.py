"""Writes a proposal as the YAML of a dialect, with comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from ingestion.door.reading import Reading
from ingestion.door.scrub import scrub_text
from ingestion.door.times import ISO8601
from ingestion.event import FIELDS
from ingestion.onboarding.proposal import Proposal

# What YAML refuses, even in a comment: https://yaml.org/spec/1.2.2/#51-character-set
_not_printable: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_WIDTH: Final = 110
_is_plain: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./ ()+-]*[A-Za-z0-9_)]|[A-Za-z_]").fullmatch
_is_keyword: Final = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|none|nan|inf").fullmatch


def draft_yaml(proposal: Proposal, name: str, notes: list[str]) -> str:
    """The text of a dialect. No address stands in it but one that is the name of a column that the dialect needs."""
    return "\n".join(_lines(proposal, name, notes)) + "\n"


def _lines(proposal: Proposal, name: str, notes: list[str]) -> Iterator[str]:
    yield f"description: {_text(f'Export like {scrub_text(name)}')}"
    for note in notes:
        yield from _comment(note)
    if proposal.questions:
        yield "# To decide:"
        for question in proposal.questions:
            yield from _comment(f"- {question}")
    yield from _reading(proposal.reading)
    if proposal.times is not None and (proposal.times.format != ISO8601 or not proposal.times.has_zone):
        zone = "" if proposal.times.has_zone else f", zone: {proposal.times.zone}"
        yield f"time: {{format: {_text(proposal.times.format)}{zone}}}"
    if proposal.each:
        yield f"each: {_text(proposal.each)}"
    yield from _fields(proposal)
    if proposal.constants:
        yield "constants:"
        yield from (f"  {field}: {_text(value)}" for field, value in proposal.constants.items())
    if proposal.values or proposal.unknown_events:
        yield "values:"
        for field in {**proposal.values, **({"event_type": {}} if proposal.unknown_events else {})}:
            names = proposal.values.get(field, {})
            yield f"  {field}:" + ("" if names else " {}")
            yield from (f"    {_text(name)}: {_text(value)}" for name, value in names.items())
            if field == "event_type":
                yield from (f"    # {_text(scrub_text(name))}: ?" for name in proposal.unknown_events)
    if proposal.rules:
        if comment := proposal.comments.get("rules"):
            yield from _comment(comment)
        yield "events:"
        yield from (f"  - {_value(rule)}" for rule in proposal.rules)
        if proposal.otherwise:
            yield f"otherwise: {proposal.otherwise}"
    if proposal.identity:
        yield from _comment("the same line in a later export is the same event, whatever else has changed in it")
        yield f"event_id: {_value(proposal.identity)}"
    if proposal.ignore_when:
        yield from _comment("not sold")
        yield f"ignore_when: {_value(proposal.ignore_when)}"
    if proposal.ignore:
        yield from _comment("personal data that no question about a shop needs; what is not named is kept in extra")
        yield f"ignore: {_value(proposal.ignore)}"


def _reading(reading: Reading) -> Iterator[str]:
    options: dict[str, Any] = {}
    if reading.encoding != "utf-8":
        options["encoding"] = reading.encoding
    if reading.delimiter not in (None, ","):
        options["delimiter"] = "tab" if reading.delimiter == "\t" else reading.delimiter
    if reading.skip_lines:
        options["skip_lines"] = reading.skip_lines
    if reading.columns:
        options["columns"] = list(reading.columns)
    if reading.records:
        options["records"] = ".".join(reading.records)
    if reading.fill_down:
        options["fill_down"] = {"by": reading.fill_down.by, "columns": list(reading.fill_down.columns)}
    if reading.null_values:
        options["null_values"] = sorted(reading.null_values)
    if reading.decimal != ".":
        options["decimal"] = reading.decimal
    if reading.thousands:
        options["thousands"] = "space" if reading.thousands == " " else reading.thousands
    if options:
        yield "read:"
        yield from (f"  {key}: {_value(value)}" for key, value in options.items())


def _fields(proposal: Proposal) -> Iterator[str]:
    ordered = sorted(proposal.fields, key=FIELDS.index)
    # Plain names cost nothing; everything else is for the rules.
    is_flat = all(isinstance(proposal.fields[field], str) for field in ordered) and not (
        proposal.rules or proposal.each or proposal.identity or any("." in proposal.fields[field] for field in ordered)
    )
    is_flat = is_flat and len(set(proposal.fields.values())) == len(ordered)
    lines = []
    for field in ordered:
        expression = proposal.fields[field]
        if expression == field and is_flat:
            continue
        comment = proposal.comments.get(field)
        source = f"  {_text(expression)}: {field}" if is_flat else f"  {field}: {_value(expression)}"
        lines.append(source + (f"  # {_without_addresses(comment)}" if comment else ""))
    if lines:
        yield "rename:" if is_flat else "fields:"
        yield from lines


def _comment(text: str) -> Iterator[str]:
    """A comment, wrapped."""
    line = "#"
    for word in _without_addresses(text).split(" "):
        if len(line) + len(word) >= _WIDTH:
            yield line
            line = "#  "
        line += f" {word}"
    yield line


def _without_addresses(text: str) -> str:
    """A text for a comment: on one line, without addresses, and without what YAML refuses."""
    return " ".join(_not_printable.sub("·", scrub_text(text)).split())


def _value(value: Any) -> str:
    """A value in flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(value) if isinstance(value, int) else _text(value)


def _text(text: str) -> str:
    """A text, in quotes where YAML would read it as something else."""
    if _is_plain(text) and not _is_keyword(text):
        return text
    return _not_printable.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    # not as JSON does, which writes two escapes for a character above U+FFFF
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
