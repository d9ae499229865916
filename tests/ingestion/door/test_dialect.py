from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.door.dialect import load_dialect, parse_dialect, shipped_dialects
from ingestion.errors import UserError


def test_every_shipped_dialect_loads_and_has_a_description() -> None:
    assert shipped_dialects() == [
        *("canonical", "clickstream", "ga4_bigquery", "matomo", "online_retail", "rees46", "segment", "shopify_orders"),
        *("shopify_webhook", "snowplow", "touches", "transactions", "woocommerce"),
    ]
    for name in shipped_dialects():
        assert load_dialect(name).description


def test_the_error_for_an_unknown_dialect_lists_the_existing_ones() -> None:
    with pytest.raises(
        UserError, match=r"'rees64' does not exist \(did you mean rees46\?\): use one of canonical, clickstream"
    ):
        load_dialect("rees64")


def test_a_users_own_file_is_a_dialect(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(
        "description: mine\n"
        "rename: {sku: product_id, when: event_time}\n"
        "values: {event_type: {1: view_item, buy: purchase}}\n"
        "time: {format: epoch_seconds}\n"
    )
    dialect = load_dialect(str(path))
    assert dialect.name == "mine"
    assert dialect.rename == {"sku": ("product_id",), "when": ("event_time",)}
    assert dialect.values == {"event_type": {"1": "view_item", "buy": "purchase"}}
    assert dialect.time_format == "epoch_seconds"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "renames: {a: price}",
            r"x\.yml:1: unknown key 'renames' \(did you mean rename\?\): valid are name, desc",
        ),
        ("time: {fromat: iso8601}", r"x\.yml:1: time: unknown key 'fromat' \(did you mean format\?\)"),
        ("rename: {a: prize}", r"'prize' is not a canonical field \(did you mean price\?\)"),
        ("rename: {a: received_at}", "'received_at' is not a canonical field"),
        ("rename: {a: price, b: price}", "several fields are renamed to price"),
        ("constants: {kind: purchase}", "'kind' is not a canonical field"),
        ("rename: [a, b]", "rename must be a mapping"),
        ("format: xml", "format must be one of csv, json"),
        ("time: {format: epoch_minutes}", "epoch_minutes"),
        ("time: {zone: Mars/Olympus}", "Mars/Olympus"),
        ("rename: {a: ", r"not valid YAML at line 1"),
        ("", "the file must be a mapping"),
        ("required: {a: b}", "required must be text"),
        ("a: 1\nname: x\nname: y", r"x\.yml:1: unknown key 'a'"),
        ("name: x\nname: y", r"x\.yml:2: the file gives 'name' twice"),
        ("constants: {price: 1}\nfields:\n  price: a", r"x\.yml:3: fields: price .* constants also gives price"),
        ("fields:\n  prize: a", r"x\.yml:2: fields: prize 'prize' is not a canonical field \(did you mean price\?\)"),
        (
            "fields:\n  price: {pluss: [a, b]}",
            r"x\.yml:2: fields: price: unknown key of an expression 'pluss' \(did you",
        ),
        ("fields: {price: {text: a, path: b}}", "needs one of .*, not path and text"),
        ("fields: {price: {default: a}}", "needs one of path, first, .*, but has none"),
        ("fields: {price: {minus: [a]}}", "fields: price: minus needs two operands"),
        ("fields: {price: {over: [a, 1_000]}}", "which is no plain number"),
        ("fields: {price: {sum: a.b}}", r"needs a path with \*"),
        ("fields: {price: a.*.b}", r"has \*, which leads to several values: only sum, pairs and conditions"),
        ("fields: {price: {path: a, with: x}}", "fields: price: with belongs to join"),
        ("fields: {price: []}", "must be a list of at least one"),
        ("fields: {price: {path: a, replace: {'': x}}}", "cannot replace an empty text"),
        ("each: items\nfields: {price: a}", r"x\.yml:1: each is never used: no field begins with `item\.`"),
        ("each: {a: as, b: bs}", "each: b must be a list in a, such as a.bs"),
        ("if_empty: nothing", "if_empty belongs to `each`"),
        ("events: []", "events must be a list of rules"),
        (
            "events:\n- type: purchase\n- type: purchas",
            r"x\.yml:3: events: rule 2: type 'purchas' is not an event type \(did you mean purchase",
        ),
        ("events:\n- {type: login}\n- {type: login}", r"x\.yml:3: events: rule 2 makes the same events as rule 1"),
        ("events: [{type: login, fields: {event_type: a}}]", "type is given, and the field event_type as well"),
        ("events: [{when: {a: {bellow: 0}}}]", r"unknown operator 'bellow' \(did you mean below\?\)"),
        ("events: [{when: {a: {below: x}}}]", "must be a number, not 'x'"),
        ("events: [{when: {any: {a: b}}}]", "must be a list of conditions"),
        ("values: {event_type: {a: purchas}}", "'purchas' is not an event type"),
        ("values: {event_type: {a: login}}\nignore_events: [a]", "but ignore_events ignores it"),
        ("event_id: [a]\nfields: {event_id: b}", "event_id says what the id is derived from, but fields gives the id"),
        ("otherwise: skip", "otherwise must be one of refuse, ignore, not 'skip'"),
        ("time:\n  format: [iso8601, '%d.%m']", r"x\.yml:2: time: format is wrong: .* says no whole date"),
        ("time: {format: '%Y-%m-%d %q'}", "cannot be used"),
        ("read:\n  encoding: utf-8\n  delimiter: ab", r"x\.yml:3: read: delimiter must be one character"),
        ("pairs: {a: {kee: x}}", "unknown key 'kee'"),
        ("fields: {price: &a [*a]}", r"x\.yml is nested too deeply"),
    ],
)
def test_an_error_in_a_dialect_is_reported_with_its_file(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_dialect(text, name="x", where="x.yml")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "gone.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="cannot read dialect"):
        load_dialect(str(path))
