"""The test classes of dbt-tests-adapter, found by looking, so that a class of a newer release joins by itself."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import dbt.tests.adapter

# The families in which the kind of table decides what dbt does: once more with Iceberg tables.
_WITH_ICEBERG_TOO = {"basic", "empty", "incremental", "persist_docs", "relations", "simple_snapshot"}


def suites() -> Iterator[tuple[str, type]]:
    """Every class that brings tests and more than a name, as `family.Class`."""
    folder = Path(next(iter(dbt.tests.adapter.__path__)))
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        module = importlib.import_module(".".join(("dbt.tests.adapter", *parts)))
        for found in vars(module).values():
            if isinstance(found, type) and found.__module__ == module.__name__ and _is_suite(found):
                yield f"{parts[0]}.{found.__name__}", found


def has_iceberg_variant(name: str) -> bool:
    return name.split(".")[0] in _WITH_ICEBERG_TOO


def _is_suite(found: type) -> bool:
    """`class TestX(BaseX): pass` is how each adapter takes a base class; we take the base class itself."""
    has_tests = any(name.startswith("test") and callable(getattr(found, name)) for name in dir(found))
    has_a_body = any(not name.startswith("__") for name in vars(found))
    is_abstract = found.__name__.startswith("_")
    return has_tests and has_a_body and not is_abstract
