"""A proposal that is being made: the sample, the columns that have a field, and what is proposed so far."""

from __future__ import annotations

from decimal import Decimal

from ingestion.door.dialect import PRODUCER_FIELDS
from ingestion.onboarding.columns import matched_columns, without_nulls
from ingestion.onboarding.guesses import (
    Numbers,
)
from ingestion.onboarding.proposal import Proposal
from ingestion.onboarding.samples import Sample


class Draft:
    """What the steps of a proposal read and change.

    Attributes
    ----------
    sample
        The first records of the file.
    columns
        Field of the event to the column that has its name.
    result
        The proposal so far.
    marks
        The marks of the file's numbers.
    """

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.columns = matched_columns(sample)
        self.result = Proposal(sample.reading, sample.each)
        self.marks = Numbers(".", None, "", "", False)

    def values(self, column: str) -> list[str]:
        return without_nulls(self.sample.values(column))

    def numbers(self, column: str) -> list[Decimal]:
        return [number for text in self.values(column) if (number := self.number(text)) is not None]

    def number(self, text: str) -> Decimal | None:
        marks = self.marks
        for affix in (marks.before, marks.after):
            text = text.replace(affix, "") if affix else text
        for mark in (marks.thousands, "\u00a0", "\u202f", " ", "\u2019"):
            text = text.replace(mark, "") if mark else text
        try:
            return Decimal(text.replace(marks.decimal, "."))
        except ArithmeticError:
            return None

    def leave_out(self, name: str) -> str:
        """Do not use the column of a field. One that is called like the field would be used all the same."""
        column = self.columns.pop(name)
        del self.result.fields[name]
        self.result.comments.pop(name, None)
        if column in PRODUCER_FIELDS:
            self.result.ignore.append(column)
        return column
