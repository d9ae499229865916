"""One emulated AWS for all suites, and dbt-tests-adapter's own fixtures with a profile for it."""

from __future__ import annotations

from typing import Any

import pytest

# pytest takes plugins from the top conftest only, and these fixtures would stand in the way of all other tests
from dbt.tests.fixtures.project import *  # noqa: F403

from local_aws.launcher import RESULTS_BUCKET, Instance
from tests.athena.conftest import instance  # noqa: F401
from tests.conformance.left_out import LEFT_OUT, reason


@pytest.fixture(scope="session", autouse=True)
def _environment(instance: Instance) -> Any:  # noqa: F811
    with pytest.MonkeyPatch.context() as patch:
        for name, value in instance.environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="class")
def dbt_profile_target() -> dict[str, object]:  # type: ignore[no-redef]
    return {
        "type": "athena",
        "region_name": "us-east-1",
        "database": "awsdatacatalog",
        "schema": "filled in by dbt",
        "s3_staging_dir": f"s3://{RESULTS_BUCKET}/conformance/results/",
        "s3_data_dir": f"s3://{RESULTS_BUCKET}/conformance/tables/",
        "threads": 4,
        "poll_interval": 0.1,
        "num_retries": 1,
    }


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Single tests; whole suites are not even collected."""
    left_out = [item for item in items if reason(f"{getattr(item.cls, 'suite', '')}::{item.name}")]  # type: ignore[attr-defined]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("left out")
    for name, why in sorted(LEFT_OUT.items()):
        terminalreporter.write_line(f"{name}: {why}")
