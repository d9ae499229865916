"""Orders and products, for a proposal: what fills down, what makes a line unique, what is personal."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from ingestion.door.reading import FillDown
from ingestion.onboarding.draft import Draft
from ingestion.onboarding.synonyms import (
    PERSONAL,
    normalised,
)

_SIMPLE_ORDER_FIELDS: Final = (
    "event_time",
    "currency",
    "user_id",
    "payment_method",
    "country",
    "city",
    "coupon",
    "source",
)


def find_orders(draft: Draft) -> None:
    """Columns that only the first line of an order has, and what makes a line unique."""
    result, order = draft.result, draft.columns.get("order_id")
    records = draft.sample.records
    if order and not draft.sample.is_nested:
        filled = [
            column for column in draft.sample.columns if column != order and _is_filled_once(draft, column, order)
        ]
        wanted = {draft.columns[name] for name in _SIMPLE_ORDER_FIELDS if name in draft.columns}
        wanted |= {*result.ignore_when, *(draft.columns[n] for n in ("tax", "shipping") if n in draft.columns)}
        if columns := tuple(column for column in filled if column in wanted):
            result.reading = replace(result.reading, fill_down=FillDown(order, columns))
    if (
        "event_id" in draft.columns
        or result.constants.get("event_type") == "page_view"
        or "event_type" in draft.columns
    ):
        return
    products = [draft.columns[name] for name in ("product_id", "product_name") if name in draft.columns]
    for keys in ([order], [order, *products[:1]], [order, *products]) if order and records else ():
        # a file in which each order has one line proves nothing for the next file
        if _is_unique(draft, keys) and not (keys == [order] and products):
            result.identity = keys
            return
    identical = len(records) - len({tuple(record.items()) for record in records})
    if identical:
        result.questions.append(
            f"{identical:,} of the first {len(records):,} lines are identical to another and count once: if each "
            "is a sale of its own, set `identical_rows: each` under `read:`"
        )


def _is_unique(draft: Draft, columns: list[str]) -> bool:
    counts = Counter(tuple(record.get(column, "") for column in columns) for record in draft.sample.records)
    return max(counts.values()) == 1


def _is_filled_once(draft: Draft, column: str, order: str) -> bool:
    once = several = 0
    before: dict[str, str] = {}
    is_first = True
    for record in draft.sample.records:
        same = bool(before) and record.get(order) == before.get(order)
        if same:
            several += 1
            once += not record.get(column, "").strip() and is_first
        else:
            is_first = bool(record.get(column, "").strip())
        before = record
    return several > 0 and once >= 0.9 * several


def name_products(draft: Draft) -> None:
    """A shop without numbers of products tells them apart by their names."""
    fields = draft.result.fields
    if "product_id" not in fields and "product_name" in fields:
        fields["product_id"] = fields["product_name"]
        draft.result.comments["product_id"] = "the file has no number of the product"


def find_personal_data(draft: Draft) -> None:
    tested = (column for rule in draft.result.rules for column in rule.get("when", ()))
    used = {*draft.columns.values(), *draft.result.ignore_when, *tested}
    draft.result.ignore += [
        column
        for column in draft.sample.columns
        if column not in used and normalised(column.rpartition(".")[2]) in PERSONAL
    ]
