"""Views, which Trino and other Glue clients expect in different forms.

Trino stores a view with one column `dummy` and recognizes it by the comment "Presto View". On AWS a view has its real
columns, and any comment, for example from dbt's persist_docs.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from local_aws.engine.types import trino_to_hive


def with_real_columns(table_input: dict[str, Any]) -> dict[str, Any]:
    """A CreateTable or UpdateTable input with the columns of the view's definition."""
    definition = re.match(r"/\* Presto View: (\S+) \*/", table_input.get("ViewOriginalText") or "")
    storage = table_input.get("StorageDescriptor") or {}
    if not definition or [column["Name"] for column in storage.get("Columns", [])] != ["dummy"]:
        return table_input
    columns = json.loads(base64.b64decode(definition[1]))["columns"]
    real = [{"Name": column["name"], "Type": trino_to_hive(column["type"])} for column in columns]
    return table_input | {"StorageDescriptor": storage | {"Columns": real}}


def as_trino_expects(table: dict[str, Any]) -> dict[str, Any]:
    """The table with the comment by which Trino recognizes a view."""
    parameters = table.get("Parameters") or {}
    if table.get("TableType") != "VIRTUAL_VIEW" or parameters.get("presto_view") != "true":
        return table
    seen = table | {"Parameters": parameters | {"comment": "Presto View"}}
    seen.pop("Description", None)
    return seen
