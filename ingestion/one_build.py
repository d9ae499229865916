"""The old name of the dbt-duckdb plugin `ingestion.warehouse.single_writer`, for a profiles.yml made before 0.2.

To be removed in 0.3.
"""

from __future__ import annotations

from ingestion.warehouse.single_writer import Plugin

__all__ = ["Plugin"]
