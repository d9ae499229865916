"""Simulated runs in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ingestion.simulator.plan import RunOptions, plan_run
from ingestion.simulator.run import Run, bot_total
from ingestion.simulator.stream import Simulation
from ingestion.simulator.truth import Tally

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CLEAN = tuple((name, 0.0) for name in ("late", "duplicate", "malformed", "skew", "pii", "bot"))


@dataclass
class Sent:
    """The lines of a run: payload, parsed events and their arrivals; `unread` counts other lines."""

    payload: bytes = b""
    tally: Tally = field(default_factory=Tally)
    events: list[dict[str, Any]] = field(default_factory=list)
    arrivals: list[datetime] = field(default_factory=list)
    unread: int = 0

    def of_type(self, event_type: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event_type"] == event_type]


def send(options: RunOptions, past: list[Run] | None = None) -> tuple[Run, Sent]:
    run = plan_run(options, past or [], NOW)
    simulation = Simulation(run.seed)
    carried = simulation.carried_over(past, run.start, run.end) if past else None
    fresh = run.lines - sum(bot_total(run, bot) for bot in simulation.bots) - (len(carried.text) if carried else 0)
    run = replace(run, fresh=fresh)
    sent, payloads = Sent(), []
    for batch in simulation.batches(run, carried):
        payloads.append(batch.payload)
        sent.tally.add(batch)
        for line in batch.payload.split(b"\n"):
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if isinstance(event, dict):
                sent.events.append(event)
                sent.arrivals.append(batch.received_at)
            else:
                sent.unread += 1
    sent.payload = b"\n".join(payloads)
    return run, sent


def is_broken(event: dict[str, Any]) -> bool:
    return (
        event["event_type"] in ("product_viewed", "undefined")
        or event["event_time"] in ("31.12. 25:61", "NaN-NaN-NaN")
        or event.get("quantity") in (0, 10**12)
        or event.get("price") in ("19,90", -19.9)
        or event.get("price") is True
    )
