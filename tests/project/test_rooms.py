"""Each folder of `ingestion` is a room: what it may import is said in its docstring and checked here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

INGESTION = ROOT / "ingestion"
ROOT_MODULES = {"errors", "event", "gunzip", "workers"}
# the former name of a dbt-duckdb plugin, which an older profiles.yml may still load
FORMER_NAMES = {"one_build"}
MAY_IMPORT = {
    "door": set(),
    "replay": {"door", "lake"},
    "lake": set(),
    "firehose": {"door"},
    "onboarding": {"door", "replay"},
    "simulator": {"door", "lake", "firehose"},
    "detection": set(),
    "handlers": {"door", "firehose", "detection", "simulator"},
    "cost": {"firehose"},
    "stack": set(),
    "warehouse": {"lake", "stack"},
    "image": {"cli", "stack", "warehouse"},
    "doctor": {"lake", "stack", "warehouse"},
    "cli": {"door", "replay", "onboarding", "lake", "firehose", "simulator", "cost", "stack", "warehouse", "doctor"},
}
# a module x/y.py is tested in tests/ingestion/x/test_y.py; these are tested through the one that uses them
TESTED_IN = {
    "cli/env.py": "stack/test_life_of_a_stack.py",
    "cli/fullness.py": "cli/test_replay.py",
    "cli/generate.py": "stack/test_generator.py",
    "cli/output.py": "cli/test_app.py",
    "cli/trial.py": "cli/test_dialects.py",
    "door/folding.py": "door/test_decoding.py",
    "door/known_names.py": "replay/test_csv_layout.py",
    "onboarding/columns.py": "onboarding/test_drafting.py",
    "onboarding/draft_yaml.py": "onboarding/test_drafting.py",
    "onboarding/known_exports.py": "onboarding/test_drafting.py",
    "onboarding/draft.py": "onboarding/test_drafting.py",
    "onboarding/proposal.py": "onboarding/test_drafting.py",
    "onboarding/proposed_amounts.py": "onboarding/test_drafting.py",
    "onboarding/proposed_orders.py": "onboarding/test_drafting.py",
    "onboarding/proposed_refunds.py": "onboarding/test_drafting.py",
    "onboarding/proposed_values.py": "onboarding/test_drafting.py",
    "onboarding/proposing.py": "onboarding/test_drafting.py",
    "onboarding/samples.py": "onboarding/test_drafting.py",
    "cli/show.py": "stack/test_life_of_a_stack.py",
    "cli/stack_options.py": "cli/test_deploy.py",
    "cli/start_stop.py": "stack/test_life_of_a_stack.py",
    "doctor/diagnosis.py": "cli/test_doctor.py",
    "doctor/project_facts.py": "cli/test_doctor.py",
    "door/compiled_rules.py": "door/test_rule_events.py",
    "door/compiling.py": "door/test_rule_events.py",
    "door/conditions.py": "door/test_rule_values.py",
    "door/escapes.py": "door/test_decoding.py",
    "door/expressions.py": "door/test_rule_values.py",
    "door/layout.py": "door/test_rule_mapping.py",
    "door/leftovers.py": "door/test_rule_mapping.py",
    "door/mapped.py": "door/test_mapping.py",
    "door/pairs.py": "door/test_rule_values.py",
    "door/rules.py": "door/test_dialect.py",
    "door/yaml_values.py": "door/test_dialect.py",
    "firehose/error_output.py": "cli/test_resend.py",
    "firehose/sending.py": "cli/test_resend.py",
    "handlers/clients.py": "handlers/test_door.py",
    "lake/bronze_table.py": "stack/test_template.py",
    "lake/sink.py": "lake/test_lake_sink.py",
    "replay/raw_lines.py": "replay/test_readers.py",
    "simulator/events.py": "simulator/test_journeys.py",
    "simulator/fragments.py": "simulator/test_lines.py",
    "simulator/run.py": "simulator/test_plan.py",
    "simulator/send.py": "handlers/test_generator.py",
    "simulator/truth_rows.py": "simulator/test_meant.py",
    "simulator/visits.py": "simulator/test_stream.py",
    "simulator/walks.py": "simulator/test_journeys.py",
    "warehouse/build.py": "cli/test_demo.py",
    "warehouse/project.py": "warehouse/test_compiled_analyses.py",
    "warehouse/upload.py": "cli/test_upload.py",
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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(INGESTION)))
def test_a_module_has_its_tests_where_a_reader_looks(path: Path) -> None:
    if path.stem.startswith("__"):
        return
    module = path.relative_to(INGESTION).as_posix()
    own = f"{path.parent.name}/test_{path.name}"
    assert (ROOT / "tests/ingestion" / own).is_file() != (module in TESTED_IN), f"{module}: {own} or TESTED_IN"
    assert (ROOT / "tests/ingestion" / TESTED_IN.get(module, own)).is_file()
