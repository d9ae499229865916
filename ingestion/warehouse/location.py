"""How the text of --warehouse and SHOPLAKE_WAREHOUSE becomes a file: one reading for every command and for builds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ingestion.errors import UserError
from ingestion.lake.location import local_path

WAREHOUSE_VARIABLE: Final = "SHOPLAKE_WAREHOUSE"
DEFAULT_WAREHOUSE: Final = Path("warehouse.duckdb")
# DuckDB takes \ for /, and puts its log of changes elsewhere if there is a ?. DuckDB and dbt-duckdb call the catalog of
# a file with the others by different names.
_cannot_stand: Final = re.compile(r"[\\?#;\x00-\x1f\x7f]|[\ud800-\udfff]").search


def warehouse_file(text: str | Path | None) -> Path:
    """Return the DuckDB file that a text names; it need not exist yet. No text is the default, `warehouse.duckdb`.

    Raises
    ------
    UserError
        The text is an address, names the home of nobody, or has a character that DuckDB cannot take in a file's path.
    """
    file = local_path(text, DEFAULT_WAREHOUSE, "the warehouse", WAREHOUSE_VARIABLE)
    if found := _cannot_stand(str(file.absolute())):
        raise UserError(
            f"the warehouse {file.absolute()} has {found[0]!a} in its path, which DuckDB cannot take: "
            f"set {WAREHOUSE_VARIABLE} to another path"
        )
    return file
