from __future__ import annotations

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from tests.support.warehouse import Warehouse


@pytest.fixture(scope="session", params=["objects", "hours"])
def law_warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse per way of finding new arrivals: DuckDB's own, and the window by hours that Athena has."""
    return Warehouse(tmp_path_factory.mktemp(request.param), variables={"bronze_window": request.param})


@pytest.fixture
def warehouse(law_warehouse: Warehouse) -> Warehouse:
    law_warehouse.empty()
    return law_warehouse


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All models, parents before children."""
    manifest = Warehouse(tmp_path_factory.mktemp("graph"), variables={}).dbt("parse")
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
