from __future__ import annotations

from typing import Any

import pytest

from ingestion.door.fullness import Fullness
from ingestion.event import HOLLOW_LIMITS
from tests.ingestion.door.samples import EVENT, admit

FULL = EVENT | {"event_type": "purchase", "price": "1", "product_id": "p", "order_id": "o", "user_id": "u"}
VIEW = EVENT | {"product_id": "p", "user_id": "u"}


def without(event: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in names}


@pytest.mark.parametrize(
    ("event", "hollow"),
    [
        (FULL, []),
        (VIEW, []),
        (without(FULL, "price") | {"line_total": "10"}, []),
        (without(FULL, "price"), ["purchase_without_price"]),
        (without(FULL, "product_id"), ["purchase_without_product"]),
        (without(FULL, "order_id"), ["purchase_without_order"]),
        (without(VIEW, "product_id"), ["view_without_product"]),
        (without(VIEW, "user_id"), ["no_visitor"]),
        (without(VIEW, "user_id") | {"ip": "203.0.113.7"}, []),
        (without(VIEW, "user_id") | {"ip": "nonsense"}, ["no_visitor"]),
        (without(VIEW, "user_id") | {"anonymous_id": "a"}, []),
        (without(VIEW, "user_id") | {"visitor_hash": "v"}, []),
        (VIEW | {"event_type": "search"}, []),
        # a rejected line is counted as rejected
        (VIEW | {"event_type": "nonsense"}, []),
    ],
)
def test_an_accepted_event_that_lacks_a_field_is_counted(event: dict[str, Any], hollow: list[str]) -> None:
    assert [found.name for found in admit(event).fullness.hollow()] == hollow


def test_every_limit_has_its_count() -> None:
    everything = Fullness(10, 10, 10, 1, 2, 3, 4, 5)
    assert [found.name for found in everything.hollow()] == list(HOLLOW_LIMITS)


def test_counts_of_batches_add_up_and_know_their_share() -> None:
    fullness = admit(*[FULL] * 18, without(FULL, "price")).fullness
    fullness += admit(FULL, VIEW).fullness
    (found,) = fullness.hollow()
    assert (found.count, found.total, found.percent) == (1, 20, "5 %")
    # at the limit is not above it
    assert not found.is_above_limit
    fullness += admit(without(FULL, "price")).fullness
    (found,) = fullness.hollow()
    assert found.is_above_limit


def test_a_small_share_is_not_printed_as_none() -> None:
    (found,) = Fullness(purchases=4_000, purchase_without_price=1).hollow()
    assert found.percent == "0.03 %"
