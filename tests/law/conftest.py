from __future__ import annotations

from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from tests.law.cases import event, put
from tests.law.versions import EDITS, copy_of_the_project
from tests.support.paths import ROOT
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


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("versions")
    return {"today": ROOT} | {name: copy_of_the_project(folder / name, *edits) for name, edits in EDITS.items()}


@pytest.fixture
def shop(warehouses: dict[str, Warehouse], monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Three days of events, built, and one event that no run has read."""
    warehouse = warehouses["objects"]
    monkeypatch.setattr(warehouse, "project", ROOT)
    monkeypatch.setattr(warehouse, "schema", "shoplake")
    warehouse.empty()
    for hour in (0, 30, 60):
        put(warehouse, hour, event(f"a{hour}", hour), event(f"b{hour}", hour, event_type="refund", price="4.00"))
    warehouse.dbt("run")
    put(warehouse, 61, event("late", 61))
    return warehouse
