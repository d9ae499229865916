from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ingestion.simulator.lakes import lines
from tests.support.paths import ROOT


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


def test_the_command_prints_a_summary_and_the_next_step(tmp_path: Path) -> None:
    done = run_command("--events", "1000", "--hours", "5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1,000" in done.stdout
    assert "dbt build" in done.stdout
    assert done.stderr == ""
    assert len(lines(tmp_path / "lake")) == 1_000


@pytest.mark.parametrize(
    "arguments", [["--events", "0"], ["--more", "1h"], ["--late-rate", "7"], ["--follow", "--rate", "0"]]
)
def test_a_wrong_option_is_one_sentence_and_nothing_is_written(tmp_path: Path, arguments: list[str]) -> None:
    done = run_command(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
