from __future__ import annotations

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from tests.support.warehouse import Warehouse


@pytest.fixture(scope="session")
def warehouses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Warehouse]:
    """One warehouse per way to find new arrivals: DuckDB lists objects; Athena has only the window by hours."""
    return {
        window: Warehouse(tmp_path_factory.mktemp(window), variables={"bronze_window": window})
        for window in ("objects", "hours")
    }


@pytest.fixture(params=["objects", "hours"])
def warehouse(warehouses: dict[str, Warehouse], request: pytest.FixtureRequest) -> Warehouse:
    warehouse = warehouses[request.param]
    warehouse.empty()
    return warehouse


@pytest.fixture(scope="session")
def models(warehouses: dict[str, Warehouse]) -> list[str]:
    """All models, parents before children."""
    manifest = warehouses["objects"].dbt("parse")
    assert isinstance(manifest, Manifest)
    parents = {
        node.name: {parent.split(".")[-1] for parent in node.depends_on.nodes if parent.startswith("model.")}
        for node in manifest.nodes.values()
        if isinstance(node, ModelNode)
    }
    ordered: list[str] = []
    while len(ordered) < len(parents):
        ordered += sorted(m for m in parents if m not in ordered and parents[m] <= set(ordered))
    return ordered
