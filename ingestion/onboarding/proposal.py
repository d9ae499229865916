"""A proposal for a dialect: what each field comes from, what else the file needs, and what is left to decide."""

from __future__ import annotations

import string
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from ingestion.door.dialect import PRODUCER_FIELDS
from ingestion.door.reading import FillDown, Reading
from ingestion.door.scrub import scrub_text
from ingestion.onboarding.columns import NUMBERS, event_names, matched_columns, without_nulls
from ingestion.onboarding.guesses import (
    CERTAIN_NULLS,
    Numbers,
    Times,
    are_flags,
    are_times_of_day,
    nulls_in,
    numbers_in,
    times_in,
)
from ingestion.onboarding.samples import Sample
from ingestion.onboarding.synonyms import (
    GIVEN_BACK,
    IS_REFUND,
    NOT_SOLD,
    PERSONAL,
    REFUNDED,
    STATUS,
    likeness,
    normalised,
)

_AMOUNTS: Final = ("price", "line_total")
_CENT: Final = Decimal("0.015")
_MOST_SHOWN: Final = 8
_YES: Final = {"yes", "true", "1", "y", "ja", "oui", "si"}
_CENTS: Final = {"cents", "cent", "pence", "rappen", "centimes"}
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


@dataclass(slots=True)
class Proposal:
    """A proposal.

    Attributes
    ----------
    fields
        Field of the event to the expression of the dialect that gives it: a column, or a mapping.
    comments
        Field to what the choice rests on, if that is not its name.
    times
        How times are written.
    values
        Field to the values that are replaced, such as names of events by event types.
    unknown_events
        Names of events whose type is not known.
    constants
        Fields that are the same for every event.
    rules
        Kinds of events, if a record may be more than one.
    identity
        Columns that together are the id of an event.
    ignore_when
        Records that are no events, by column and values.
    ignore
        Columns that are dropped.
    questions
        What a person must decide.
    """

    reading: Reading
    each: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    times: Times | None = None
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    unknown_events: list[str] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    otherwise: str = ""
    identity: list[str] = field(default_factory=list)
    ignore_when: dict[str, list[str]] = field(default_factory=dict)
    ignore: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


def propose(sample: Sample) -> Proposal:
    """Propose a dialect for a sample."""
    return _Proposer(sample).propose()


class _Proposer:
    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._columns = matched_columns(sample)
        self._result = Proposal(sample.reading, sample.each)
        self._marks = Numbers(".", None, "", "", False)

    def propose(self) -> Proposal:
        result = self._result
        result.fields = dict(self._columns)
        self._find_nulls()
        self._find_numbers()
        self._find_times()
        self._find_event_type()
        self._find_currency()
        self._find_amounts()
        self._find_refunds()
        self._find_status()
        self._find_orders()
        self._take_back_cancelled()
        self._find_personal_data()
        self._name_products()
        if self._sample.other_lists:
            lists = ", ".join(self._sample.other_lists)
            result.questions.append(f"the lists {lists} are not exploded into events; they are kept in extra")
        return result

    def _values(self, column: str) -> list[str]:
        return without_nulls(self._sample.values(column))

    def _numbers(self, column: str) -> list[Decimal]:
        return [number for text in self._values(column) if (number := self._number(text)) is not None]

    def _number(self, text: str) -> Decimal | None:
        marks = self._marks
        for affix in (marks.before, marks.after):
            text = text.replace(affix, "") if affix else text
        for mark in (marks.thousands, "\u00a0", "\u202f", " ", "\u2019"):
            text = text.replace(mark, "") if mark else text
        try:
            return Decimal(text.replace(marks.decimal, "."))
        except ArithmeticError:
            return None

    def _find_currency(self) -> None:
        column = self._columns.get("currency")
        lower = {code: code.upper() for code in self._values(column) if code.islower()} if column else {}
        if lower:
            self._result.values["currency"] = lower

    def _find_nulls(self) -> None:
        columns = set(self._columns.values())
        # a dash may be a name; where a number or a time belongs it is none
        found = {text for column in columns for text in nulls_in(self._sample.values(column))}
        found |= {text for c in self._sample.columns for text in nulls_in(self._sample.values(c), CERTAIN_NULLS)}
        if found:
            self._result.reading = replace(self._result.reading, null_values=frozenset(found))

    def _find_numbers(self) -> None:
        by_column = {
            name: numbers_in(self._values(column)) for name, column in self._columns.items() if name in NUMBERS
        }
        found = [numbers for numbers in by_column.values() if numbers is not None]
        marked = [numbers for numbers in found if numbers.decimal != "." or numbers.thousands]
        if marked:
            decimal, thousands = marked[0].decimal, next((n.thousands for n in marked if n.thousands), None)
            if decimal == "," and thousands is None:
                thousands = "."
            self._marks = Numbers(decimal, None if thousands == decimal else thousands, "", "", False)
            self._result.reading = replace(self._result.reading, decimal=decimal, thousands=self._marks.thousands)
        for name, numbers in by_column.items():
            if numbers is None:
                continue
            if name == "discount" and numbers.after == "%":
                column = self._leave_out(name)
                self._result.questions.append(f"{column} is in percent and not used: is the price the one before it?")
                continue
            if numbers.before or numbers.after:
                self._strip(name, numbers)
            if _CENTS & {*normalised(self._columns[name]).split()} and name != "quantity":
                result = self._result
                result.fields[name] = {"over": [result.fields[name], 100]}
                result.comments[name] = "in cents"
            if numbers.is_ambiguous and decimal_is_open(marked):
                self._result.questions.append(
                    f"{self._columns[name]} has values such as 1,234 only: is the mark a decimal or a thousands mark? "
                    "The draft takes it as it stands; set `decimal` and `thousands` under `read:`"
                )

    def _leave_out(self, name: str) -> str:
        """Do not use the column of a field. One that is called like the field would be used all the same."""
        column = self._columns.pop(name)
        del self._result.fields[name]
        self._result.comments.pop(name, None)
        if column in PRODUCER_FIELDS:
            self._result.ignore.append(column)
        return column

    def _strip(self, name: str, numbers: Numbers) -> None:
        expression: dict[str, Any] = {"path": self._columns[name]}
        if numbers.before:
            expression["strip_prefix"] = numbers.before
        if numbers.after:
            expression["strip_suffix"] = numbers.after
        self._result.fields[name] = expression
        self._result.comments[name] = f"without the {numbers.before or numbers.after} that stands at each number"
        self._marks = self._marks._replace(before=numbers.before, after=numbers.after)
        symbol = {"€": "EUR", "$": "USD", "£": "GBP", "zł": "PLN"}.get(numbers.before or numbers.after, "")
        code = symbol or (numbers.before or numbers.after).strip()
        if "currency" not in self._columns and len(code) == 3 and code.isalpha():
            self._result.constants["currency"] = code.upper()
            if symbol == "USD":
                self._result.questions.append("$ is taken for USD: change `currency` if it is another dollar")

    def _find_times(self) -> None:
        result, column = self._result, self._columns.get("event_time")
        if column is None:
            result.questions.append("no column was found that says when it happened: name it as event_time")
            return
        times = times_in(self._values(column))
        if times is not None and not times.has_time and (other := self._time_of_day(column)):
            joined = [
                f"{record[column].strip()} {record[other].strip()}"
                for record in self._sample.records
                if record.get(column) and record.get(other)
            ]
            if both := times_in(joined):
                times = both
                result.fields["event_time"] = {"join": [column, other], "with": " "}
        result.times = times
        if times is None:
            return
        if times.others:
            result.questions.append(
                f"{column} can be read as {times.format} and as {times.others[0]}: the draft takes the one that "
                "sorts the rows better; compare one day with what you know"
            )
        if times.abbreviations and column == result.fields["event_time"]:
            replaced = {f" {name}": "" for name in times.abbreviations}
            result.fields["event_time"] = {"path": column, "replace": replaced}
            result.comments["event_time"] = f"times of {times.zone}"
        elif not times.has_zone and not {"utc", "gmt"} & set(normalised(column).split()):
            result.questions.append(f"{column} has no time zone: if its times are not UTC, set `zone` under `time:`")

    def _time_of_day(self, date_column: str) -> str | None:
        taken = {column for name, column in self._columns.items() if name != "event_time"}
        return next(
            (
                column
                for column in self._sample.columns
                if column not in taken
                and column != date_column
                and (likeness(column, "time_of_day") or not self._sample.reading.header)
                and are_times_of_day(self._values(column))
            ),
            None,
        )

    def _find_event_type(self) -> None:
        result, column = self._result, self._columns.get("event_type")
        if column is not None:
            for name, kind in event_names(self._values(column)).items():
                if not kind:
                    result.unknown_events.append(name)
                elif kind != name:
                    result.values.setdefault("event_type", {})[name] = kind
            if result.unknown_events:
                shown = ", ".join(scrub_text(name) for name in result.unknown_events[:_MOST_SHOWN])
                more = ", ..." if len(result.unknown_events) > _MOST_SHOWN else ""
                result.questions.append(
                    f"{column} has names that are no event types: {shown}{more}; give each its type under `values:`, "
                    "or name it under `ignore_events:`"
                )
        elif any(name in self._columns for name in _AMOUNTS):
            result.constants["event_type"] = "purchase"
        elif "page_url" in self._columns:
            result.constants["event_type"] = "page_view"
        else:
            result.questions.append("no column says what happened: name it as event_type, or set `constants:`")

    def _find_amounts(self) -> None:
        """What a line cost: a total that is not price times pieces may be that of the whole order."""
        result = self._result
        total, price = self._columns.get("line_total"), self._columns.get("price")
        if total is not None and price is not None and not self._is_product(total, price):
            self._leave_out("line_total")
            result.questions.append(
                f"{total} is not {price} times the pieces, so it may be that of the whole order: it is not used"
            )
        elif total is not None and price is None and self._is_repeated(total):
            result.questions.append(
                f"{total} is the same on all lines of an order: if it is that of the order, revenue counts it once "
                "a line; use the price of each line instead"
            )
        discount = self._columns.get("discount")
        if discount is not None and price is not None and "line_total" not in result.fields:
            off = self._numbers(discount)
            if any(off):
                quantity: Any = result.fields.get("quantity")
                gross = (
                    {"times": [result.fields["price"], [quantity, {"text": "1"}]]}
                    if quantity
                    else result.fields["price"]
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

    def _is_product(self, total: str, price: str) -> bool:
        """Whether a total is price times pieces, before or after the discount."""
        hits = count = 0
        for record in self._sample.records:
            numbers = [
                self._number(record.get(column, "")) if column else None
                for column in (total, price, self._columns.get("quantity"), self._columns.get("discount"))
            ]
            if numbers[0] is None or numbers[1] is None:
                continue
            count += 1
            gross = numbers[1] * (Decimal(1) if numbers[2] is None else numbers[2])
            hits += any(abs(numbers[0] - net) < _CENT for net in (gross, gross - abs(numbers[3] or Decimal(0))))
        return count > 0 and hits >= 0.9 * count

    def _is_repeated(self, total: str) -> bool:
        order = self._columns.get("order_id")
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for record in self._sample.records if order else ():
            groups[record.get(order or "", "")].append(record.get(total, ""))
        several = [texts for texts in groups.values() if len(texts) > 1]
        return bool(several) and sum(len(set(texts)) == 1 for texts in several) >= 0.9 * len(several)

    def _find_refunds(self) -> None:
        result = self._result
        if "event_type" in self._columns:
            self._make_refunds_positive(self._columns["event_type"])
            return
        refunded = next((column for column in self._sample.columns if normalised(column) in REFUNDED), None)
        for name in ("quantity", "line_total", "price"):
            column = self._columns.get(name)
            if column and any(number < 0 for number in self._numbers(column)):
                self._add_refunds_by_sign(name, column)
                return
        if refunded and any(self._numbers(refunded)):
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
        for column in self._sample.columns:
            flags = sorted({value for value in self._values(column) if value.lower() in _YES})
            if not result.rules and flags and normalised(column) in IS_REFUND and are_flags(self._values(column)):
                self._refunds_by(column, flags)

    def _refunds_by(self, column: str, values: list[str]) -> None:
        """A line that is marked as given back was bought before, unless the mark is on a line of its own."""
        result = self._result
        is_own_line = normalised(column) in IS_REFUND
        purchase: dict[str, Any] = {"type": "purchase"}
        if is_own_line:
            purchase["when"] = {column: {"not": values}}
        result.rules = [purchase, {"type": "refund", "when": {column: values}}]
        result.constants.pop("event_type", None)
        result.comments["rules"] = (
            f"{column} marks refunds" if is_own_line else "bought and given back, at the time of the order"
        )

    def _make_refunds_positive(self, kind: str) -> None:
        """A refund says what was given back, without a sign."""
        kinds = event_names(self._values(kind))
        for name in ("quantity", "line_total", "price"):
            column = self._columns.get(name, "")
            negative = {
                kinds.get(record.get(kind, "").strip())
                for record in self._sample.records
                if (self._number(record.get(column, "")) or 0) < 0
            }
            if negative == {"refund"}:
                self._result.fields[name] = {"absolute": [self._result.fields[name]]}

    def _add_refunds_by_sign(self, name: str, column: str) -> None:
        result = self._result
        positive: dict[str, Any] = {
            other: {"absolute": [result.fields[other]]}
            for other in ("quantity", "line_total")
            if other in result.fields and any(n < 0 for n in self._numbers(self._columns.get(other, "")))
        }
        if name == "price":
            positive["price"] = {"absolute": [result.fields["price"]]}
        prefix = self._prefix_of_returns(column)
        if prefix:
            positive["order_id"] = {"path": self._columns["order_id"], "strip_prefix": prefix}
        above = {"above": 0} if name == "quantity" else {"at_least": 0}
        result.rules = [
            {"type": "purchase", "when": {column: above}},
            {"type": "refund", "when": {column: {"below": 0}}, "fields": positive},
        ]
        result.comments["rules"] = f"a negative {column} is a refund"
        result.constants.pop("event_type", None)
        if name != "quantity":
            result.questions.append(f"{column} is negative in places: the draft takes these lines for refunds")

    def _prefix_of_returns(self, column: str) -> str:
        """What stands before the number of an order where it is a return, such as C in C536379."""
        order = self._columns.get("order_id")
        letters: tuple[set[str], set[str]] = (set(), set())
        for record in self._sample.records if order else ():
            number = self._number(record.get(column, ""))
            if number and (text := record.get(order or "", "").strip()):
                letters[number < 0].add(text[: len(text) - len(text.lstrip(string.ascii_letters))])
        sold, returned = letters
        if len(sold) != 1 or len(returned) != 1:
            return ""
        [usual], [other] = sold, returned
        return other.removesuffix(usual) if other.endswith(usual) else ""

    def _find_status(self) -> None:
        for column in self._sample.columns:
            name = normalised(column.removeprefix("item."))
            if name not in STATUS or column in self._columns.values():
                continue
            values = Counter(self._values(column))
            if not values or len(values) > 30:
                continue
            not_sold = [value for value in values if normalised(value) in NOT_SOLD]
            if not_sold:
                self._result.ignore_when[column] = not_sold
            given_back = [value for value in values if normalised(value) in GIVEN_BACK]
            if given_back and not self._result.rules and self._result.constants.get("event_type") == "purchase":
                self._refunds_by(column, given_back)
            others = ", ".join(
                scrub_text(value) for value, _ in values.most_common(_MOST_SHOWN) if value not in not_sold
            )
            if others and "purchase" in (
                self._result.constants.get("event_type"),
                *(r["type"] for r in self._result.rules),
            ):
                self._result.questions.append(f"{column} is one of {others}: the draft counts all of these as sold")

    def _find_orders(self) -> None:
        """Columns that only the first line of an order has, and what makes a line unique."""
        result, order = self._result, self._columns.get("order_id")
        records = self._sample.records
        if order and not self._sample.is_nested:
            filled = [
                column for column in self._sample.columns if column != order and self._is_filled_once(column, order)
            ]
            wanted = {self._columns[name] for name in _SIMPLE_ORDER_FIELDS if name in self._columns}
            wanted |= {*result.ignore_when, *(self._columns[n] for n in ("tax", "shipping") if n in self._columns)}
            if columns := tuple(column for column in filled if column in wanted):
                result.reading = replace(result.reading, fill_down=FillDown(order, columns))
        if (
            "event_id" in self._columns
            or result.constants.get("event_type") == "page_view"
            or "event_type" in self._columns
        ):
            return
        products = [self._columns[name] for name in ("product_id", "product_name") if name in self._columns]
        for keys in ([order], [order, *products[:1]], [order, *products]) if order and records else ():
            # a file in which each order has one line proves nothing for the next file
            if self._is_unique(keys) and not (keys == [order] and products):
                result.identity = keys
                return
        identical = len(records) - len({tuple(record.items()) for record in records})
        if identical:
            result.questions.append(
                f"{identical:,} of the first {len(records):,} lines are identical to another and count once: if each "
                "is a sale of its own, set `identical_rows: each` under `read:`"
            )

    def _name_products(self) -> None:
        """A shop without numbers of products tells them apart by their names."""
        fields = self._result.fields
        if "product_id" not in fields and "product_name" in fields:
            fields["product_id"] = fields["product_name"]
            self._result.comments["product_id"] = "the file has no number of the product"

    def _take_back_cancelled(self) -> None:
        """An order that was loaded and is cancelled in a later export is taken back, where events have an identity."""
        result = self._result
        if result.identity and result.ignore_when and result.constants.get("event_type") == "purchase":
            result.rules = [
                {"type": "purchase", "when": {"not": result.ignore_when}},
                {"type": "begin_checkout", "name": "purchase", "when": result.ignore_when},
            ]
            result.comments["rules"] = "not sold; under the purchase's identity, so that it takes back what was loaded"
            result.ignore_when = {}
            del result.constants["event_type"]

    def _is_unique(self, columns: list[str]) -> bool:
        counts = Counter(tuple(record.get(column, "") for column in columns) for record in self._sample.records)
        return max(counts.values()) == 1

    def _is_filled_once(self, column: str, order: str) -> bool:
        once = several = 0
        before: dict[str, str] = {}
        is_first = True
        for record in self._sample.records:
            same = bool(before) and record.get(order) == before.get(order)
            if same:
                several += 1
                once += not record.get(column, "").strip() and is_first
            else:
                is_first = bool(record.get(column, "").strip())
            before = record
        return several > 0 and once >= 0.9 * several

    def _find_personal_data(self) -> None:
        tested = (column for rule in self._result.rules for column in rule.get("when", ()))
        used = {*self._columns.values(), *self._result.ignore_when, *tested}
        self._result.ignore += [
            column
            for column in self._sample.columns
            if column not in used and normalised(column.rpartition(".")[2]) in PERSONAL
        ]


def decimal_is_open(marked: list[Numbers]) -> bool:
    """Whether no column says which mark is the decimal one."""
    return not any(numbers.decimal == "," or numbers.thousands for numbers in marked)
