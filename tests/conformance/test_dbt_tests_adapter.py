"""Runs the test classes of dbt-tests-adapter on Hive tables, dbt-athena's default, and on Iceberg tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from local_aws.launcher import RESULTS_BUCKET
from tests.conformance.dialect import translate
from tests.conformance.left_out import reason
from tests.conformance.suites import has_iceberg_variant, suites


@pytest.fixture(scope="class")
def dbt_profile_target() -> dict[str, object]:
    return {
        "type": "athena",
        "region_name": "us-east-1",
        "database": "awsdatacatalog",
        "schema": "set by dbt",
        "s3_staging_dir": f"s3://{RESULTS_BUCKET}/conformance/results/",
        "s3_data_dir": f"s3://{RESULTS_BUCKET}/conformance/tables/",
        "threads": 4,
        "poll_interval": 0.1,
        "num_retries": 1,
    }


@pytest.fixture(scope="class")
def project_files(project_files: None, project_root: Any) -> None:
    translate(Path(project_root))


class IcebergTables:
    """Makes every table of the project an Iceberg table."""

    incremental_strategy = "merge"

    @pytest.fixture(scope="class")
    def project_files(self, project_files: None, project_root: Any) -> None:
        translate(Path(project_root), microseconds=True)

    @pytest.fixture(scope="class")
    def dbt_project_yml(self, dbt_project_yml: dict[str, Any], project_root: Any) -> dict[str, Any]:
        for kind in ("models", "snapshots"):
            dbt_project_yml.setdefault(kind, {})["+table_type"] = "iceberg"
        dbt_project_yml["models"]["+incremental_strategy"] = self.incremental_strategy
        (project_root / "dbt_project.yml").write_text(yaml.safe_dump(dbt_project_yml), "utf-8")
        return dbt_project_yml


class IcebergTablesWithoutKeys(IcebergTables):
    incremental_strategy = "append"


def _add(name: str, *bases: type) -> None:
    if reason(name) is None:
        test_class = "Test_" + name.replace(".", "_")
        globals()[test_class] = type(test_class, bases, {"__module__": __name__, "suite": name})


for _name, _suite in suites():
    _add(_name, _suite)
    if has_iceberg_variant(_name):
        _add(f"{_name}.iceberg", IcebergTablesWithoutKeys if _name.startswith("basic.") else IcebergTables, _suite)
