"""Hive DDL, which Athena runs as changes of the Glue catalog, without the query engine."""

from __future__ import annotations

from typing import Any, Final

from local_aws.aws_client import AwsClient, AwsError
from local_aws.engine.errors import StatementError
from local_aws.engine.plan import (
    Action,
    AddPartitions,
    AlterDatabase,
    ChangePartition,
    CreateDatabase,
    CreateTable,
    DropDatabase,
    DropPartitions,
    EditTable,
    Partition,
    Table,
)

# the fields of GetPartition and GetTable that an update accepts
_PARTITION_INPUT: Final = ("Values", "LastAccessTime", "StorageDescriptor", "Parameters")
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
            found = self.table(table)
        except AwsError:
            return False
        return str(found.get("Parameters", {}).get("table_type", "")).upper() == "ICEBERG"

    def table(self, table: Table) -> dict[str, Any]:
        found: dict[str, Any] = self._aws.call("glue", "GetTable", DatabaseName=table.database, Name=table.name)[
            "Table"
        ]
        return found

    def tables(self, database: str) -> list[dict[str, Any]]:
        return self._aws.pages("glue", "GetTables", "TableList", DatabaseName=database)

    def databases(self) -> list[str]:
        return [found["Name"] for found in self._aws.pages("glue", "GetDatabases", "DatabaseList")]

    def partitions(self, table: Table) -> list[dict[str, Any]]:
        return self._aws.pages("glue", "GetPartitions", "Partitions", DatabaseName=table.database, TableName=table.name)

    def drop_table(self, table: Table) -> None:
        self._aws.call("glue", "DeleteTable", DatabaseName=table.database, Name=table.name)

    def apply(self, action: Action) -> None:
        """Change the catalog.

        Raises
        ------
        StatementError
            The object exists already, or does not exist.
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
                case AlterDatabase():
                    self._alter_database(action)
                case AddPartitions():
                    self._add_partitions(action)
                case DropPartitions():
                    self._drop_partitions(action)
                case ChangePartition():
                    self._change_partition(action)
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
            tables = self.tables(action.name)
        except AwsError as error:
            if error.code == "EntityNotFoundException" and action.if_exists:
                return
            raise
        if tables and not action.cascade:
            raise StatementError("SCHEMA_NOT_EMPTY", f"Cannot drop non-empty schema '{action.name}'")
        for table in tables:
            self.drop_table(Table(action.name, table["Name"]))
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
        found = self.table(action.table)
        table = {name: value for name, value in found.items() if name in _TABLE_INPUT}
        table["Parameters"] = table.get("Parameters", {}) | action.parameters
        columns = table["StorageDescriptor"]["Columns"]
        if action.replace_columns is not None:
            columns = action.replace_columns
        table["StorageDescriptor"]["Columns"] = columns + action.add_columns
        if action.location is not None:
            table["StorageDescriptor"]["Location"] = action.location
        self._aws.call(
            "glue",
            "UpdateTable",
            DatabaseName=action.table.database,
            TableInput=table,
            VersionId=found["VersionId"],
            SkipArchive=True,
        )

    def _alter_database(self, action: AlterDatabase) -> None:
        found = self._aws.call("glue", "GetDatabase", Name=action.name)["Database"]
        kept = {name: found[name] for name in ("Description", "LocationUri") if name in found}
        parameters = found.get("Parameters", {}) | action.properties
        database = {"Name": action.name, "Parameters": parameters} | kept
        self._aws.call("glue", "UpdateDatabase", Name=action.name, DatabaseInput=database)

    def _add_partitions(self, action: AddPartitions) -> None:
        table = self.table(action.table)
        for partition, location in action.added:
            values = _values(table, partition)
            storage = dict(table["StorageDescriptor"])
            parts = (f"{key['Name']}={value}" for key, value in zip(table["PartitionKeys"], values, strict=True))
            storage["Location"] = location or "/".join((storage["Location"].rstrip("/"), *parts)) + "/"
            try:
                self._write_partition(action.table, {"Values": values, "StorageDescriptor": storage})
            except AwsError as error:
                if error.code != "AlreadyExistsException" or not action.if_not_exists:
                    raise

    def _drop_partitions(self, action: DropPartitions) -> None:
        table = self.table(action.table)
        keys = [key["Name"] for key in table["PartitionKeys"]]
        stored = [partition["Values"] for partition in self.partitions(action.table)]
        for dropped in action.dropped:
            if not dropped.keys() <= set(keys):
                raise _no_such_keys(dropped)
            found = [values for values in stored if dropped.items() <= dict(zip(keys, values, strict=True)).items()]
            if not found and not action.if_exists:
                raise StatementError("FAILED", f"SemanticException [Error 10006]: Partition not found {dropped}")
            for values in found:
                self._delete_partition(action.table, values)

    def _change_partition(self, action: ChangePartition) -> None:
        table = self.table(action.table)
        values = _values(table, action.partition)
        found = next((one for one in self.partitions(action.table) if one["Values"] == values), None)
        if found is None:
            raise StatementError("FAILED", f"SemanticException [Error 10006]: Partition not found {action.partition}")
        changed = {name: value for name, value in found.items() if name in _PARTITION_INPUT}
        if action.to is not None:
            changed["Values"] = _values(table, action.to)
        if action.location is not None:
            changed["StorageDescriptor"] = changed["StorageDescriptor"] | {"Location": action.location}
        self._delete_partition(action.table, values)
        self._write_partition(action.table, changed)

    def _write_partition(self, table: Table, partition: dict[str, Any]) -> None:
        self._aws.call(
            "glue", "CreatePartition", DatabaseName=table.database, TableName=table.name, PartitionInput=partition
        )

    def _delete_partition(self, table: Table, values: list[str]) -> None:
        self._aws.call(
            "glue", "DeletePartition", DatabaseName=table.database, TableName=table.name, PartitionValues=values
        )


def _values(table: dict[str, Any], partition: Partition) -> list[str]:
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    if sorted(keys) != sorted(partition):
        raise _no_such_keys(partition)
    return [partition[key] for key in keys]


def _no_such_keys(partition: Partition) -> StatementError:
    return StatementError("FAILED", f"SemanticException partition spec {partition} does not have the table's keys")
