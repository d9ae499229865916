from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--schedules",
        type=int,
        default=30,
        help="random schedules in the test of the replay guarantee, half of them for each bronze_window (default: 30)",
    )
    parser.addoption(
        "--athena-schedules",
        type=int,
        default=5,
        help="random schedules in the test of the replay guarantee on Athena, about 30 seconds each (default: 5)",
    )
    parser.addoption(
        "--heal-each-kill",
        action="store_true",
        help="on Athena, run and compare after every kill instead of after a series of kills",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Tests that need Maven and minutes run only if the command line names them (`make test-athena`)."""
    tests = Path(__file__).parent
    for name in ("athena", "conformance"):
        if collection_path == tests / name and not any(name in argument for argument in config.args):
            return True
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest files first, so that no worker is left with one of them at the end (`make test`)."""
    slowest = (
        "tests/law/test_random_schedules.py",
        "tests/law/",
        "tests/ingestion/cli/test_doctor.py",
        "tests/ingestion/cli/test_demo.py",
        "tests/project/",
        "tests/ingestion/stack/",
    )

    def rank(item: pytest.Item) -> int:
        return next((place for place, prefix in enumerate(slowest) if item.nodeid.startswith(prefix)), len(slowest))

    items.sort(key=rank)
