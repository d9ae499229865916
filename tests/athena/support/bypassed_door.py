"""Lines that bypassed the door (validation), with values that the two engines cast differently."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from tests.law.schedules import iso

PRICES = [
    "1e3", " 12", "12 ", "+5", ".5", "5.", "1,5", "Infinity", "NaN", "0x10", "1_000", "12.34565",
    "99999999999999999999", "-0", "-0.00001", "\uff11\uff12", "", "1d", "\t3", "00012.5", 1.5, 7, True, [1], {"a": 1},
]  # fmt: skip
QUANTITIES = ["1.0", "2.5", "1e0", "0", "1.00001", "999999", "1000000", 2, "", " 1", "+1"]
TIMES = [
    "{d} 04:10:00", "{d}T04:10:00", "{d}T04:10:00+02:00", "{d}T04:10:00+0200", "{d}T04:10:00+02", "{d}", "{d}T04:10Z",
    "{d}T04:10:00.123456789Z", "{d}T04:10:00.9999999Z", "{d}T04:10:60Z", "{d}T24:00:00Z", "{d}t04:10:00z",
    "{d}T04:10:00 Z", " {d}T04:10:00Z", "{d}T 4:10:00.000000Z", "{d} 04:10:00 UTC", "2026-W10-1T04:10:00Z", "2026",
    "infinity", "epoch", "now", "2026-2-1T04:10:00Z", "02026-02-01T04:10:00Z", "-2026-02-01T04:10:00Z",
    "{d}T4:10:00Z", "{d} 04:10:00 Europe/Berlin", "{d}T04:10:00+14:00", "{d}T04:10:00+19:00", "9999-12-31T23:59:59Z",
    "294247-01-10T04:00:54Z", "",
]  # fmt: skip
AMOUNTS = ["10.00", "999999999999.9999", "999999999999.99999", "1e3", ".5", "-0.01", "-0.00001", "1,60", "", 4.9, "0"]
TEXTS = [
    "", " ", "e\u0000x", "\u00e9", "e\u0301", "x" * 5_000, 5, 5.0, True, ["a"], {"b": {"c": [1, 2.50, None, "\u00fc"]}},
]  # fmt: skip
WHOLE_LINES = ["null", "{}", "123", '"text"', "not json at all", '{"event_id": "cut', '{"event_id": null, "raw": null}']


def lines(arrival: datetime) -> list[str]:
    """One line for every unusual value, with this arrival time."""
    good = {
        "event_type": "purchase",
        "event_time": iso(arrival - timedelta(minutes=10)),
        "received_at": iso(arrival),
        "price": "1.50",
        "quantity": "2",
        "product_id": "p",
        "order_id": "o",
    }
    times = [text.format(d=f"{arrival - timedelta(days=1):%Y-%m-%d}") for text in TIMES]
    unusual = (
        [{"price": value} for value in PRICES]
        + [{"quantity": value} for value in QUANTITIES]
        + [{"event_time": value} for value in times]
        + [{"received_at": value} for value in times]
        + [{"replayed_at": value} for value in times]
        + [{name: value} for name in ("line_total", "discount", "tax", "shipping") for value in AMOUNTS]
        + [{"user_id": value} for value in TEXTS]
    )
    made = [json.dumps({"event_id": f"unusual{number}"} | good | fields) for number, fields in enumerate(unusual)]
    return [*made, *WHOLE_LINES]
