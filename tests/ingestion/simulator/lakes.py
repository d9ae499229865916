"""Simulated runs in a lake on disk."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from ingestion.simulator.plan import RunOptions, plan_run
from ingestion.simulator.produce import SIMULATION_KEYS, Produced, produce
from ingestion.simulator.truth import read_runs
from tests.ingestion.simulator.simulated import NOW


def fill(lake: Path, options: RunOptions) -> Produced:
    past = read_runs(lake)
    return produce(lake, plan_run(options, past, NOW), past, SIMULATION_KEYS)


def files(lake: Path) -> dict[str, bytes]:
    return {str(path.relative_to(lake)): path.read_bytes() for path in sorted(lake.rglob("*")) if path.is_file()}


def lines(lake: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted((lake / "bronze").rglob("*.gz"))
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]
