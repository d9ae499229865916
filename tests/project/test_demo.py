"""What a newcomer runs first, as they run it; and the events that it must never touch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

SHOPLAKE = [sys.executable, "-m", "ingestion.cli"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(ROOT / "profiles.yml.example", folder / "profiles.yml")
    return folder


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    surroundings = {
        "SHOPLAKE_LAKE": str(place / "lake"),
        "SHOPLAKE_WAREHOUSE": str(place / "warehouse.duckdb"),
        "DBT_PROFILES_DIR": str(place),
        "DBT_TARGET_PATH": str(place / "target"),
        "DBT_LOG_PATH": str(place / "logs"),
    }
    return subprocess.run(
        [*SHOPLAKE, *arguments], cwd=ROOT, env=os.environ | surroundings, capture_output=True, text=True, check=False
    )


def test_the_demo_ends_with_answers_and_what_the_second_build_read(place: Path) -> None:
    done = run(place, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        "What sells",
        "What only gets looked at",
        "Best hours",
        "Day by day",
        "The ledger adds up",
        "What next",
    ):
        assert said in done.stdout
    first, second = (line.split() for line in done.stdout.splitlines() if "build, " in line)
    assert first[4] == "300,000"
    assert int(second[5].replace(",", "")) < 10_000
    assert "Traceback" not in done.stdout + done.stderr


def test_the_demo_never_touches_events_that_are_not_its_own(place: Path) -> None:
    own = place / "own.csv"
    own.write_text("event_type,event_time\npage_view,2026-03-10T06:00:00Z\n")
    assert run(place, "replay", str(own)).returncode == 0
    objects = sorted((place / "lake").glob("bronze/**/*.gz"))
    refused = run(place, "demo")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "holds events that are not the demo's" in refused.stderr
    assert sorted((place / "lake").glob("bronze/**/*.gz")) == objects
