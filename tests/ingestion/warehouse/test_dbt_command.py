from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.law.cases import event
from tests.support.paths import ROOT
from tests.support.warehouse import BronzeObject, Warehouse


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_build_that_is_interrupted_ends_with_a_sentence_and_the_next_one_completes_it(
    tmp_path: Path, sent: signal.Signals
) -> None:
    """Without care, the process aborts, because a thread of DuckDB's still runs when Python ends."""
    warehouse = Warehouse(tmp_path / "warehouse", variables={})
    warehouse.put([BronzeObject(0, (event("a", 0),))])
    build = subprocess.Popen(
        [sys.executable, "-m", "ingestion.cli", "build"],
        cwd=ROOT,
        env=os.environ
        | warehouse.environment
        | {
            "DBT_PROFILES_DIR": str(warehouse.folder / "profiles"),
            "DBT_TARGET_PATH": str(tmp_path / "target"),
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert build.stdout
    next(line for line in build.stdout if "START sql" in line)
    build.send_signal(sent)
    output, errors = build.communicate(timeout=120)
    assert build.returncode == 128 + sent, errors
    assert errors.splitlines()[-1].startswith("Interrupted: the next run completes what this one left undone")
    assert "Traceback" not in output + errors
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []
