from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from ingestion.simulator.plan import RunOptions, plan_following
from ingestion.simulator.produce import SIMULATION_KEYS, follow
from ingestion.simulator.truth import read_runs
from tests.ingestion.simulator.lakes import files, fill, lines
from tests.ingestion.simulator.simulated import NOW


def test_same_seed_and_start_give_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        fill(tmp_path / name, RunOptions(events=2_000, days=1))
        fill(tmp_path / name, RunOptions(more="1h"))
    assert files(tmp_path / "a") == files(tmp_path / "b")
    fill(tmp_path / "c", RunOptions(events=2_000, days=1, seed=8))
    assert not set(files(tmp_path / "a")) & set(files(tmp_path / "c")) - {
        "truth/simulation.json",
        "truth/bots.jsonl",
    }


def test_same_run_again_changes_nothing(tmp_path: Path) -> None:
    fill(tmp_path, RunOptions(events=1_000, days=1))
    before = files(tmp_path)
    fill(tmp_path, RunOptions(events=1_000, days=1))
    assert files(tmp_path) == before


def test_every_line_sent_is_in_the_lake(lake: Path) -> None:
    assert len(lines(lake)) == 11_000


def test_the_door_rejects_exactly_the_malformed_lines(lake: Path) -> None:
    rejected = [line for line in lines(lake) if "reject_reason" in line]
    counts = [run["counts"] for run in json.loads((lake / "truth/simulation.json").read_bytes())["runs"]]
    assert len(rejected) == sum(run["malformed"] + run["a_year_ahead"] for run in counts)
    assert {line["reject_reason"] for line in rejected} >= {
        "unparseable",
        "unknown_event_type",
        "bad_event_time",
        "bad_price",
        "bad_quantity",
        "event_in_future",
    }


def test_no_address_is_in_plain_text(lake: Path) -> None:
    for line in lines(lake):
        agent = line.pop("user_agent", "")
        text = json.dumps(line)
        # versions such as Chrome/130.0.0.0 look like addresses, in a user agent only
        clear = re.search(r"@(?!\[)|%40|\b(?:100|198)\.\d+\.\d+\.\d+|2001:db8", text)
        if clear and line.get("reject_reason"):
            # The raw text of a rejected line includes its user agent.
            clear = re.search(r"\w@\w|%40|\b(?:100|198)\.\d+\.\d+\.\d+|2001:db8", text)
        assert not clear, text
        assert "@" not in agent
    for path in (lake / "truth").rglob("*.*"):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert not re.search(rb"\w@\w|\b(?:100|198)\.\d+\.\d+\.\d+|2001:db8", content)


def test_unknown_field_is_kept_in_extra(lake: Path) -> None:
    assert sum('"loyalty_tier"' in line.get("extra", "") for line in lines(lake)) > 500


def test_following_closes_an_object_each_interval_and_stops_on_request(tmp_path: Path) -> None:
    clock = [NOW]

    def wait(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    run = plan_following(RunOptions(), [], NOW, lines_a_second=20)
    produced = follow(
        tmp_path,
        run,
        SIMULATION_KEYS,
        buffer_seconds=60,
        clock=lambda: clock[0],
        wait=wait,
        stopped=lambda: clock[0] >= NOW + timedelta(seconds=180),
    )
    assert produced.objects == 3
    assert len(lines(tmp_path)) == produced.tally.lines == pytest.approx(3_600, rel=0.1)
    assert [run.followed for run in read_runs(tmp_path)] == [True]
