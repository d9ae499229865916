"""Exports of widespread systems that columns alone do not explain."""

from __future__ import annotations

from ingestion.onboarding.guesses import numbers_in, times_in
from ingestion.onboarding.proposal import Proposal
from ingestion.onboarding.samples import Sample

_SETTLEMENT = {"settlement-id", "transaction-type", "amount-type", "amount-description", "amount", "posted-date"}


def amazon_settlement(sample: Sample) -> Proposal | None:
    """Amazon's settlement report, version 2: each line is one amount of an order, such as its price or a fee.

    Source: Amazon Selling Partner API, report type GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2.
    """
    if not set(sample.columns) >= _SETTLEMENT:
        return None
    time = "posted-date-time" if "posted-date-time" in sample.columns else "posted-date"
    proposal = Proposal(sample.reading)
    proposal.times = times_in(sample.values(time))
    if (numbers := numbers_in(sample.values("amount"))) is not None and numbers.decimal == ",":
        proposal.reading = type(sample.reading)(delimiter=sample.reading.delimiter, decimal=",", thousands=".")
    principal = {"amount-type": "ItemPrice", "amount-description": "Principal"}
    proposal.fields = {
        "event_time": time,
        "order_id": "order-id",
        "product_id": "sku",
        "quantity": "quantity-purchased",
        "line_total": {"absolute": ["amount"]},
        "source": "marketplace-name",
    }
    proposal.rules = [
        {"type": "purchase", "when": {"transaction-type": "Order", **principal}},
        {"type": "refund", "when": {"transaction-type": "Refund", **principal}},
    ]
    proposal.comments["rules"] = "Amazon's settlement report: a line is one amount of an order; its fees are no events"
    proposal.otherwise = "ignore"
    proposal.questions.append(
        "currency stands in the report's first line only: set it under `constants: {currency: EUR}`"
    )
    return proposal
