from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ingestion.door.policy import POLICIES, Policy
from ingestion.event import FIELDS
from tests.ingestion.door.samples import EVENT, admit, only
from tests.support.paths import CASES, ROOT

EMAIL = "max.mustermann@example.com"


def fields(policy: Policy) -> list[str]:
    return [name for name, given in POLICIES.items() if given is policy]


def test_every_field_of_the_contract_has_a_policy() -> None:
    assert tuple(POLICIES) == FIELDS


def test_the_guide_has_the_same_table() -> None:
    text = (ROOT / "docs" / "guide" / "security.md").read_text()
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| (\w+) \|", text, re.M)
    documented = {name: policy for names, policy in rows for name in re.findall(r"`(\w+)`", names)}
    assert documented == {name: str(policy) for name, policy in POLICIES.items()}


@pytest.mark.parametrize("name", fields(Policy.KEPT))
@pytest.mark.parametrize(
    "value", ["10.0.0.1", "1.2.3.4", "Add::Bed", "SHIRT@RED.XL", EMAIL, "50%40 &amp; 2", "a\\u0040"]
)
def test_a_product_field_is_never_altered(name: str, value: str) -> None:
    assert only(admit(EVENT | {name: value}))[name] == value


@pytest.mark.parametrize("name", fields(Policy.PSEUDONYM))
def test_an_address_in_an_id_becomes_a_pseudonym(name: str) -> None:
    line, other = (only(admit(EVENT | {name: value})) for value in (f"shop-{EMAIL}", "shop-2001:db8::1.443"))
    assert re.fullmatch("email:[0-9a-f]{32}", line[name])
    assert re.fullmatch(r"shop-ip:[0-9a-f]{32}\.443", other[name])


@pytest.mark.parametrize("name", [*fields(Policy.SCRUBBED), "unknown"])
def test_an_address_in_any_other_text_is_removed(name: str) -> None:
    line = only(admit(EVENT | {name: f"see {EMAIL}"}))
    assert "muster" not in json.dumps(line)
    assert "[email]" in json.dumps(line)


@pytest.mark.parametrize("name", fields(Policy.CHECKED))
def test_a_checked_field_takes_no_other_text(name: str) -> None:
    line = only(admit(EVENT | {name: EMAIL}))
    assert "muster" not in json.dumps(line)
    assert line.get(name, "") != EMAIL


def test_a_long_id_with_addresses_becomes_one_pseudonym() -> None:
    first, second = (only(admit(EVENT | {"user_id": f"{EMAIL} " * 50 + end}))["user_id"] for end in "ab")
    assert re.fullmatch("id:[0-9a-f]{32}", first)
    assert first != second
    assert only(admit(EVENT | {"user_id": "a" * 2_000}))["user_id"] == "a" * 2_000


@pytest.mark.skipif(not CASES.exists(), reason=f"the shared cases are not at {CASES}")
def test_what_once_was_damaged_stays_as_it_is() -> None:
    for text in (CASES / "hostile" / "false_positives.jsonl").read_text().splitlines():
        given: dict[str, Any] = json.loads(text)
        assert only(admit(EVENT | given)).items() >= given.items()
