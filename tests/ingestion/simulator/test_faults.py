from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ingestion.simulator.plan import RunOptions
from tests.ingestion.simulator.simulated import CLEAN, Sent, is_broken, send


def test_rates_of_zero_give_no_faults(clean: Sent) -> None:
    assert {name: count for name, count in clean.tally.counts().items() if count and name != "new_field"} == {}
    assert clean.unread == 0
    assert not any("@" in value for event in clean.events for value in event.values() if isinstance(value, str))
    late = [
        arrived - datetime.fromisoformat(event["event_time"])
        for event, arrived in zip(clean.events, clean.arrivals, strict=True)
    ]
    # a batch is a minute
    assert max(late) < timedelta(minutes=2, seconds=1)
    assert min(late) > timedelta(0)


@pytest.mark.parametrize("rate", [0.01, 0.2])
@pytest.mark.parametrize("name", ["late", "duplicate", "malformed", "skew", "pii", "bot"])
def test_each_rate_is_met(name: str, rate: float) -> None:
    rates = tuple((other, rate if other == name else 0.0) for other, _ in CLEAN)
    # a wrong clock hits whole sessions, so a small rate needs many of them
    run, sent = send(RunOptions(events=200_000 if (name, rate) == ("skew", 0.01) else 20_000, days=4, rates=rates))
    counted = {"skew": "clock_skew", "pii": "personal_data"}.get(name, name)
    share = sent.tally.counts()[counted] / run.lines
    # a copy replaces a line: 0.2 of all events sent twice are 0.2 / 1.2 of all lines
    expected = rate / (1 + rate) if name == "duplicate" else rate
    assert share == pytest.approx(expected, rel=0.25)


def test_lines_of_the_server_are_well_formed_and_on_time() -> None:
    rates = (*CLEAN, ("malformed", 0.3), ("skew", 0.3))
    _, sent = send(RunOptions(events=20_000, days=2, rates=rates))
    orders = [
        (event, arrived) for event, arrived in zip(sent.events, sent.arrivals, strict=True) if "order_id" in event
    ]
    assert len(orders) > 100
    for event, arrived in orders:
        assert not is_broken(event)
        assert timedelta(0) < arrived - datetime.fromisoformat(event["event_time"]) < timedelta(minutes=3)
