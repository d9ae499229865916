from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.simulator.plan import RunOptions, plan_run
from ingestion.simulator.produce import SIMULATION_KEYS, produce
from ingestion.simulator.traffic import DAY
from ingestion.simulator.truth import read_runs
from ingestion.simulator.truth_tables import replace_file
from tests.ingestion.simulator.lakes import files, fill
from tests.ingestion.simulator.simulated import NOW


def truth(lake: Path) -> dict[str, bytes]:
    return {name: content for name, content in files(lake).items() if name.endswith(".csv.gz")}


def test_a_table_has_one_file_for_each_shop_and_date(tmp_path: Path) -> None:
    fill(tmp_path, RunOptions(events=2_000, days=2, start="2026-03-01"))
    assert sorted(truth(tmp_path)) == [
        f"truth/{table}/7-20260301T0000-2026-03-0{day}.csv.gz"
        for table in ("order_touches", "orders", "sessions")
        for day in (1, 2)
    ]


def test_a_continuation_writes_only_dates_that_may_change(tmp_path: Path) -> None:
    first = plan_run(RunOptions(events=500, days=1, start="2026-03-01"), [], NOW)
    for days in (0, 20, 50):
        start = first.start + days * DAY
        produce(tmp_path, replace(first, start=start, end=start + DAY), read_runs(tmp_path), SIMULATION_KEYS)
        if days < 50:
            for name in truth(tmp_path):
                (tmp_path / name).write_bytes(b"earlier")
    found = {
        name.removeprefix("truth/").replace("/7-20260301T0000-2026", ""): content
        for name, content in truth(tmp_path).items()
    }
    assert {name[:-7] for name, content in found.items() if content == b"earlier"} >= {
        *("sessions-03-01", "orders-03-01", "order_touches-03-01", "order_touches-03-21"),
    }
    written = {name[:-7] for name, content in found.items() if content != b"earlier"}
    assert written >= {"sessions-03-21", "orders-03-21", "sessions-04-20", "order_touches-04-20"}


def test_a_run_that_was_continued_leaves_the_later_truth(tmp_path: Path) -> None:
    first = RunOptions(events=3_000, days=2, start="2026-03-01")
    fill(tmp_path, first)
    fill(tmp_path, RunOptions(more="6h"))
    before = truth(tmp_path)
    fill(tmp_path, first)
    assert truth(tmp_path) == before


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "truth").write_text("in the way")
    with pytest.raises(UserError, match=r"cannot write .*; fix the cause"):
        replace_file(tmp_path / "truth" / "orders.csv.gz", b"")
