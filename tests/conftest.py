from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--schedules",
        type=int,
        default=30,
        help="random schedules that the test of the law tries, shared between its two windows (default: 30)",
    )
