from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from packaging.requirements import Requirement

from ingestion.errors import Interrupted, UserError
from ingestion.image import scheduled_build
from ingestion.image.scheduled_build import Settings, day_of, main
from tests.support.paths import ROOT

IMAGE = ROOT / "ingestion" / "image"
NIGHT, MORNING, NEXT_NIGHT = (datetime(2026, 3, day, hour, 7, tzinfo=UTC) for day, hour in ((10, 3), (10, 4), (11, 3)))


class Container:
    """A container in which `shoplake build` ends as a test wants, at times that it chooses."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.builds: list[tuple[str | None, dict[str, Any]]] = []
        self.pages = 0
        patch.setattr(scheduled_build, "build_what_is_new", self._build)
        patch.setattr(scheduled_build, "run_dbt", self._docs)
        self._ends: BaseException | int = 0
        self._builds_something = True

    def run(self, now: datetime, ends: BaseException | int = 0, *, builds_something: bool = True) -> int:
        """Run the script; return its exit code."""
        self._ends, self._builds_something = ends, builds_something
        self._patch.setattr(scheduled_build, "datetime", SimpleNamespace(now=lambda _: now))
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    def _build(self, target: str, variables: str, selector: str | None) -> int:
        assert target == "athena"
        self.builds.append((selector, json.loads(variables)))
        assert self.state()["status"] == "RUNNING"
        if self._builds_something:
            Path("target").mkdir(exist_ok=True)
            Path("target/run_results.json").write_text("{}")
        if isinstance(self._ends, int):
            return self._ends
        raise self._ends

    def _docs(self, arguments: list[str]) -> SimpleNamespace:
        assert arguments[1:3] == ["docs", "generate"]
        self.pages += 1
        self._patch.setattr("ingestion.image.scheduled_build.docs_site.build", lambda target, out: _write(out))
        return SimpleNamespace(success=True)

    def state(self) -> dict[str, Any]:
        body = boto3.client("s3").get_object(Bucket="bucket", Key="docs/build.json")["Body"].read()
        state: dict[str, Any] = json.loads(body)
        return state


def _write(out: Path) -> None:
    out.parent.mkdir(exist_ok=True)
    out.write_text("<html>")


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Container]:
    monkeypatch.chdir(tmp_path)
    variables = {"SHOPLAKE_BUCKET": "bucket", "SHOPLAKE_BRONZE_START": "2026-03-01", "SHOPLAKE_VERSION": "one"}
    aws = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in (variables | aws).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_PROFILE", "SHOPLAKE_DAILY_HOUR"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="bucket")
        yield Container(monkeypatch)


def test_one_build_a_day_is_of_everything_and_the_others_are_hourly(container: Container) -> None:
    for now in (NIGHT, MORNING, NEXT_NIGHT.replace(hour=2), NEXT_NIGHT):
        assert container.run(now) == 0
    assert [selector for selector, _ in container.builds] == [None, "hourly", "hourly", None]
    daily, hourly = (variables for _, variables in container.builds[:2])
    assert daily == {"bronze_start": "2026-03-01", "arrival_lookback_hours": 48, "test_all_dates": True}
    assert hourly == {"bronze_start": "2026-03-01", "arrival_lookback_hours": 3, "test_all_dates": False}
    assert container.state()["status"] == "SUCCEEDED"


def test_a_daily_build_that_could_not_run_is_made_up_for_in_the_next_hour(container: Container) -> None:
    assert container.run(NIGHT, 2) == 2
    assert container.run(NIGHT, UserError("another run is building these tables")) == 2
    assert container.run(NIGHT, Interrupted(15)) == 143
    assert container.state()["status"] == "FAILED"
    assert container.run(MORNING) == 0
    assert [selector for selector, _ in container.builds] == [None] * 4


def test_a_daily_build_whose_tests_fail_is_not_repeated_every_hour(container: Container) -> None:
    assert container.run(NIGHT, 1) == 1
    assert container.state()["status"] == "FAILED"
    assert container.run(MORNING) == 0
    assert [selector for selector, _ in container.builds] == [None, "hourly"]


def test_the_page_is_written_once_a_day_and_once_for_each_project(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    container.run(NIGHT)
    container.run(MORNING)
    assert container.pages == 1
    page = boto3.client("s3").get_object(Bucket="bucket", Key="docs/index.html")
    assert (page["ContentType"], page["Body"].read()) == ("text/html", b"<html>")
    monkeypatch.setenv("SHOPLAKE_VERSION", "two")
    container.run(MORNING, builds_something=False)
    assert container.pages == 1
    container.run(MORNING)
    assert container.pages == 2
    container.run(NEXT_NIGHT)
    assert container.pages == 3


def test_a_page_that_cannot_be_written_fails_the_build_but_is_no_reason_to_repeat_the_daily_one(
    container: Container, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = SimpleNamespace(success=False, exception="no catalog")
    monkeypatch.setattr(scheduled_build, "run_dbt", lambda arguments: failed)
    assert container.run(NIGHT) == 2
    assert "the tables are built, but dbt could not write their documentation: no catalog" in capsys.readouterr().err
    assert container.run(MORNING, builds_something=False) == 0
    assert [selector for selector, _ in container.builds] == [None, "hourly"]


def test_the_last_line_of_the_log_says_how_it_ended(container: Container, capsys: pytest.CaptureFixture[str]) -> None:
    container.run(NIGHT, 1)
    end = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert end.pop("seconds") < 60
    assert end == {"build": "FAILED", "daily": True}


def test_a_variable_that_is_missing_is_named(
    container: Container, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SHOPLAKE_BUCKET")
    assert container.run(NIGHT) == 2
    assert "SHOPLAKE_BUCKET is not set" in capsys.readouterr().err
    assert container.builds == []


def test_a_day_begins_at_the_daily_hour() -> None:
    assert day_of(NIGHT.replace(hour=2), 3) == date(2026, 3, 9)
    assert day_of(NIGHT, 3) == day_of(MORNING, 3) == date(2026, 3, 10)
    assert Settings.read({"SHOPLAKE_BUCKET": "b", "SHOPLAKE_BRONZE_START": "2026-01-01"}).daily_hour == 3


def test_the_dockerfile_has_no_finding() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, IMAGE / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def locked(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\S+?)==(\S+)", path.read_text(), re.MULTILINE))


def test_the_image_has_the_versions_of_the_project() -> None:
    """A build on AWS uses what was tested: the same versions, of the packages that a build needs."""
    image, project = locked(IMAGE / "requirements.lock"), locked(ROOT / "requirements-dev.lock")
    assert {name: project.get(name) for name in image} == image
    wanted = {Requirement(line).name for line in (IMAGE / "requirements.in").read_text().splitlines() if line[0] != "#"}
    assert wanted <= set(image)
    unneeded = {"duckdb", "dbt-duckdb", "numpy", "pytest", "moto"}
    assert not unneeded & set(image)


def test_the_script_imports_nothing_that_the_image_lacks() -> None:
    """What is imported at its start; tests/athena/test_end_to_end.py runs it with the packages of the image."""
    program = "import sys, ingestion.image.scheduled_build; print(sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(done.stdout))
    assert "typer" in loaded
    assert not loaded & {"duckdb", "numpy", "isal", "msgspec", "aws_lambda_powertools"}
