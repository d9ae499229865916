"""The folder of the dbt project: the clone that Shoplake was installed from, or another one that is worked in."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
_ANALYSIS: Final = "analyses/sales/shop_totals.sql"


def current_project() -> Path:
    """Return the clone that the current folder belongs to, else the one that Shoplake was installed from."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "dbt_project.yml").is_file() and (folder / _ANALYSIS).is_file():
            return folder
    return PROJECT
