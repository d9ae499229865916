"""Exports of widespread systems that columns alone do not explain."""

from __future__ import annotations

from dataclasses import replace

from ingestion.onboarding.guesses import numbers_in, times_in
from ingestion.onboarding.proposal import Proposal
from ingestion.onboarding.samples import Sample

_SETTLEMENT = {"settlement-id", "transaction-type", "amount-type", "amount-description", "amount", "posted-date"}


_AMAZON_ORDERS = {"amazon-order-id", "purchase-date", "item-price", "quantity", "item-status"}


def known_export(sample: Sample) -> Proposal | None:
    """The proposal for an export of a system that is known; None for any other."""
    return amazon_settlement(sample) or amazon_orders(sample)


def amazon_orders(sample: Sample) -> Proposal | None:
    """Amazon's report of all orders: `item-price` is that of all pieces of a line.

    Source: Amazon Selling Partner API, report type GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL.
    """
    if not set(sample.columns) >= _AMAZON_ORDERS:
        return None
    proposal = Proposal(sample.reading)
    proposal.times = times_in(sample.values("purchase-date"))
    if (numbers := numbers_in(sample.values("item-price"))) is not None and numbers.decimal == ",":
        proposal.reading = replace(sample.reading, decimal=",", thousands=".")
    columns = set(sample.columns)
    proposal.fields = {
        "event_time": "purchase-date",
        "order_id": "amazon-order-id",
        "product_id": "sku",
        "product_name": "product-name",
        "quantity": "quantity",
        "line_total": "item-price",
        "currency": "currency",
        "city": "ship-city",
        "country": "ship-country",
        "source": "sales-channel",
    }
    proposal.fields = {field: column for field, column in proposal.fields.items() if column in columns}
    proposal.comments["line_total"] = "of all pieces of the line"
    if "item-promotion-discount" in columns:
        proposal.fields["discount"] = "item-promotion-discount"
        proposal.fields["line_total"] = {"minus": ["item-price", "item-promotion-discount"]}
    proposal.constants = {"event_type": "purchase"}
    proposal.ignore_when = {"item-status": ["Cancelled", "Canceled"]}
    proposal.identity = ["amazon-order-id", "order-item-id" if "order-item-id" in columns else "sku"]
    return proposal


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
