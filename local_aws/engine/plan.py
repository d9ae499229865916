"""The plan of a statement: Trino statements, or changes of the Glue catalog for Hive DDL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from local_aws.engine.tokens import literal, quoted_name

CATALOG = "awsdatacatalog"
# the same Glue tables through the Iceberg connector; needed only to create or rename an Iceberg table
ICEBERG_CATALOG = "iceberg"

StatementType = Literal["DML", "DDL", "UTILITY"]


class Table(NamedTuple):
    """The name of a table or view; empty if only the database matters."""

    database: str
    name: str


@dataclass(frozen=True, slots=True)
class CreateDatabase:
    database: dict[str, Any]
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class DropDatabase:
    name: str
    if_exists: bool
    cascade: bool


@dataclass(frozen=True, slots=True)
class CreateTable:
    database: str
    table: dict[str, Any]
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class EditTable:
    """Parameters to set, columns to append, columns that replace the present ones, or a new location."""

    table: Table
    parameters: dict[str, str] = field(default_factory=dict)
    add_columns: list[dict[str, str]] = field(default_factory=list)
    replace_columns: list[dict[str, str]] | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Vacuum:
    table: Table


Partition = dict[str, str]


@dataclass(frozen=True, slots=True)
class AlterDatabase:
    name: str
    properties: dict[str, str]


@dataclass(frozen=True, slots=True)
class AddPartitions:
    """Partitions to add, each with its location or None."""

    table: Table
    added: list[tuple[Partition, str | None]]
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class DropPartitions:
    table: Table
    dropped: list[Partition]
    if_exists: bool


@dataclass(frozen=True, slots=True)
class ChangePartition:
    """A partition that gets new values or a new location."""

    table: Table
    partition: Partition
    to: Partition | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Unload:
    """A query whose rows are written to a location, through a temporary Hive table with these `properties`."""

    location: str
    properties: str
    query: str
    may_hold_data: bool


@dataclass(frozen=True, slots=True)
class Show:
    """A statement answered from the catalog about `table`; `pattern` is a Hive pattern (* and |)."""

    what: str
    table: Table
    pattern: str | None = None


Action = (
    CreateDatabase | AlterDatabase | DropDatabase | CreateTable | EditTable | AddPartitions | DropPartitions
    | ChangePartition | Vacuum | Unload | Show
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one statement.

    Attributes
    ----------
    statements
        Trino SQL, in this order.
    session
        Trino session properties, named `catalog.property`.
    iceberg_body
        The query of an Iceberg CTAS, whose column types are checked.
    location
        Location of a Hive CTAS; None means below the query's output location.
    writes_hive_files
        Whether Athena writes a manifest of the written files.
    """

    statement_type: StatementType
    substatement: str
    statements: tuple[str, ...] = ()
    action: Action | None = None
    session: dict[str, str] = field(default_factory=dict)
    iceberg_body: str | None = None
    location: str | None = None
    writes_hive_files: bool = False

    @property
    def needs_location(self) -> bool:
        return self.writes_hive_files and self.location is None


def trino_name(table: Table, *, iceberg: bool = False) -> str:
    return quoted_name([ICEBERG_CATALOG if iceberg else CATALOG, *table])


def trino_map(values: dict[str, str]) -> str:
    names, texts = ", ".join(map(literal, values)), ", ".join(map(literal, values.values()))
    return f"MAP(ARRAY[{names}], ARRAY[{texts}])"
