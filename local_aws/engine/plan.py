"""What a statement becomes: Trino statements, or an edit of the Glue catalog, which is where Athena runs Hive DDL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from local_aws.engine.tokens import literal, quoted_name

CATALOG = "awsdatacatalog"
# the same Glue tables through the Iceberg connector: only creating and renaming an Iceberg table must name it
ICEBERG_CATALOG = "iceberg"

StatementType = Literal["DML", "DDL", "UTILITY"]
Table = tuple[str, str]


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
    """Parameters to set, columns to append, or columns to put in place of the present ones."""

    table: Table
    parameters: dict[str, str] = field(default_factory=dict)
    add_columns: list[dict[str, str]] = field(default_factory=list)
    replace_columns: list[dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Vacuum:
    table: Table


Action = CreateDatabase | DropDatabase | CreateTable | EditTable | Vacuum


@dataclass(frozen=True, slots=True)
class Plan:
    """How one statement runs.

    Attributes
    ----------
    statements
        Trino SQL, run in this order.
    session
        Trino session properties, by `catalog.property`.
    iceberg_body
        The query of an Iceberg CTAS, whose column types Athena must be able to store.
    needs_location
        A Hive CTAS that names no location: Athena puts it under the query's output location.
    """

    statement_type: StatementType
    substatement: str
    statements: tuple[str, ...] = ()
    action: Action | None = None
    session: dict[str, str] = field(default_factory=dict)
    iceberg_body: str | None = None
    needs_location: bool = False

    @property
    def returns_rows(self) -> bool:
        return self.statement_type == "UTILITY" or self.substatement == "SELECT"


def trino_name(table: Table, *, iceberg: bool = False) -> str:
    return quoted_name([ICEBERG_CATALOG if iceberg else CATALOG, *table])


def trino_map(values: dict[str, str]) -> str:
    names, texts = ", ".join(map(literal, values)), ", ".join(map(literal, values.values()))
    return f"MAP(ARRAY[{names}], ARRAY[{texts}])"
