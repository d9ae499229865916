from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.door.dialect import load_dialect, parse_dialect, shipped_dialects
from ingestion.errors import UserError


def test_every_shipped_dialect_loads_and_has_a_description() -> None:
    assert shipped_dialects() == [
        "canonical",
        "clickstream",
        "ga4_bigquery",
        "rees46",
        "touches",
        "transactions",
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
