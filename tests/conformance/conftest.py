"""One emulated AWS for all suites, and dbt-tests-adapter's own fixtures."""

from __future__ import annotations

from typing import Any

import pytest

# pytest_plugins is allowed in the top conftest only, where these fixtures would affect all other tests
from dbt.tests.fixtures.project import *  # noqa: F403

from local_aws.launcher import Instance
from tests.athena.conftest import instance  # noqa: F401
from tests.conformance.left_out import LEFT_OUT, reason


@pytest.fixture(scope="session", autouse=True)
def _environment(instance: Instance) -> Any:  # noqa: F811
    with pytest.MonkeyPatch.context() as patch:
        for name, value in instance.environment.items():
            patch.setenv(name, value)
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect single tests; left-out suites are not collected at all."""
    left_out = [item for item in items if reason(f"{getattr(item.cls, 'suite', '')}::{item.name}")]  # type: ignore[attr-defined]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("left out")
    for name, why in sorted(LEFT_OUT.items()):
        terminalreporter.write_line(f"{name}: {why}")
