"""The options --lake and --warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingestion.lake.location import LAKE_VARIABLE, lake_folder
from ingestion.warehouse.location import WAREHOUSE_VARIABLE, warehouse_file

LakeOption = Annotated[
    Path,
    typer.Option("--lake", help="Directory of the lake.", envvar=LAKE_VARIABLE, parser=lake_folder, metavar="PATH"),
]
WarehouseOption = Annotated[
    Path,
    typer.Option(
        "--warehouse",
        help="The local warehouse: the DuckDB file that `dbt build` filled.",
        envvar=WAREHOUSE_VARIABLE,
        parser=warehouse_file,
        metavar="PATH",
    ),
]
