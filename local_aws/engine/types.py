"""Names of types: Hive's in Glue, Trino's in SQL, Athena's in results."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from local_aws.engine.errors import AthenaSyntaxError, StatementError

_HIVE_TO_TRINO: Final = {
    "string": "varchar",
    "int": "integer",
    "float": "real",
    "binary": "varbinary",
    "timestamp": "timestamp(6)",
}
_TRINO_TO_HIVE: Final = {
    "integer": "int",
    "real": "float",
    "varbinary": "binary",
    "json": "string",
    "varchar": "string",
}
_USER_GUIDE: Final = "https://docs.aws.amazon.com/athena/latest/ug/"
# types in DDL. Source: Athena user guide, "Data types in Amazon Athena"
_DDL_TYPE: Final = re.compile(
    r"boolean|tinyint|smallint|int|integer|bigint|float|double|string|binary|date|timestamp|(?:var)?char\(\s*\d+\s*\)"
    r"|decimal(?:\(\s*\d+\s*(?:,\s*\d+\s*)?\))?"
)
_NOT_IN_ICEBERG: Final = ("tinyint", "smallint", "char")
_PRECISIONS: Final = {
    "varchar": 2_147_483_647,
    "integer": 10,
    "bigint": 19,
    "smallint": 5,
    "tinyint": 3,
    "double": 17,
    "float": 17,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "time": 3,
    "varbinary": 1_073_741_824,
}


def check_columns(columns: Iterable[dict[str, str]], *, iceberg: bool = False) -> None:
    """Reject types that Athena's DDL or Iceberg tables lack. Trino would fail later, or convert them.

    Raises
    ------
    StatementError
        The message names the page that documents it.
    """
    for column in columns:
        _check_type(column["Name"], column["Type"], iceberg=iceberg)


def _check_type(name: str, hive: str, *, iceberg: bool) -> None:
    nested = re.fullmatch(r"(array|map|struct)\s*<(.*)>", hive.strip(), re.DOTALL)
    if nested:
        for part in _split(nested[2]):
            _check_type(name, part.partition(":")[2] if nested[1] == "struct" else part, iceberg=iceberg)
        return
    type_name = hive.strip()
    if not _DDL_TYPE.fullmatch(type_name):
        raise AthenaSyntaxError(
            f"column '{name}': '{type_name}' is not a type of Athena's DDL ({_USER_GUIDE}data-types.html)"
        )
    if iceberg and type_name.split("(")[0].strip() in _NOT_IN_ICEBERG:
        raise StatementError("NOT_SUPPORTED", not_in_iceberg(type_name))


def not_in_iceberg(type_name: str) -> str:
    return f"Type not supported for Iceberg: {type_name} ({_USER_GUIDE}querying-iceberg-supported-data-types.html)"


def hive_to_trino(hive: str) -> str:
    """`struct<a:int>` to `row("a" integer)`. A Hive timestamp becomes timestamp(6), which is what Iceberg stores."""
    hive = hive.strip()
    nested = re.fullmatch(r"(array|map|struct)\s*<(.*)>", hive, re.DOTALL | re.IGNORECASE)
    if not nested:
        return _HIVE_TO_TRINO.get(hive.lower(), hive)
    kind, parts = nested[1].lower(), _split(nested[2])
    if kind != "struct":
        return f"{kind}({', '.join(map(hive_to_trino, parts))})"
    fields = [part.split(":", 1) for part in parts]
    return "row(" + ", ".join(f'"{name.strip()}" {hive_to_trino(hive_type)}' for name, hive_type in fields) + ")"


def trino_to_hive(trino: str) -> str:
    """`row(a integer)` to `struct<a:int>`."""
    trino = trino.strip()
    nested = re.fullmatch(r"(array|map|row)\((.*)\)", trino, re.DOTALL)
    if not nested:
        if trino.startswith("timestamp"):
            return "timestamp"
        return _TRINO_TO_HIVE.get(trino, trino)
    kind, parts = nested[1], _split(nested[2])
    if kind != "row":
        return f"{kind}<{','.join(map(trino_to_hive, parts))}>"
    fields = [re.fullmatch(r'(?:"([^"]*)"|(\w+))\s+(.*)', part, re.DOTALL) for part in parts]
    return "struct<" + ",".join(f"{f[1] or f[2]}:{trino_to_hive(f[3])}" for f in fields if f) + ">"


def athena_type(trino: str) -> tuple[str, int, int]:
    """Trino's type of a result column to Athena's name, precision and scale in ColumnInfo.

    The precision of a time is always 3, as measured by the project athena-local (docs/api.md).
    """
    sized = re.fullmatch(r"(\w+)\(([^()]*)\)( with time zone)?", trino)
    if sized:
        name = sized[1] + (sized[3] or "")
        numbers = [int(number) for number in sized[2].split(",") if number.strip().isdigit()]
        if name == "decimal":
            return name, numbers[0], numbers[1]
        return name, _PRECISIONS.get(name, 0) if name not in {"varchar", "char"} else numbers[0], 0
    name = trino.split("(")[0].strip()
    name = {"real": "float"}.get(name, name)
    return name, _PRECISIONS.get(name, 0), 0


def _split(text: str) -> list[str]:
    """Split at the commas that stand outside brackets and quotes."""
    parts = [""]
    depth = 0
    in_quotes = False
    for character in text:
        if character == '"':
            in_quotes = not in_quotes
        if not in_quotes:
            depth += (character in "<(") - (character in ">)")
            if character == "," and depth == 0:
                parts.append("")
                continue
        parts[-1] += character
    return [part.strip() for part in parts]
