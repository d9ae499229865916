"""The former path of the dbt-duckdb plugin `ingestion.warehouse.single_writer`, for a profiles.yml made before 0.2.

To be removed in 0.3.
"""

from __future__ import annotations

from typing import Any

from dbt.adapters.events.logging import AdapterLogger

from ingestion.warehouse import single_writer


class Plugin(single_writer.Plugin):
    """The plugin, and a notice that its path has changed."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        super().initialize(plugin_config)
        AdapterLogger("Shoplake").warning(
            "profiles.yml names the plugin ingestion.one_build, which 0.3 removes: change it to "
            "ingestion.warehouse.single_writer"
        )
