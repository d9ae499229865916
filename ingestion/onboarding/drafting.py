"""Drafts a dialect for a file, and says what it would make of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from ingestion.door.dialect import load_dialect, parse_dialect, shipped_dialects
from ingestion.onboarding.draft_yaml import draft_yaml
from ingestion.onboarding.known_exports import known_export
from ingestion.onboarding.proposing import propose
from ingestion.onboarding.samples import Sample, sample
from ingestion.onboarding.trial import try_dialect
from ingestion.replay.readers import open_source

LINES_TRIED: Final = 1_000
# https://docs.snowplow.io/docs/fundamentals/canonical-event/
_SNOWPLOW_COLUMNS: Final = 131
# Paths that only files of a shipped format have, for formats whose dialect requires no columns.
_SIGNATURES: Final = {
    "ga4_bigquery": {"event_timestamp", "event_name", "user_pseudo_id"},
    "segment": {"messageId", "type", "context.library.name"},
    "shopify_webhook": {"line_items", "financial_status", "created_at"},
    "woocommerce": {"order_key", "date_created"},
    "snowplow": {"collector_tstamp", "app_id", "event_id"},
    "matomo": {"idVisit", "visitorId"},
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft.

    Attributes
    ----------
    text
        The YAML of the dialect.
    shipped
        Shipped dialects that the file seems to be of.
    open_questions
        What could not be decided.
    result
        A sentence on what the draft makes of the first lines.
    """

    text: str
    shipped: list[str]
    open_questions: list[str]
    result: str


def draft_dialect(path: str, *, now: datetime) -> Draft:
    """Draft a dialect.

    Parameters
    ----------
    now
        Aware time, for telling times in the future.

    Raises
    ------
    UserError
        The file cannot be read, or no columns can be found in it.
    """
    found = sample(path)
    proposal = known_export(found) or propose(found)
    text = draft_yaml(proposal, Path(path).name, found.notes)
    dialect = parse_dialect(text, name="draft", where="draft")
    trial = try_dialect(open_source(path, dialect), dialect, now=now, events=0, most_lines=LINES_TRIED)
    sales = ", ".join(
        f"revenue {money.revenue:,.2f} {currency}".strip() for currency, money in sorted(trial.money.items())
    )
    result = (
        f"With this draft, {trial.read:,} lines give {trial.accepted.total():,} events"
        f"{f' ({sales})' if sales else ''}, {trial.refused_count:,} are refused, {trial.ignored:,} ignored"
    )
    return Draft(text, recognised(found), proposal.questions, result)


def recognised(found: Sample) -> list[str]:
    """The shipped dialects that a file seems to be of, the likeliest first."""
    columns = {*found.columns, *(column.partition(".")[0] for column in found.columns), *found.other_lists, found.each}
    fits: dict[str, int] = {}
    if not found.reading.header and len(found.columns) == _SNOWPLOW_COLUMNS:
        return ["snowplow"]
    for name in shipped_dialects():
        needed = set(load_dialect(name).required) or (set() if found.is_table else _SIGNATURES.get(name, set()))
        if needed and needed <= columns:
            fits[name] = len(needed)
    return sorted(fits, key=lambda name: -fits[name])
