"""`shoplake simulate`: the simulated shop through the door into a lake on disk."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import UserError
from ingestion.simulator.plan import RunOptions, plan_following, plan_run
from ingestion.simulator.produce import SIMULATION_KEY, Produced, follow, produce
from ingestion.simulator.truth import read_runs
from tests.support.paths import ROOT

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def fill(lake: Path, options: RunOptions) -> Produced:
    past = read_runs(lake)
    return produce(lake, plan_run(options, past, NOW), past, SIMULATION_KEY)


def files(lake: Path) -> dict[str, bytes]:
    return {str(path.relative_to(lake)): path.read_bytes() for path in sorted(lake.rglob("*")) if path.is_file()}


def lines(lake: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted((lake / "bronze").rglob("*.gz"))
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days with much dirt, then an hour more."""
    lake = tmp_path_factory.mktemp("lake")
    rates = (("malformed", 0.05), ("skew", 0.05), ("pii", 0.1), ("duplicate", 0.05), ("late", 0.05))
    fill(lake, RunOptions(events=10_000, days=2, rates=rates))
    fill(lake, RunOptions(more="1h", events=1_000))
    return lake


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


def test_door_refuses_exactly_the_lines_that_were_broken(lake: Path) -> None:
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


def test_no_address_is_in_the_clear(lake: Path) -> None:
    for line in lines(lake):
        agent = line.pop("user_agent", "")
        text = json.dumps(line)
        # versions such as Chrome/130.0.0.0 look like addresses, in a user agent only
        clear = re.search(r"@(?!\[)|%40|\b(?:100|198)\.\d+\.\d+\.\d+|2001:db8", text)
        if clear and line.get("reject_reason"):
            # the raw text of a refused line holds its user agent too
            clear = re.search(r"\w@\w|%40|\b(?:100|198)\.\d+\.\d+\.\d+|2001:db8", text)
        assert not clear, text
        assert "@" not in agent
    for path in (lake / "truth").iterdir():
        assert not re.search(r"\w@\w|\b(?:100|198)\.\d+\.\d+\.\d+|2001:db8", path.read_text())


def test_truth_names_the_visitor_hashes_of_bots(lake: Path) -> None:
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


def test_unknown_field_is_kept_in_extra(lake: Path) -> None:
    assert sum('"loyalty_tier"' in line.get("extra", "") for line in lines(lake)) > 500


def test_following_closes_an_object_each_interval_and_stops_when_told(tmp_path: Path) -> None:
    clock = [NOW]

    def wait(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    run = plan_following(RunOptions(), [], NOW, lines_a_second=20)
    produced = follow(
        tmp_path,
        run,
        SIMULATION_KEY,
        buffer_seconds=60,
        clock=lambda: clock[0],
        wait=wait,
        stopped=lambda: clock[0] >= NOW + timedelta(seconds=180),
    )
    assert produced.objects == 3
    assert len(lines(tmp_path)) == produced.tally.lines == pytest.approx(3_600, rel=0.1)
    assert [run.followed for run in read_runs(tmp_path)] == [True]


def test_damaged_truth_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth/simulation.json").write_text('{"runs": [{"seed": 7}]}')
    with pytest.raises(UserError, match="is not what `shoplake simulate` wrote"):
        read_runs(tmp_path)


def run_command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = "from ingestion.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "simulate", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_command_sums_up_and_says_what_is_next(tmp_path: Path) -> None:
    done = run_command("--events", "1000", "--hours", "5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1,000" in done.stdout
    assert "dbt build" in done.stdout
    assert done.stderr == ""
    assert len(lines(tmp_path / "lake")) == 1_000


@pytest.mark.parametrize(
    "arguments", [["--events", "0"], ["--more", "1h"], ["--late-rate", "7"], ["--follow", "--rate", "0"]]
)
def test_command_refuses_in_one_sentence_and_writes_nothing(tmp_path: Path, arguments: list[str]) -> None:
    done = run_command(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


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
        for size in (["100000", "1"], ["800000", "8"])
    ]
    assert peaks[1] < peaks[0] + 25
