"""What is a refund, and what was not sold, for a proposal."""

from __future__ import annotations

import string
from collections import Counter
from typing import Any, Final

from ingestion.door.scrub import scrub_text
from ingestion.onboarding.columns import event_names
from ingestion.onboarding.draft import Draft
from ingestion.onboarding.guesses import (
    are_flags,
)
from ingestion.onboarding.synonyms import (
    GIVEN_BACK,
    IS_REFUND,
    NOT_SOLD,
    REFUNDED,
    STATUS,
    normalised,
)

_MOST_SHOWN: Final = 8
_YES: Final = {"yes", "true", "1", "y", "ja", "oui", "si"}


def find_refunds(draft: Draft) -> None:
    result = draft.result
    if "event_type" in draft.columns:
        _make_refunds_positive(draft, draft.columns["event_type"])
        return
    refunded = next((column for column in draft.sample.columns if normalised(column) in REFUNDED), None)
    for name in ("quantity", "line_total", "price"):
        column = draft.columns.get(name)
        if column and any(number < 0 for number in draft.numbers(column)):
            _add_refunds_by_sign(draft, name, column)
            return
    if refunded and any(draft.numbers(refunded)):
        base = result.fields.get("line_total", result.fields.get("price"))
        expression: Any = refunded
        if isinstance(base, dict) and "path" in base:
            expression = base | {"path": refunded}
        result.rules = [
            {"type": "purchase"},
            {"type": "refund", "when": {refunded: {"above": 0}}, "fields": {"line_total": expression}},
        ]
        result.comments["rules"] = f"what {refunded} gives back is a refund, at the time of the order"
    result.constants.pop("event_type", None) if result.rules else None
    for column in draft.sample.columns:
        flags = sorted({value for value in draft.values(column) if value.lower() in _YES})
        if not result.rules and flags and normalised(column) in IS_REFUND and are_flags(draft.values(column)):
            _refunds_by(draft, column, flags)


def _refunds_by(draft: Draft, column: str, values: list[str]) -> None:
    """A line that is marked as given back was bought before, unless the mark is on a line of its own."""
    result = draft.result
    is_own_line = normalised(column) in IS_REFUND
    purchase: dict[str, Any] = {"type": "purchase"}
    if is_own_line:
        purchase["when"] = {column: {"not": values}}
    result.rules = [purchase, {"type": "refund", "when": {column: values}}]
    result.constants.pop("event_type", None)
    result.comments["rules"] = (
        f"{column} marks refunds" if is_own_line else "bought and given back, at the time of the order"
    )


def _make_refunds_positive(draft: Draft, kind: str) -> None:
    """A refund says what was given back, without a sign."""
    kinds = event_names(draft.values(kind))
    for name in ("quantity", "line_total", "price"):
        column = draft.columns.get(name, "")
        negative = {
            kinds.get(record.get(kind, "").strip())
            for record in draft.sample.records
            if (draft.number(record.get(column, "")) or 0) < 0
        }
        if negative == {"refund"}:
            draft.result.fields[name] = {"absolute": [draft.result.fields[name]]}


def _add_refunds_by_sign(draft: Draft, name: str, column: str) -> None:
    result = draft.result
    positive: dict[str, Any] = {
        other: {"absolute": [result.fields[other]]}
        for other in ("quantity", "line_total")
        if other in result.fields and any(n < 0 for n in draft.numbers(draft.columns.get(other, "")))
    }
    if name == "price":
        positive["price"] = {"absolute": [result.fields["price"]]}
    prefix = _prefix_of_returns(draft, column)
    if prefix:
        positive["order_id"] = {"path": draft.columns["order_id"], "strip_prefix": prefix}
    above = {"above": 0} if name == "quantity" else {"at_least": 0}
    result.rules = [
        {"type": "purchase", "when": {column: above}},
        {"type": "refund", "when": {column: {"below": 0}}, "fields": positive},
    ]
    result.comments["rules"] = f"a negative {column} is a refund"
    result.constants.pop("event_type", None)
    if name != "quantity":
        result.questions.append(f"{column} is negative in places: the draft takes these lines for refunds")


def _prefix_of_returns(draft: Draft, column: str) -> str:
    """What stands before the number of an order where it is a return, such as C in C536379."""
    order = draft.columns.get("order_id")
    letters: tuple[set[str], set[str]] = (set(), set())
    for record in draft.sample.records if order else ():
        number = draft.number(record.get(column, ""))
        if number and (text := record.get(order or "", "").strip()):
            letters[number < 0].add(text[: len(text) - len(text.lstrip(string.ascii_letters))])
    sold, returned = letters
    if len(sold) != 1 or len(returned) != 1:
        return ""
    [usual], [other] = sold, returned
    return other.removesuffix(usual) if other.endswith(usual) else ""


def find_status(draft: Draft) -> None:
    for column in draft.sample.columns:
        name = normalised(column.removeprefix("item."))
        if name not in STATUS or column in draft.columns.values():
            continue
        values = Counter(draft.values(column))
        if not values or len(values) > 30:
            continue
        not_sold = [value for value in values if normalised(value) in NOT_SOLD]
        if not_sold:
            draft.result.ignore_when[column] = not_sold
        given_back = [value for value in values if normalised(value) in GIVEN_BACK]
        if given_back and not draft.result.rules and draft.result.constants.get("event_type") == "purchase":
            _refunds_by(draft, column, given_back)
        others = ", ".join(scrub_text(value) for value, _ in values.most_common(_MOST_SHOWN) if value not in not_sold)
        if others and "purchase" in (
            draft.result.constants.get("event_type"),
            *(r["type"] for r in draft.result.rules),
        ):
            draft.result.questions.append(f"{column} is one of {others}: the draft counts all of these as sold")


def take_back_cancelled(draft: Draft) -> None:
    """An order that was loaded and is cancelled in a later export is taken back, where events have an identity."""
    result = draft.result
    if result.identity and result.ignore_when and result.constants.get("event_type") == "purchase":
        result.rules = [
            {"type": "purchase", "when": {"not": result.ignore_when}},
            {"type": "begin_checkout", "name": "purchase", "when": result.ignore_when},
        ]
        result.comments["rules"] = "not sold; under the purchase's identity, so that it takes back what was loaded"
        result.ignore_when = {}
        del result.constants["event_type"]
