from __future__ import annotations

from dataclasses import fields

import pytest

from ingestion.errors import UserError
from ingestion.simulator.habits import Habits, with_shares
from tests.support.paths import ROOT


def test_given_shares_replace_the_defaults() -> None:
    habits = with_shares(Habits(), ["refired=0.5", "backend=1"])
    assert (habits.refired, habits.backend, habits.login) == (0.5, 1.0, Habits().login)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("refire=0.5", "'refire' is not a share of the simulator: login, second_device, "),
        ("refired=1.5", "a share is a number from 0 to 1, such as refired=0.03"),
        ("refired=nan", "a share is a number from 0 to 1"),
        ("refired", "a share is a number from 0 to 1"),
    ],
)
def test_a_wrong_share_is_one_sentence(given: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        with_shares(Habits(), [given])


def test_every_share_is_documented_with_its_default() -> None:
    text = (ROOT / "docs/reference/simulated-shop.md").read_text(encoding="utf-8")
    for share in fields(Habits):
        assert f"| `{share.name}` | {share.default:g} |" in text, share.name
