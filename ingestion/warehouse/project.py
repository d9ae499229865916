"""The folder of the dbt project: the root of the clone that Shoplake was installed from."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
