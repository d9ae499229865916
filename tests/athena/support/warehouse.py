"""The project on target athena_local: a bronze bucket filled from a lake, dbt as its users run it, tables as rows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingestion.lake.bronze_table import DATABASE, PREFIX, bronze_table
from local_aws.athena_client import QueryResult, query
from local_aws.aws_client import AwsClient
from local_aws.launcher import Instance
from tests.support.paths import ROOT
from tests.support.warehouse import DbtError

BUCKET = "shoplake"
DBT = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
Row = tuple[Any, ...]


class AthenaWarehouse:
    """Bronze, silver and gold of one project on the emulated AWS; `start` is bronze's first arrival date."""

    def __init__(self, instance: Instance, folder: Path, start: date) -> None:
        self.instance = instance
        self.aws = AwsClient(instance.endpoint)
        self.folder = folder
        self.start = start
        self.project = ROOT
        (folder / "profiles").mkdir(parents=True)
        shutil.copy(ROOT / "profiles.yml.example", folder / "profiles" / "profiles.yml")
        self.aws.create_bucket(BUCKET)
        self.empty()

    def empty(self) -> None:
        """Back to a bronze table without objects, and nothing that dbt built of it."""
        self._uploaded: set[Path] = set()
        listed = {found["Name"] for found in self.aws.call("glue", "GetDatabases")["DatabaseList"]}
        # others on this AWS keep what is theirs
        for database in listed & {DATABASE, "shoplake_silver", "shoplake_gold"}:
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

    def upload(self, lake: Path) -> None:
        """Put the lake's objects that are not there yet, under the same keys."""
        for path in sorted(lake.glob("bronze/events/dt=*/hour=*/*.gz")):
            if path not in self._uploaded:
                self.aws.put_object(BUCKET, str(path.relative_to(lake)), path.read_bytes())
                self._uploaded.add(path)

    @property
    def environment(self) -> dict[str, str]:
        return self.instance.environment | {"SHOPLAKE_TARGET": "athena_local", "DO_NOT_TRACK": "1"}

    def arguments(self, command: str, *arguments: str, **variables: object) -> list[str]:
        """The dbt command line, for this process or one of its own."""
        return [
            "--no-use-colors", "--log-level-file", "none", *command.split(), *arguments,
            "--project-dir", str(self.project), "--profiles-dir", str(self.folder / "profiles"),
            "--target", "athena_local", "--target-path", str(self.folder / "target"),
            "--vars", json.dumps({"bronze_start": self.start.isoformat()} | variables),
        ]  # fmt: skip

    def process(self, *command_line: str) -> subprocess.CompletedProcess[str]:
        """A process as dbt's users start it, to its end."""
        environment = os.environ | self.environment
        return subprocess.run(command_line, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    def dbt(self, command: str, *arguments: str, **variables: object) -> str:
        """Run dbt in a process of its own; what it said, or DbtError."""
        done = self.process(*DBT, *self.arguments(command, *arguments, **variables))
        if done.returncode:
            raise DbtError(done.stdout + done.stderr)
        return done.stdout

    def query(self, sql: str) -> QueryResult:
        return query(self.aws, sql, output_location=f"s3://{BUCKET}/athena-results/")

    def tables(self, schema: str) -> dict[str, list[tuple[str, str]]]:
        """Name and Hive type of every column, by table or view; none of a schema that is not there."""
        if schema not in self._databases():
            return {}
        listed = self.aws.call("glue", "GetTables", DatabaseName=schema)["TableList"]
        return {
            table["Name"]: [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
            for table in listed
        }

    def rows(self, table: str) -> list[Row]:
        result = self.query(f"select * from {table}")
        return [tuple(_value(text, of) for text, of in zip(row, result.types, strict=True)) for row in result.rows[1:]]


def _value(text: str | None, of: str) -> Any:
    if text is None:
        return None
    match of:
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
