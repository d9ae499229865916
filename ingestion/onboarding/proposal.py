"""A proposal for a dialect: what each field comes from, what else the file needs, and what is left to decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ingestion.door.reading import Reading
from ingestion.onboarding.guesses import (
    Times,
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
