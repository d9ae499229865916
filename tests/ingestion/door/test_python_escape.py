from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Admitted, Door
from ingestion.errors import UserError
from tests.ingestion.door.samples import EVENT, KEYS, NOW

CODE = """
from datetime import datetime
from decimal import Decimal

def events(record):
    kind = record.pop("kind")
    if kind == "noise":
        return None
    if kind == "broken":
        raise KeyError(kind)
    if kind == "no record":
        return ["x"]
    if kind == "object":
        return {"event_type": object()}
    if kind == "pair":
        return (record | {"price": price} for price in (1.5, Decimal("2.50")))
    if kind == "surrogate":
        return record | {"city": "\\ud83d x", "\\ud83d": [{"\\ud83d": "ü\\ud83d"}], "price": float("nan")}
    return record | {"city": datetime(2025, 3, 1)}
"""


def load(folder: Path, *kinds: str, yaml: str = "python: shop.py:events\n") -> Admitted:
    (folder / "shop.py").write_text(CODE)
    (folder / "shop.yml").write_text(yaml)
    event = {name: value for name, value in EVENT.items() if name != "event_id"}
    payload = "\n".join(json.dumps(event | {"kind": kind}) for kind in kinds).encode()
    return Door(load_dialect(str(folder / "shop.yml")), KEYS).admit(payload, received_at=NOW)


def found(admitted: Admitted) -> list[dict[str, Any]]:
    return [json.loads(line) for line in admitted.lines]


def test_a_function_makes_no_one_or_several_records_of_a_record(tmp_path: Path) -> None:
    admitted = load(tmp_path, "noise", "pair", "one")
    assert admitted.ignored == 1
    first, second, third = found(admitted)
    assert (first["price"], second["price"], third["city"]) == ("1.5", "2.50", "2025-03-01T00:00:00")
    assert len({line["event_id"] for line in (first, second, third)}) == 3


@pytest.mark.parametrize("kind", ["broken", "no record", "object"])
def test_a_function_that_fails_costs_its_line_and_no_other(tmp_path: Path, kind: str) -> None:
    admitted = load(tmp_path, kind, "one")
    assert (admitted.accepted, admitted.rejected) == (1, {"unparseable": 1})


def test_half_a_surrogate_pair_and_nan_are_read_as_in_a_line_of_json(tmp_path: Path) -> None:
    (line,) = found(load(tmp_path, "surrogate"))
    assert (line["city"], line["extra"]) == ("\ufffd x", '{"\ufffd":[{"\ufffd":"ü\ufffd"}]}')
    assert "price" not in line


def test_the_rest_of_the_dialect_applies_to_what_the_function_makes(tmp_path: Path) -> None:
    yaml = "python: shop.py:events\nevent_id: [city]\nfields: {country: city}\n"
    first, second = found(load(tmp_path, "one", "one", yaml=yaml))
    assert first["country"] == "2025-03-01T00:00:00"
    assert first["event_id"] == second["event_id"]


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("shop.py", "", r"shop\.yml:1: python must be FILE\.py:FUNCTION"),
        ("gone.py:events", "", r"python names gone\.py, which is not in the folder of the dialect"),
        ("shop.py:event", "def events(record): ...", r"python names the function event, which shop\.py does not have"),
        ("shop.py:events", "1 / 0", r"shop\.py, which cannot be run: ZeroDivisionError"),
        ("shop.py:events", "def", r"shop\.py, which cannot be run: SyntaxError"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, value: str, code: str, message: str) -> None:
    (tmp_path / "shop.py").write_text(code)
    path = tmp_path / "shop.yml"
    path.write_text(f"python: {value}\n")
    with pytest.raises(UserError, match=message):
        load_dialect(str(path))
