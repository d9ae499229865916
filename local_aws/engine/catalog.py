"""Hive DDL as Athena runs it: an edit of the Glue catalog, without the query engine."""

from __future__ import annotations

from typing import Any, Final

from local_aws.aws_client import AwsClient, AwsError
from local_aws.engine.errors import StatementError
from local_aws.engine.plan import Action, CreateDatabase, CreateTable, DropDatabase, EditTable, Table

# what GetTable returns that UpdateTable takes back
_TABLE_INPUT: Final = (
    "Name", "Description", "Owner", "LastAccessTime", "Retention", "StorageDescriptor", "PartitionKeys",
    "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters",
)  # fmt: skip


class Catalog:
    """Databases and tables of the Glue catalog."""

    def __init__(self, aws: AwsClient) -> None:
        self._aws = aws

    def is_iceberg(self, table: Table) -> bool:
        try:
            found = self._get(table)
        except AwsError:
            return False
        return str(found.get("Parameters", {}).get("table_type", "")).upper() == "ICEBERG"

    def apply(self, action: Action) -> None:
        """Carry out an edit.

        Raises
        ------
        StatementError
            What it names is there already, or is not there.
        """
        try:
            match action:
                case CreateDatabase():
                    self._create_database(action)
                case DropDatabase():
                    self._drop_database(action)
                case CreateTable():
                    self._create_table(action)
                case EditTable():
                    self._edit(action)
        except AwsError as error:
            raise StatementError("FAILED", f"SemanticException {error.message}") from None

    def _create_database(self, action: CreateDatabase) -> None:
        try:
            self._aws.call("glue", "CreateDatabase", DatabaseInput=action.database)
        except AwsError as error:
            if error.code != "AlreadyExistsException" or not action.if_not_exists:
                raise

    def _drop_database(self, action: DropDatabase) -> None:
        try:
            tables = self._aws.call("glue", "GetTables", DatabaseName=action.name)["TableList"]
        except AwsError as error:
            if error.code == "EntityNotFoundException" and action.if_exists:
                return
            raise
        if tables and not action.cascade:
            raise StatementError("SCHEMA_NOT_EMPTY", f"Cannot drop non-empty schema '{action.name}'")
        for table in tables:
            self._aws.call("glue", "DeleteTable", DatabaseName=action.name, Name=table["Name"])
        self._aws.call("glue", "DeleteDatabase", Name=action.name)

    def _create_table(self, action: CreateTable) -> None:
        try:
            self._aws.call("glue", "CreateTable", DatabaseName=action.database, TableInput=action.table)
        except AwsError as error:
            if error.code != "AlreadyExistsException":
                raise
            if not action.if_not_exists:
                name = f"{action.database}.{action.table['Name']}"
                raise StatementError("ALREADY_EXISTS", f"Table {name} already exists") from None

    def _edit(self, action: EditTable) -> None:
        found = self._get(action.table)
        table = {name: value for name, value in found.items() if name in _TABLE_INPUT}
        table["Parameters"] = table.get("Parameters", {}) | action.parameters
        columns = table["StorageDescriptor"]["Columns"]
        if action.replace_columns is not None:
            columns = action.replace_columns
        table["StorageDescriptor"]["Columns"] = columns + action.add_columns
        self._aws.call(
            "glue",
            "UpdateTable",
            DatabaseName=action.table[0],
            TableInput=table,
            VersionId=found["VersionId"],
            SkipArchive=True,
        )

    def _get(self, table: Table) -> dict[str, Any]:
        found: dict[str, Any] = self._aws.call("glue", "GetTable", DatabaseName=table[0], Name=table[1])["Table"]
        return found
