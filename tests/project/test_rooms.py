"""Each folder of `ingestion` is a room: what it may import is said in its docstring and checked here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

INGESTION = ROOT / "ingestion"
ROOT_MODULES = {"errors", "event", "gunzip"}
# the former name of a dbt-duckdb plugin, which an older profiles.yml may still load
FORMER_NAMES = {"one_build"}
MAY_IMPORT = {
    "door": set(),
    "replay": {"door", "lake"},
    "lake": set(),
    "firehose": {"door"},
    "simulator": {"door", "lake", "firehose"},
    "detection": set(),
    "handlers": {"door", "firehose", "detection", "simulator"},
    "cost": {"firehose"},
    "stack": set(),
    "warehouse": {"lake", "stack"},
    "cli": {"door", "replay", "lake", "firehose", "simulator", "cost", "stack", "warehouse"},
}
ROOMS = sorted(path.parent.name for path in INGESTION.glob("*/__init__.py"))
MODULES = [path for room in ROOMS for path in sorted((INGESTION / room).glob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_there_are_rooms_and_little_else() -> None:
    assert set(ROOMS) == set(MAY_IMPORT)
    assert {path.stem for path in INGESTION.glob("*.py")} - FORMER_NAMES == {"__init__", *ROOT_MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(INGESTION)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    room = path.parent.name
    for name in imported(path):
        package, _, rest = name.partition(".")
        if package == "ingestion":
            assert rest.split(".")[0] in {room} | MAY_IMPORT[room] | ROOT_MODULES, name
        if room != "cli":
            assert package not in {"typer", "rich"}, "only ingestion/cli talks to a terminal"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_belongs_in_it(room: str) -> None:
    text = ast.get_docstring(ast.parse((INGESTION / room / "__init__.py").read_text()))
    assert text
    assert "import" in text.lower()
    for other in MAY_IMPORT[room] if room != "cli" else ():
        assert f"`{other}`" in text, other
