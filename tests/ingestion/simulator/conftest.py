"""Simulated runs that several test modules read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.simulator.plan import RunOptions
from tests.ingestion.simulator.lakes import fill
from tests.ingestion.simulator.simulated import CLEAN, Sent, send


@pytest.fixture(scope="session")
def clean() -> Sent:
    return send(RunOptions(events=60_000, days=7, rates=CLEAN))[1]


@pytest.fixture(scope="session")
def faulty() -> Sent:
    return send(RunOptions(events=60_000, days=7))[1]


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days with many faults, then one more hour."""
    lake = tmp_path_factory.mktemp("lake")
    rates = (("malformed", 0.05), ("skew", 0.05), ("pii", 0.1), ("duplicate", 0.05), ("late", 0.05))
    fill(lake, RunOptions(events=10_000, days=2, rates=rates))
    fill(lake, RunOptions(more="1h", events=1_000))
    return lake
