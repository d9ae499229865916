"""`shoplake doctor` where something is wrong: the sentence, the command, the exit code; then the command mends it."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from typer.testing import CliRunner

from ingestion.cli.app import app
from ingestion.errors import UserError
from tests.support.command import run
from tests.support.dbt_in_process import InProcessDbt
from tests.support.paths import ROOT
from tests.support.warehouse import BronzeObject, Warehouse

PROJECT_PARTS = (
    "analyses", "dbt_project.yml", "macros", "models", "profiles.yml.example", "pyproject.toml", "selectors.yml",
    "tests/generic", "tests/singular",
)  # fmt: skip
HOUR = "dt=2026-03-10/hour=06"


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor printed, without the layout, and its exit code."""

    exit_code: int
    lines: list[str]

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def command_after(self, sentence: str) -> str:
        """The command in the line after the one that holds a sentence."""
        [place] = [number for number, line in enumerate(self.lines) if sentence in line]
        return self.lines[place + 1]


@dataclass(frozen=True)
class Patient:
    """A copy of the project with a lake and a warehouse, and the doctor."""

    warehouse: Warehouse

    def examine(self, *options: str) -> Diagnosis:
        done = CliRunner().invoke(app, ["doctor", *options])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Diagnosis(done.exit_code, [line.strip() for line in done.output.splitlines()])

    def assert_needs(self, sentence: str, command: str) -> None:
        """The doctor says the sentence, names the command, and ends with 1."""
        found = self.examine()
        assert sentence in str(found)
        assert found.command_after(sentence) == command
        assert (found.exit_code, "needs doing." in found.lines[-1] or "need doing." in found.lines[-1]) == (1, True), (
            found
        )

    def obey(self, command: str) -> None:
        """Run the dbt command that the doctor named, without the tests of a build, on the project as it is now."""
        dbt, what, *options = shlex.split(command)
        assert dbt == "dbt"
        self.warehouse._dbt = InProcessDbt()
        self.warehouse.dbt("run" if what == "build" else what, *options)

    def error_of_operation(self, operation: str, arguments: str) -> str:
        """What dbt says when an operation fails."""
        errors: list[str] = []

        def listen(event: Any) -> None:
            if event.info.level == "error":
                errors.append(event.info.msg)

        command = self.warehouse.arguments("run-operation", operation, "--args", arguments)
        assert not dbtRunner(callbacks=[listen]).invoke(["--quiet", *command]).success
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        return "\n".join(errors)

    def assert_is_well(self) -> None:
        found = self.examine()
        assert (found.exit_code, found.lines[-1]) == (0, "All is well."), found


def purchase(event_id: str) -> str:
    return json.dumps({
        "event_id": event_id, "event_type": "purchase", "event_time": "2026-03-10T06:10:00Z",
        "received_at": "2026-03-10T06:20:00Z", "user_id": "u", "product_id": "p", "order_id": "o", "price": "2.50",
    })  # fmt: skip


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A copy of the project, whose tables hold what its lake holds."""
    folder = tmp_path_factory.mktemp("doctor")
    project = folder / "project"
    for part in PROJECT_PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, project / part, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        else:
            shutil.copy(source, project / part)
    shutil.copy(ROOT / "profiles.yml.example", project / "profiles.yml")
    warehouse = Warehouse(folder / "shop", variables={})
    warehouse.project = project
    warehouse.put([BronzeObject(0, (purchase("a"), purchase("b"), "{")), BronzeObject(1, (purchase("c"),))])
    warehouse.dbt("run")
    shutil.copy(warehouse.path, folder / "healthy.duckdb")
    shutil.copytree(warehouse.lake, folder / "healthy.lake")
    return warehouse


@pytest.fixture
def patient(healthy: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Patient:
    folder = healthy.folder.parent
    healthy.empty()
    shutil.copy(folder / "healthy.duckdb", healthy.path)
    shutil.copytree(folder / "healthy.lake", healthy.lake)
    for name in ("SHOPLAKE_HMAC_KEY", "DBT_PROFILES_DIR", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in healthy.environment.items():
        monkeypatch.setenv(name, value)
    # dbt is on the PATH of whoever has activated the environment
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(healthy.project)
    return Patient(healthy)


def state_of(folder: Path) -> dict[str, str]:
    """A digest of every file."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "target" not in path.parts
    }


def test_a_healthy_warehouse_gets_one_closing_sentence_and_nothing_is_changed(patient: Patient) -> None:
    before = state_of(patient.warehouse.folder.parent)
    found = patient.examine()
    assert (found.exit_code, found.lines[-1]) == (0, "All is well.")
    assert "4 lines = 3 events + 0 duplicates + 1 rejected" in str(found)
    assert "every object is loaded" in str(found)
    assert not re.search(r"\b(fix|note)\b", str(found)), found
    assert state_of(patient.warehouse.folder.parent) == before


def test_plain_text_where_it_is_no_terminal_and_the_exit_code_of_a_process(patient: Patient) -> None:
    (patient.warehouse.path).unlink()
    done = run_in(patient.warehouse.project)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert re.search(r"^warehouse +fix +There is no warehouse at .*\n +dbt build$", done.stdout, re.M)
    assert done.stderr == ""


def run_in(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ingestion.cli", "doctor"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_outside_of_a_project_it_says_where_to_go(tmp_path: Path) -> None:
    done = run_in(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"cd {ROOT}" in done.stderr


def test_the_help_teaches(tmp_path: Path) -> None:
    text = run("doctor", "--help").stdout
    for word in ("Exit code 1", "changes nothing", "--target athena", "less than"):
        assert word in text


def test_new_objects_are_a_note_and_no_reason_to_fail(patient: Patient) -> None:
    patient.warehouse.put([BronzeObject(2, (purchase("d"),))])
    found = patient.examine()
    sentence = "Not loaded yet: 1 object of 1 arrival hour, the first of 2026-03-10 08:00 UTC"
    assert found.command_after(sentence) == "dbt build"
    assert (found.exit_code, found.lines[-1]) == (0, "Nothing needs doing now.")
    patient.warehouse.dbt("run")
    patient.assert_is_well()


def test_an_object_that_cannot_be_read_is_named_and_moved_away(patient: Patient) -> None:
    folder = patient.warehouse.lake / "bronze/events" / HOUR
    (folder / "it's broken.gz").write_bytes(b"\x1f\x8b\x08")
    found = patient.examine()
    sentence = f"Builds skip 1 object that cannot be read: {HOUR}/it's broken.gz is truncated"
    assert (sentence in str(found), found.exit_code) == (True, 1), found
    command = found.command_after(sentence)
    patient.warehouse.dbt("run")
    assert sentence in str(patient.examine()), "the ledger knows the object now"
    subprocess.run(command, shell=True, check=True, cwd=patient.warehouse.project)
    patient.assert_is_well()


def test_a_view_in_the_place_of_a_table_is_built_again(patient: Patient) -> None:
    patient.warehouse.execute("alter table shoplake_gold.hourly_revenue rename to kept")
    patient.warehouse.execute("create view shoplake_gold.hourly_revenue as select * from shoplake_gold.kept")
    patient.assert_needs(
        "A view stands where the table should be, as `dbt clone` leaves it: shoplake_gold.hourly_revenue", "dbt build"
    )
    patient.warehouse.dbt("run")
    assert "A view stands" not in str(patient.examine())


def test_tables_that_no_model_builds_and_leftovers_are_dropped_by_the_command(patient: Patient) -> None:
    patient.warehouse.execute("create table shoplake_gold.former_model as select 1 as one")
    patient.warehouse.execute("create table shoplake_silver.events__dbt_tmp as select 1 as one")
    command = "dbt run-operation drop_unused_tables --args '{names: [%s]}'"
    patient.assert_needs(
        "so people may read old rows: shoplake_gold.former_model", command % "shoplake_gold.former_model"
    )
    patient.assert_needs(
        "if none is running now: shoplake_silver.events__dbt_tmp", command % "shoplake_silver.events__dbt_tmp"
    )
    names = "{names: [shoplake_gold.former_model, shoplake_silver.events__dbt_tmp]}"
    patient.warehouse.dbt("run-operation", "drop_unused_tables", "--args", names)
    patient.assert_is_well()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("shoplake_silver.events", "is built by a model"),
        ("Shoplake_Silver.EVENTS", "is built by a model"),
        ("shoplake_silver.run_state", "is built by a model"),
        ("main.anything", "is in no schema of this project"),
    ],
)
def test_drop_unused_tables_drops_nothing_that_is_used_or_of_others(patient: Patient, name: str, reason: str) -> None:
    patient.warehouse.execute("create table shoplake_gold.former_model as select 1 as one")
    error = patient.error_of_operation("drop_unused_tables", f"{{names: [shoplake_gold.former_model, {name}]}}")
    assert f"{name} {reason}: nothing was dropped" in error
    assert patient.warehouse.query("select * from shoplake_gold.former_model") == [(1,)]


def test_a_run_of_a_part_is_completed(patient: Patient) -> None:
    patient.warehouse.put([BronzeObject(2, (purchase("d"),))])
    patient.warehouse.dbt("run", "--select", "arrivals", "touched_dates", "events")
    patient.assert_needs("A run built a part of the models: new arrivals have reached 3 models", "dbt build")
    patient.warehouse.dbt("run")
    patient.assert_is_well()


def test_events_that_are_gone_from_the_table_are_computed_again(patient: Patient) -> None:
    patient.warehouse.execute("delete from shoplake_silver.events where event_id = 'a'")
    patient.assert_needs("events holds 2 rows, and the ledger counts 3", "dbt build --full-refresh")
    patient.warehouse.dbt("run", "--full-refresh")
    patient.assert_is_well()


def test_a_ledger_of_an_older_version_says_which_column_it_lacks(patient: Patient) -> None:
    patient.warehouse.execute("alter table shoplake_silver.loads drop column conflicting_count")
    patient.assert_needs("built by an older version and lacks conflicting_count", "dbt build --full-refresh")


@pytest.mark.parametrize(
    ("model", "needs", "command"),
    [
        ("gold/sales/hourly_revenue.sql", "the next build computes them anew", "dbt build"),
        ("silver/events/events.sql", "only bronze holds what is needed", "dbt build --full-refresh"),
    ],
)
def test_a_changed_definition_says_what_a_build_does(patient: Patient, model: str, needs: str, command: str) -> None:
    path = patient.warehouse.project / "models" / model
    before = path.read_text()
    path.write_text(before.replace("select * from final", "select * from final where 1 = 1"))
    assert path.read_text() != before
    try:
        patient.assert_needs(needs, command)
        patient.obey(command)
        patient.assert_is_well()
    finally:
        path.write_text(before)


def test_the_variables_of_the_builds_are_part_of_the_definitions(patient: Patient) -> None:
    found = patient.examine("--vars", "{event_copies: oldest}")
    command = found.command_after("only bronze holds what is needed")
    assert command == "dbt build --full-refresh --vars '{event_copies: oldest}'"


def test_variables_that_are_none(patient: Patient) -> None:
    done = CliRunner().invoke(app, ["doctor", "--vars", "event_copies"])
    assert isinstance(done.exception, UserError)
    assert "--vars takes a mapping" in str(done.exception)


def test_a_warehouse_that_a_build_holds_names_the_process(patient: Patient) -> None:
    code = "import duckdb, sys; connection = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(patient.warehouse.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"open\n"
        patient.assert_needs(f"is in use by process {holder.pid}", f"ps -p {holder.pid}; shoplake doctor")
        holder.communicate()
    patient.assert_is_well()


def test_a_target_with_the_environment_of_another_asks_nobody(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    found = patient.examine("--target", "athena")
    assert found.command_after("so the target athena would ask the emulator") == "unset AWS_ENDPOINT_URL"
    assert (found.exit_code, "project" in str(found)) == (1, False), found


def test_a_project_that_dbt_cannot_read_is_a_finding_not_a_traceback(patient: Patient) -> None:
    path = patient.warehouse.project / "models/gold/broken.sql"
    path.write_text("select * from {{ ref('no_such_model') }}")
    try:
        patient.assert_needs("dbt cannot read the project or the warehouse", "dbt debug --target local")
    finally:
        path.unlink()
