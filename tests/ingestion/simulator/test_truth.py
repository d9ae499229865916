from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.simulator.truth import read_runs
from tests.ingestion.simulator.lakes import lines
from tests.ingestion.simulator.simulated import Sent, is_broken


def test_the_counts_of_the_truth_match_the_lines(faulty: Sent) -> None:
    counts = faulty.tally.counts()
    lines = faulty.payload.split(b"\n")
    assert len(lines) == faulty.tally.lines
    # a retry on the next date is no duplicate: it has a time of its own
    known = [(event["event_id"], event["event_time"]) for event in faulty.events if event.get("event_id")]
    copies = len(known) - len(set(known))
    assert counts["duplicate"] * 0.97 <= copies <= counts["duplicate"]
    assert counts["new_field"] == sum("loyalty_tier" in event for event in faulty.events) - sum(
        "loyalty_tier" in event for event in faulty.events if is_broken(event)
    )
    agents = Counter(event.get("user_agent", "") for event in faulty.events)
    assert agents["python-requests/2.32.3"] == agents["Scrapy/2.11.2 (+https://scrapy.org)"] == counts["bot"] // 4


def test_the_truth_lists_the_visitor_hashes_of_bots(lake: Path) -> None:
    bots = [json.loads(line) for line in (lake / "truth/bots.jsonl").read_text().splitlines()]
    assert {bot["bot"] for bot in bots} == {"scraper", "scalper", "price_monitor"}
    hashes = {bot["anonymous_id"]: set(bot["visitor_hashes"]) for bot in bots}
    seen: dict[str, set[str]] = {}
    for line in lines(lake):
        if line.get("anonymous_id") in hashes:
            seen.setdefault(line["anonymous_id"], set()).add(line["visitor_hash"])
    assert set(seen) == set(hashes)
    assert all(seen[cookie] <= hashes[cookie] for cookie in seen)
    others = {line.get("visitor_hash") for line in lines(lake) if line.get("anonymous_id") not in hashes}
    assert not others & set().union(*hashes.values())


def test_damaged_truth_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth/simulation.json").write_text('{"runs": [{"seed": 7}]}')
    with pytest.raises(UserError, match="was not written by `shoplake simulate`"):
        read_runs(tmp_path)
