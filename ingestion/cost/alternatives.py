"""The same load with one choice made differently, to show what each choice costs or saves."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ingestion.cost.model import Load, unpacked

_THIRD_YEAR_MONTHS: Final = 25
BUILDS_PER_DAY: Final = {"daily": 1, "hourly": 24, "5min": 288}


def alternatives(load: Load) -> dict[str, Load]:
    """Return the alternatives to a load, by description."""
    return {
        "one line per record (not packed)": unpacked(load),
        "an object a minute (BufferSeconds=60)": replace(load, buffer_s=60),
        "with S3's request metrics (RequestMetrics=yes)": replace(load, request_metrics=True),
        "with a dashboard (MakeDashboard=yes)": replace(load, dashboard=True),
        "in its third year, the key rotated twice": replace(load, months=_THIRD_YEAR_MONTHS),
    } | {
        f"dbt builds {schedule}": replace(load, builds=builds)
        for schedule, builds in BUILDS_PER_DAY.items()
        if builds != load.builds
    }
