from __future__ import annotations

import pytest

from ingestion.door.dialect import PRODUCER_FIELDS
from ingestion.event import EVENT_TYPES
from ingestion.onboarding.synonyms import EVENT_NAMES, SYNONYMS, likeness, normalised, synonyms_of


def test_synonyms_are_normalised_and_lead_to_fields_and_types_that_exist() -> None:
    for field in SYNONYMS:
        assert field in PRODUCER_FIELDS or field == "time_of_day"
        assert [normalised(name) for name in synonyms_of(field)] == list(synonyms_of(field)), field
    assert set(EVENT_NAMES.values()) <= EVENT_TYPES
    assert [normalised(name) for name in EVENT_NAMES] == list(EVENT_NAMES)


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Stück-Preis", "price"),
        ("lineItemSku", "product_id"),
        ("Prix unitaire TTC", "price"),
        ("CANTIDAD", "quantity"),
        ("Besteldatum", "event_time"),
        ("N° commande", "order_id"),
        ("geo.country", "country"),
        ("order_currency", "currency"),
        ("Währung", "currency"),
    ],
)
def test_columns_are_known_in_several_languages(column: str, field: str) -> None:
    assert likeness(column, field) == max(likeness(column, other) for other in SYNONYMS) > 400


@pytest.mark.parametrize(("column", "field"), [("fee amount", "line_total"), ("refunded amount", "line_total")])
def test_other_amounts_are_not_that_of_the_line(column: str, field: str) -> None:
    assert likeness(column, field) == 0
