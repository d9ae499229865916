"""Which records are the same event: small files that collapsed or counted twice (../shared/cases/hostile)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingestion.door.dialect import Dialect, load_dialect
from ingestion.door.door import Door
from ingestion.door.keys import Keys
from ingestion.replay.readers import open_source
from ingestion.replay.replay import Arrival, replay
from tests.ingestion.door.samples import ID_KEY, KEYS
from tests.ingestion.replay.files import NOW, ListSink, csv, write
from tests.support.paths import CASES

LATER = NOW.replace(year=2027)
ROTATED = Keys(b"an address key that was rotated", ID_KEY)


def hostile(name: str) -> Path:
    path = CASES / "hostile" / name
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    return path


def loaded(path: Path, keys: Keys = KEYS, dialect: Dialect | None = None) -> list[dict[str, Any]]:
    shape, sink = dialect or load_dialect("canonical"), ListSink()
    replay(open_source(str(path), shape), Door(shape, keys), sink, arrival=Arrival.now, clock=lambda: LATER)
    return sink.lines


def ids(lines: list[dict[str, Any]]) -> set[str]:
    return {line["event_id"] for line in lines}


@pytest.mark.parametrize("name", ["collapse_mail.csv", "collapse_sku.csv", "collapse_ctl.csv"])
def test_purchases_that_differ_only_in_what_looks_like_an_address_stay_three(name: str) -> None:
    lines = loaded(hostile(name))
    assert len(ids(lines)) == 3
    assert sum(float(line["price"]) for line in lines) == 300


def test_views_that_differ_only_in_the_address_stay_three() -> None:
    lines = loaded(hostile("collapse_ip.jsonl"))
    assert len(ids(lines)) == 3
    assert len({line["visitor_hash"] for line in lines}) == 3


def test_a_file_that_is_replayed_again_under_another_address_key_holds_the_same_events() -> None:
    path = hostile("replay_again_with_key.csv")
    first, again = loaded(path), loaded(path, ROTATED)
    assert len(ids(first)) == 2
    assert ids(again) == ids(first)
    assert {line["user_id"] for line in first}.isdisjoint(line["user_id"] for line in again)


ROWS = csv(
    "2019-10-01 00:00:00 UTC,view,1,2,a.b,acme,35.79,anna@example.com,s",
    "2019-10-01 00:00:00 UTC,view,1,2,a.b,acme,35.79,bert@example.com,s",
)


def test_a_changed_dialect_and_a_contract_that_learns_a_column_keep_the_ids(tmp_path: Path) -> None:
    path = write(tmp_path, ROWS)
    rees46 = load_dialect("rees46")
    before = ids(loaded(path, dialect=rees46))
    assert len(before) == 2
    for dialect in (
        replace(rees46, ignore=("brand",)),
        replace(rees46, constants={"currency": "EUR"}),
        replace(rees46, rename=rees46.rename | {"category_id": ("product_name",)}),
    ):
        assert ids(loaded(path, dialect=dialect)) == before


def test_the_same_rows_in_another_file_are_the_same_events(tmp_path: Path) -> None:
    rees46 = load_dialect("rees46")
    header, first, second = ROWS.splitlines()
    one = loaded(write(tmp_path, ROWS, "one.csv"), dialect=rees46)
    other = loaded(write(tmp_path, "\r\n".join([header, second, first]), "other.csv"), dialect=rees46)
    assert ids(one) == ids(other)
