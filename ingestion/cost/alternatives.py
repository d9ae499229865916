"""The same load with one choice made differently, to show what each choice costs or saves."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ingestion.cost.model import Load, unpacked

BUILDS_PER_DAY: Final = {"daily": 1, "hourly": 24, "5min": 288}


def alternatives(load: Load) -> dict[str, Load]:
    """Return the alternatives to a load, by description."""
    return {
        "one line per record (not packed)": unpacked(load),
        "an object every 5 minutes (BufferSeconds=300)": replace(load, buffer_s=300),
        "without S3's request metrics": replace(load, request_metrics=False),
    } | {
        f"dbt builds {schedule}": replace(load, builds=builds)
        for schedule, builds in BUILDS_PER_DAY.items()
        if builds != load.builds
    }
