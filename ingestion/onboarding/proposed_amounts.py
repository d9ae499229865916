"""What a line cost, for a proposal: price, total, discount."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, Final

from ingestion.onboarding.draft import Draft

_CENT: Final = Decimal("0.015")


def find_amounts(draft: Draft) -> None:
    """What a line cost: a total that is not price times pieces may be that of the whole order."""
    result = draft.result
    total, price = draft.columns.get("line_total"), draft.columns.get("price")
    if total is not None and price is not None and not _is_product(draft, total, price):
        draft.leave_out("line_total")
        result.questions.append(
            f"{total} is not {price} times the pieces, so it may be that of the whole order: it is not used"
        )
    elif total is not None and price is None and _is_repeated(draft, total):
        result.questions.append(
            f"{total} is the same on all lines of an order: if it is that of the order, revenue counts it once "
            "a line; use the price of each line instead"
        )
    discount = draft.columns.get("discount")
    if discount and total and price and "line_total" in result.fields and _is_gross(draft, total, price, discount):
        result.questions.append(
            f"{total} is {price} times the pieces, before {discount}: if that is the line's own, write "
            f"`line_total: {{minus: [{total}, {discount}]}}`"
        )
    if discount is not None and price is not None and "line_total" not in result.fields:
        off = draft.numbers(discount)
        if any(off):
            quantity: Any = result.fields.get("quantity")
            gross = (
                {"times": [result.fields["price"], [quantity, {"text": "1"}]]} if quantity else result.fields["price"]
            )
            negative = any(number < 0 for number in off)
            reduced = [gross, {"first": [result.fields["discount"], {"text": "0"}]}]
            result.fields["line_total"] = {"plus" if negative else "minus": reduced}
            if negative:
                result.fields["discount"] = {"absolute": [result.fields["discount"]]}
            result.comments["line_total"] = "after the discount"
            result.questions.append(
                f"{discount} is taken off the line: is it that of the line, and is {price} the price before it?"
            )


def _is_product(draft: Draft, total: str, price: str) -> bool:
    """Whether a total is price times pieces, before or after the discount."""
    hits = count = 0
    for record in draft.sample.records:
        numbers = [
            draft.number(record.get(column, "")) if column else None
            for column in (total, price, draft.columns.get("quantity"), draft.columns.get("discount"))
        ]
        if numbers[0] is None or numbers[1] is None:
            continue
        count += 1
        gross = numbers[1] * (Decimal(1) if numbers[2] is None else numbers[2])
        hits += any(abs(numbers[0] - net) < _CENT for net in (gross, gross - abs(numbers[3] or Decimal(0))))
    return count > 0 and hits >= 0.9 * count


def _is_gross(draft: Draft, total: str, price: str, discount: str) -> bool:
    """Whether the total of each line that has a discount is the one before it."""
    quantity = draft.columns.get("quantity")
    seen = []
    for record in draft.sample.records:
        off, sum_, each = (draft.number(record.get(column, "")) for column in (discount, total, price))
        pieces = draft.number(record.get(quantity, "")) if quantity else None
        if off and sum_ is not None and each is not None:
            seen.append(abs(sum_ - each * (Decimal(1) if pieces is None else pieces)) < _CENT)
    return bool(seen) and all(seen)


def _is_repeated(draft: Draft, total: str) -> bool:
    order = draft.columns.get("order_id")
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for record in draft.sample.records if order else ():
        groups[record.get(order or "", "")].append(record.get(total, ""))
    several = [texts for texts in groups.values() if len(texts) > 1]
    return bool(several) and sum(len(set(texts)) == 1 for texts in several) >= 0.9 * len(several)
