"""The project on target athena_local: a bronze bucket filled from a lake, dbt in its own process, tables as rows."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingestion.lake.bronze_table import DATABASE, PREFIX, TABLE, bronze_table
from local_aws.athena_client import QueryResult, query
from local_aws.aws_client import AwsClient
from local_aws.launcher import Instance
from tests.athena.support import dbt_processes
from tests.athena.support.kill import Kill
from tests.support.paths import ROOT
from tests.support.warehouse import DbtError

BUCKET = "shoplake"
Row = tuple[Any, ...]


@functools.cache
def dbt_folder() -> Path:
    """One profiles.yml and one target folder for all warehouses: a project with equal variables is parsed once."""
    folder = Path(tempfile.mkdtemp(prefix="dbt-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copy(ROOT / "profiles.yml.example", folder / "profiles.yml")
    return folder


class AthenaWarehouse:
    """Bronze, silver and gold of one project on the emulated AWS.

    Parameters
    ----------
    start
        The first arrival date of bronze.
    """

    def __init__(self, instance: Instance, start: date) -> None:
        self.instance = instance
        self.aws = AwsClient(instance.endpoint)
        self.start = start
        self.project = ROOT
        # a killed run's lock is taken over by the next run under the same name
        self.owner = "tests"
        self.aws.create_bucket(BUCKET)
        self.empty()

    def empty(self) -> None:
        """Delete every object of bronze and every table that dbt built, and create the bronze table again."""
        self._uploaded: set[Path] = set()
        # other tests use this AWS as well: their databases stay
        for database in self._databases() & {DATABASE, "shoplake_silver", "shoplake_gold"}:
            for table in self.aws.call("glue", "GetTables", DatabaseName=database)["TableList"]:
                self.aws.call("glue", "DeleteTable", DatabaseName=database, Name=table["Name"])
            self.aws.call("glue", "DeleteDatabase", Name=database)
        while keys := self.aws.list_objects(BUCKET, PREFIX):
            for key in keys:
                self.aws.delete_object(BUCKET, key)
        self.aws.call("glue", "CreateDatabase", DatabaseInput={"Name": DATABASE})
        self.aws.call("glue", "CreateTable", DatabaseName=DATABASE, TableInput=bronze_table(BUCKET, self.start))

    def _databases(self) -> set[str]:
        return {found["Name"] for found in self.aws.call("glue", "GetDatabases")["DatabaseList"]}

    def add_bronze_column(self, name: str) -> None:
        """Add a text column to the bronze table, as a deployment with a new field does."""
        table = self.aws.call("glue", "GetTable", DatabaseName=DATABASE, Name=TABLE)["Table"]
        storage = table["StorageDescriptor"]
        storage["Columns"] = [*storage["Columns"], {"Name": name, "Type": "string"}]
        names = ("Name", "TableType", "PartitionKeys", "Parameters", "StorageDescriptor")
        self.aws.call("glue", "UpdateTable", DatabaseName=DATABASE, TableInput={name: table[name] for name in names})

    def upload(self, lake: Path) -> None:
        """Upload the lake's objects that are not in the bucket yet, under the same keys."""
        for path in sorted(lake.glob("bronze/events/dt=*/hour=*/*.gz")):
            if path not in self._uploaded:
                self.aws.put_object(BUCKET, str(path.relative_to(lake)), path.read_bytes())
                self._uploaded.add(path)

    @property
    def environment(self) -> dict[str, str]:
        return (
            os.environ
            | self.instance.environment
            | {
                "SHOPLAKE_TARGET": "athena_local",
                # those of a stack, which a developer may have exported
                "SHOPLAKE_BUCKET": BUCKET,
                "SHOPLAKE_SCHEMA": "shoplake",
                "SHOPLAKE_WORK_GROUP": "primary",
                "SHOPLAKE_BRONZE_DATABASE": DATABASE,
                "SHOPLAKE_RUN_OWNER": self.owner,
                "DO_NOT_TRACK": "1",
            }
        )

    def process(
        self, command: str, *arguments: str, kill: Kill | None = None, **variables: object
    ) -> subprocess.CompletedProcess[str]:
        """Run dbt in its own process, which may kill itself."""
        options = {
            "--project-dir": str(self.project),
            "--profiles-dir": str(dbt_folder()),
            "--target": "athena_local",
            "--target-path": str(dbt_folder() / f"target-{self.project.name}"),
            "--vars": json.dumps({"bronze_start": self.start.isoformat()} | variables),
        }
        return dbt_processes.run([*command.split(), *arguments], options, self.environment, kill)

    def dbt(self, command: str, *arguments: str, **variables: object) -> str:
        """Run dbt in its own process and return its output; DbtError if it fails."""
        done = self.process(command, *arguments, kill=None, **variables)
        if done.returncode:
            raise DbtError(done.stdout + done.stderr)
        return done.stdout

    def query(self, sql: str) -> QueryResult:
        return query(self.aws, sql, output_location=f"s3://{BUCKET}/athena-results/")

    def tables(self, schema: str) -> dict[str, list[tuple[str, str]]]:
        """Name and Hive type of every column, by table or view; empty if the schema does not exist."""
        if schema not in self._databases():
            return {}
        listed = self.aws.call("glue", "GetTables", DatabaseName=schema)["TableList"]
        return {
            table["Name"]: [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
            for table in listed
        }

    def rows(self, table: str) -> list[Row]:
        return self.values(f"select * from {table}")

    def values(self, sql: str) -> list[Row]:
        """The rows of a query, with Python's types."""
        result = self.query(sql)
        return [
            tuple(_value(text, type_name) for text, type_name in zip(row, result.types, strict=True))
            for row in result.rows[1:]
        ]


def _value(text: str | None, type_name: str) -> Any:
    if text is None:
        return None
    match type_name:
        case "bigint" | "integer":
            return int(text)
        case "decimal":
            return Decimal(text)
        case "double":
            return float(text)
        case "boolean":
            return text == "true"
        case "date":
            return date.fromisoformat(text)
        case "timestamp":
            return datetime.fromisoformat(text)
        case _:
            return text
