"""Conventions that dbt-bouncer cannot check (dbt-bouncer.yml has the others), on the project as dbt parses it."""

from __future__ import annotations

import re

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from tests.support.paths import ROOT
from tests.support.warehouse import Warehouse

# One word an area, the same wherever something belongs to one; at most eight models each, so a folder is easy to scan.
AREAS = {"events", "traffic", "sales", "products", "customers", "carts", "attribution", "operations"}
MOST_MODELS = 8


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    manifest = Warehouse(tmp_path_factory.mktemp("manifest"), variables={}).dbt("parse")
    assert isinstance(manifest, Manifest)
    return manifest


def models(manifest: Manifest) -> dict[str, ModelNode]:
    return {node.name: node for node in manifest.nodes.values() if isinstance(node, ModelNode)}


def test_the_ledger_is_built_after_every_other_model(manifest: Manifest) -> None:
    """It is the watermark: a model that came after it could be left behind by a killed run for good."""
    nodes = models(manifest)
    waiting, before = ["loads"], set()
    while waiting:
        for parent in nodes[waiting.pop()].depends_on.nodes:
            name = parent.split(".")[-1]
            if parent.startswith("model.") and name not in before:
                before.add(name)
                waiting.append(name)
    assert set(nodes) - {"loads"} == before


def test_incremental_models_merge_on_a_key_that_names_their_partition(manifest: Manifest) -> None:
    for name, node in models(manifest).items():
        if node.config.materialized == "incremental":
            partitions = node.config.extra.get("partitioned_by", [])
            assert node.config.incremental_strategy == "merge", name
            assert set(partitions) <= set(node.config.unique_key or []), f"{name}: no pruning without it"


def test_a_model_that_can_lose_groups_deletes_them_and_the_marker_is_no_key(manifest: Manifest) -> None:
    for name, node in models(manifest).items():
        deletes = node.config.extra.get("delete_condition")
        # the ledger loses an hour by the rows that arrivals has of it
        assert bool(deletes) == ("join_vanished_groups" in node.raw_code or name == "loads"), name
        if deletes:
            marker = re.fullmatch(r"src\.(\w+) is null", deletes)
            assert marker, name
            assert marker[1] not in (node.config.unique_key or []), name


def test_everything_belongs_to_an_area_and_no_area_is_crowded() -> None:
    for parent in ("models/silver", "models/gold", "analyses", "tests/singular"):
        for path in (ROOT / parent).rglob("*.sql"):
            area = path.relative_to(ROOT / parent).parts[0]
            assert area in AREAS, path
            assert path.parent == ROOT / parent / area, path
            if parent.startswith("models"):
                assert len(list(path.parent.glob("*.sql"))) <= MOST_MODELS, path.parent
                assert (path.parent / f"_{area}__models.yml").is_file(), path.parent


def test_differences_between_engines_are_in_their_folder_only() -> None:
    for path in [*ROOT.glob("models/**/*.sql"), *ROOT.glob("macros/**/*.sql"), *ROOT.glob("tests/**/*.sql")]:
        if "engines" not in path.parts:
            assert not re.search(r"\btarget\.|adapter\.dispatch|\bduckdb__|\bathena__", path.read_text()), path
    for path in ROOT.glob("models/**/*.sql"):
        assert not re.search(r"\b(adapter|dbt_utils)\.", path.read_text()), path


def test_every_macro_explains_itself_in_a_file_of_its_name() -> None:
    for path in ROOT.glob("macros/**/*.sql"):
        text = path.read_text()
        assert text.startswith("{# "), path
        assert re.search(rf"macro (default__|duckdb__)?{path.stem}\(", text), path


def test_every_macro_that_a_model_calls_lists_its_arguments_and_an_example(manifest: Manifest) -> None:
    for name, node in models(manifest).items():
        for macro in re.findall(r"\{\{-? *(\w+)\(|\*\*(\w+)\(", node.raw_code):
            called = macro[0] or macro[1]
            paths = [*ROOT.glob(f"macros/*/{called}.sql")]
            if not paths or paths[0].parent.name in {"definitions", "guards", "run_state"}:
                continue
            for heading in ("Arguments", "Example", "renders to"):
                assert heading in paths[0].read_text(), f"{called}, which {name} calls, lacks {heading}"


def test_hooks_guard_and_keep_the_run_state_and_bodies_do_not(manifest: Manifest) -> None:
    """A body is also rendered when dbt compiles or documents; only a hook knows that the model is being built."""
    hooks = {
        path.stem for folder in ("definitions", "guards", "run_state") for path in ROOT.glob(f"macros/{folder}/*.sql")
    }
    for name, node in models(manifest).items():
        body = re.sub(r'"\{\{ \w+\(\) \}\}"', "", node.raw_code)
        assert not hooks & set(re.findall(r"(\w+)\(", body)), name


def test_every_model_says_in_its_first_line_what_a_row_is(manifest: Manifest) -> None:
    for name, node in models(manifest).items():
        assert node.raw_code.startswith("{# One row per "), name


def test_the_gold_tables_of_the_interface_exist(manifest: Manifest) -> None:
    gold = {name for name, node in models(manifest).items() if node.config.schema == "gold"}
    assert gold >= {
        "product_funnel",
        "hourly_revenue",
        "product_popularity",
        "category_daily_performance",
        "daily_user_activity",
        "transactions",
        "clickstream_events",
    }
