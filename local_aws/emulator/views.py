"""Views, which Athena's engine and every other client of Glue see differently.

Trino stores a view with one column `dummy` and knows it again by the comment "Presto View". On AWS the columns are real
ones, and the comment may be anything, as dbt's persist_docs makes it.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from local_aws.engine.types import trino_to_hive


def with_real_columns(table_input: dict[str, Any]) -> dict[str, Any]:
    """A CreateTable or UpdateTable input whose view columns are those of the view's own definition."""
    definition = re.match(r"/\* Presto View: (\S+) \*/", table_input.get("ViewOriginalText") or "")
    storage = table_input.get("StorageDescriptor") or {}
    if not definition or [column["Name"] for column in storage.get("Columns", [])] != ["dummy"]:
        return table_input
    columns = json.loads(base64.b64decode(definition[1]))["columns"]
    real = [{"Name": column["name"], "Type": trino_to_hive(column["type"])} for column in columns]
    return table_input | {"StorageDescriptor": storage | {"Columns": real}}


def as_trino_expects(table: dict[str, Any]) -> dict[str, Any]:
    """The table as Trino has to see it to know a view again."""
    parameters = table.get("Parameters") or {}
    if table.get("TableType") != "VIRTUAL_VIEW" or parameters.get("presto_view") != "true":
        return table
    seen = table | {"Parameters": parameters | {"comment": "Presto View"}}
    seen.pop("Description", None)
    return seen
