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
    """tests/athena needs Maven and minutes: only when it is asked for (`make test-athena`)."""
    asked_for = any("athena" in argument for argument in config.args)
    return True if collection_path == Path(__file__).parent / "athena" and not asked_for else None
