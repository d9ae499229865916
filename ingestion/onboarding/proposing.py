"""The steps of a proposal, in the order in which they build on each other."""

from __future__ import annotations

from ingestion.onboarding.draft import Draft
from ingestion.onboarding.proposal import Proposal
from ingestion.onboarding.proposed_amounts import find_amounts
from ingestion.onboarding.proposed_orders import find_orders, find_personal_data, name_products
from ingestion.onboarding.proposed_refunds import find_refunds, find_status, take_back_cancelled
from ingestion.onboarding.proposed_values import find_currency, find_event_type, find_nulls, find_numbers, find_times
from ingestion.onboarding.samples import Sample


def propose(sample: Sample) -> Proposal:
    """Propose a dialect for a sample."""
    draft = Draft(sample)
    result = draft.result
    result.fields = dict(draft.columns)
    find_nulls(draft)
    find_numbers(draft)
    find_times(draft)
    find_event_type(draft)
    find_currency(draft)
    find_amounts(draft)
    find_refunds(draft)
    find_status(draft)
    find_orders(draft)
    take_back_cancelled(draft)
    find_personal_data(draft)
    name_products(draft)
    if draft.sample.other_lists:
        lists = ", ".join(draft.sample.other_lists)
        result.questions.append(f"the lists {lists} are not exploded into events; they are kept in extra")
    return result
