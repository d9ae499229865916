from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise

import pytest

from ingestion.simulator.plan import RunOptions, plan_following
from ingestion.simulator.stream import Simulation
from tests.ingestion.simulator.simulated import NOW, Sent, send
from tests.support.paths import ROOT


def test_same_seed_and_period_give_the_same_bytes() -> None:
    options = RunOptions(events=3_000, days=2)
    assert send(options)[1].payload == send(options)[1].payload


@pytest.mark.parametrize("events", [1, 7, 1_000, 12_345])
def test_number_of_lines_is_exact(events: int) -> None:
    assert send(RunOptions(events=events, days=2))[1].tally.lines == events


def test_arrivals_never_go_back_and_stay_in_the_period() -> None:
    run, sent = send(RunOptions(events=5_000, days=1, start="2026-03-01"))
    assert all(earlier <= later for earlier, later in pairwise(sent.arrivals))
    assert sent.arrivals[0] >= datetime(2026, 3, 1, tzinfo=UTC)
    assert sent.arrivals[-1] < datetime(2026, 3, 2, tzinfo=UTC)
    assert run.end - run.start == 86_400_000_000


def test_event_ids_are_unique_but_for_retries_on_the_next_date(clean: Sent) -> None:
    found = defaultdict(list)
    for event in clean.events:
        found[event["event_id"]].append(event)
    assert sum(map(len, found.values())) == 60_000
    twice = [events for events in found.values() if len(events) > 1]
    assert 0 < len(twice) < 30
    for first, second in twice:
        assert first["event_type"] == second["event_type"] == "purchase"
        dates = sorted(date.fromisoformat(event["event_time"][:10]) for event in (first, second))
        assert dates[1] - dates[0] == timedelta(days=1)


def test_one_more_hour_brings_late_events_of_earlier_visits_and_no_known_ids() -> None:
    first, before = send(RunOptions(events=60_000, days=3, rates=(("late", 0.1), ("duplicate", 0.0))))
    run, after = send(RunOptions(more="1h", events=2_000), [first])
    assert (run.start, run.seed, run.rates) == (first.end, first.seed, first.rates)
    assert after.tally.lines == 2_000
    end = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=first.end)).isoformat()[:19]
    times = [event["event_time"] for event in after.events if len(event["event_time"]) == 24]
    assert sum(time < end for time in times) > 20
    known, new = ({e["event_id"] for e in sent.events if e["event_type"] != "purchase"} for sent in (before, after))
    assert not known & new
    cookies = {event["anonymous_id"] for event in before.events if "anonymous_id" in event}
    assert len(cookies & {event.get("anonymous_id") for event in after.events}) > 50


def test_lines_carried_over_do_not_depend_on_how_the_period_is_split() -> None:
    first, _ = send(RunOptions(events=10_000, days=2))
    simulation, half = Simulation(first.seed), 12 * 3_600_000_000
    whole = simulation.carried_over([first], first.end, first.end + 2 * half)
    halves = [
        simulation.carried_over([first], first.end + part * half, first.end + (part + 1) * half) for part in (0, 1)
    ]
    assert sorted(whole.text) == sorted(halves[0].text + halves[1].text)
    assert len(whole.text) > 20


def test_following_keeps_the_rate_from_the_first_second() -> None:
    run = plan_following(RunOptions(), [], NOW, lines_a_second=50)
    batches = list(islice(Simulation(7).follow(run, 1_000_000), 60))
    assert sum(len(batch.tags) for batch in batches[:20]) == pytest.approx(1_000, rel=0.15)
    assert sum(len(batch.tags) for batch in batches) == pytest.approx(3_000, rel=0.10)
    assert batches[0].received_at == NOW + timedelta(seconds=1)
    assert batches[-1].received_at == NOW + timedelta(seconds=60)


def test_memory_does_not_grow_with_the_number_of_events() -> None:
    code = """
import resource, sys
from datetime import UTC, datetime
from ingestion.simulator.plan import RunOptions, plan_run
from ingestion.simulator.stream import Simulation
run = plan_run(RunOptions(events=int(sys.argv[1]), days=int(sys.argv[2])), [], datetime(2026, 11, 21, tzinfo=UTC))
lines = sum(len(batch.tags) for batch in Simulation(7).batches(run))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    peaks = [
        int(subprocess.run([sys.executable, "-c", code, *size], cwd=ROOT, capture_output=True, check=True).stdout)
        for size in (["50000", "1"], ["400000", "8"])
    ]
    assert peaks[1] < peaks[0] + 25
