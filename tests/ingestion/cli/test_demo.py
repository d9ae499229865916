"""`shoplake demo` as a newcomer runs it first, and the events that it must never touch."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import run
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A lake, a warehouse and a dbt profile of their own."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(ROOT / "profiles.yml.example", folder / "profiles.yml")
    return {
        "SHOPLAKE_LAKE": str(folder / "lake"),
        "SHOPLAKE_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "DBT_PROFILES_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }


def lines_read(build: str, output: str) -> int:
    """Return the lines that a build read, from the table at the end of the demo."""
    row = re.search(rf"^{build} build, .*?  +(?P<lines>[\d,]+) +(?P<objects>[\d,]+) +[\d.]+$", output, re.MULTILINE)
    assert row, output
    return int(row["lines"].replace(",", ""))


def test_the_demo_ends_with_a_report_and_with_the_lines_that_the_second_build_read(environment: dict[str, Any]) -> None:
    done = run("demo", **environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    for heading in (
        "What sells",
        "What only gets looked at",
        "Best hours",
        "Day by day",
        "The ledger adds up",
        "What next",
    ):
        assert heading in done.stdout
    assert lines_read("first", done.stdout) == 300_000
    assert lines_read("second", done.stdout) < 10_000


def test_the_demo_never_touches_events_that_are_not_its_own(environment: dict[str, Any], tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("event_type,event_time\npage_view,2026-03-10T06:00:00Z\n")
    assert run("replay", own, **environment).returncode == 0
    lake = Path(environment["SHOPLAKE_LAKE"])
    objects = sorted(lake.glob("bronze/**/*.gz"))
    stopped = run("demo", **environment)
    assert (stopped.returncode, stopped.stderr.count("\n")) == (2, 1)
    assert "holds events that are not the demo's" in stopped.stderr
    assert sorted(lake.glob("bronze/**/*.gz")) == objects


def test_a_file_in_the_place_of_the_lake_is_reported_without_a_traceback(
    environment: dict[str, Any], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    lake.write_text("in the way")
    stopped = run("demo", **environment | {"SHOPLAKE_LAKE": str(lake)})
    assert stopped.returncode == 2
    assert "lake is a file" in stopped.stderr
    assert "Traceback" not in stopped.stderr
