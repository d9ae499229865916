"""Finds the test classes of dbt-tests-adapter, so that a new class of a later release is included automatically."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import dbt.tests.adapter

# families whose behavior depends on the table type: they run again with Iceberg tables
_ALSO_ON_ICEBERG = {"basic", "empty", "incremental", "persist_docs", "relations", "simple_snapshot"}


def suites() -> Iterator[tuple[str, type]]:
    """Every class with tests and a body, named `family.Class`."""
    folder = Path(next(iter(dbt.tests.adapter.__path__)))
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        module = importlib.import_module(".".join(("dbt.tests.adapter", *parts)))
        for found in vars(module).values():
            if isinstance(found, type) and found.__module__ == module.__name__ and _is_suite(found):
                yield f"{parts[0]}.{found.__name__}", found


def has_iceberg_variant(name: str) -> bool:
    return name.split(".")[0] in _ALSO_ON_ICEBERG


def _is_suite(found: type) -> bool:
    """Whether to run a class: adapters define `class TestX(BaseX): pass`, we run the base class itself."""
    has_tests = any(name.startswith("test") and callable(getattr(found, name)) for name in dir(found))
    has_a_body = any(not name.startswith("__") for name in vars(found))
    is_abstract = found.__name__.startswith("_")
    return has_tests and has_a_body and not is_abstract
