from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--schedules",
        type=int,
        default=30,
        help="random schedules that the test of the law tries, shared between its two windows (default: 30)",
    )
    parser.addoption(
        "--athena-schedules",
        type=int,
        default=5,
        help="random schedules that the test of the law tries on Athena, each about half a minute (default: 5)",
    )
    parser.addoption(
        "--heal-each-kill",
        action="store_true",
        help="on Athena, a plain run and a comparison after every kill, not after a row of them",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """tests/athena and tests/conformance need Maven and minutes: only when asked for (`make test-athena`)."""
    tests = Path(__file__).parent
    for name in ("athena", "conformance"):
        if collection_path == tests / name and not any(name in argument for argument in config.args):
            return True
    return None
