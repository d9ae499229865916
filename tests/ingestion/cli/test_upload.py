from __future__ import annotations

import copy
import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.validate import validate_parameters
from moto import mock_aws

from ingestion.cli.upload import upload
from ingestion.lake.key_file import use_keys
from ingestion.stack.aws import region_name
from ingestion.warehouse.upload import Upload
from local_aws.launcher import Instance
from tests.support.command import run


class AlreadyExistsError(Exception):
    pass


class Glue:
    """Keep one table as Glue does; moto's Glue would need a parser that nothing else here needs."""

    exceptions = SimpleNamespace(AlreadyExistsException=AlreadyExistsError)

    def __init__(self) -> None:
        self.table: dict[str, Any] = {}
        self._model = botocore.session.get_session().get_service_model("glue")

    def create_database(self, **_: Any) -> None:
        if self.table:
            raise AlreadyExistsError

    def create_table(self, **call: Any) -> None:
        if self.table:
            raise AlreadyExistsError
        self.update_table(**call)

    def update_table(self, **call: Any) -> None:
        # boto3 rejects a call with fields that the service model lacks
        shape = self._model.operation_model("UpdateTable").input_shape
        assert shape is not None
        validate_parameters(call, shape)
        self.table = copy.deepcopy(call["TableInput"])

    def get_table(self, **call: Any) -> dict[str, Any]:
        given_too = {"DatabaseName": call["DatabaseName"], "CreateTime": datetime.now(UTC), "Owner": ""}
        return {"Table": copy.deepcopy(self.table) | given_too}


@pytest.fixture
def glue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Glue]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "SHOPLAKE_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    fake = Glue()
    make: Any = boto3.client
    monkeypatch.setattr("boto3.client", lambda service, **given: fake if service == "glue" else make(service, **given))
    with mock_aws():
        yield fake


def arrive(lake: Path, *hours: str) -> None:
    for hour in hours:
        day, _, clock = hour.partition("T")
        folder = lake / f"bronze/events/dt={day}/hour={clock}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "one.gz").write_bytes(gzip.compress(b"{}\n"))


def test_a_table_that_begins_after_the_lake_is_extended_to_its_first_day(
    glue: Glue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrive(tmp_path, "2026-03-10T09")
    upload("shop", tmp_path)
    before = glue.table
    arrive(tmp_path, "2019-10-01T00")
    upload("shop", tmp_path)
    after = glue.table
    assert after["Parameters"]["projection.dt.range"] == "2019-10-01,NOW"
    assert "now begins on 2019-10-01 instead of 2026-03-10" in capsys.readouterr().out
    for name in ("StorageDescriptor", "PartitionKeys", "TableType"):
        assert after[name] == before[name]
    arrive(tmp_path, "2026-03-10T10")
    upload("shop", tmp_path)
    assert glue.table["Parameters"] == after["Parameters"]


def test_the_keys_of_the_lake_stay_on_this_machine(glue: Glue, tmp_path: Path) -> None:
    arrive(tmp_path, "2026-03-10T09")
    use_keys(tmp_path, None)
    upload("shop", tmp_path)
    stored = boto3.client("s3", region_name="eu-central-1").list_objects_v2(Bucket="shop")["Contents"]
    assert [item["Key"] for item in stored] == ["bronze/events/dt=2026-03-10/hour=09/one.gz"]


def test_a_table_over_another_bucket_is_left_alone_and_reported(
    glue: Glue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrive(tmp_path, "2026-03-10T09")
    upload("shop", tmp_path)
    before = glue.table
    arrive(tmp_path, "2019-10-01T00")
    upload("other", tmp_path)
    assert "reads s3://shop/bronze/events/, not this bucket" in capsys.readouterr().out
    assert glue.table["Parameters"] == before["Parameters"]


@pytest.mark.parametrize(("hour", "back"), [("2026-03-10T06", None), ("2026-03-10T05", 4), ("2026-03-08T09", 48)])
def test_an_object_older_than_the_lookback_prints_the_variable_that_reaches_it(
    glue: Glue, tmp_path: Path, capsys: pytest.CaptureFixture[str], hour: str, back: int | None
) -> None:
    arrive(tmp_path, "2026-03-08T00", "2026-03-10T09")
    upload("shop", tmp_path)
    assert "arrival_lookback_hours" not in capsys.readouterr().out
    arrive(tmp_path, hour, "2026-03-10T11")
    upload("shop", tmp_path)
    # a bare date is a date to YAML, and `dbt retry --vars` takes none
    variables = '{bronze_start: "2026-03-08"' + (f", arrival_lookback_hours: {back}" if back else "") + "}"
    assert f"Next: SHOPLAKE_BUCKET=shop dbt build --target athena --vars '{variables}'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("bucket", "environment", "next_command"),
    [
        ("shoplake", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "dbt build --target athena_local"),
        ("shop", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "SHOPLAKE_BUCKET=shop dbt build --target athena_local"),
        ("shop", {"SHOPLAKE_BUCKET": "shop"}, "dbt build --target athena"),
    ],
)
def test_the_next_command_asks_the_same_aws_for_the_same_bucket(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    bucket: str,
    environment: dict[str, str],
    next_command: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    arrive(tmp_path, "2026-03-10T09")
    done = Upload(1, 1, date(2026, 3, 10), "was created", 0)
    monkeypatch.setattr("ingestion.cli.upload.upload_objects", lambda *_: done)
    upload(bucket, tmp_path)
    assert f"Next: {next_command} --vars " in capsys.readouterr().out


def test_without_credentials_the_error_names_the_aws_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    arrive(tmp_path, "2026-03-10T09")
    nothing: dict[str, Any] = {
        name: str(tmp_path / "none") for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    }
    done = run("upload", "--lake", tmp_path, AWS_EC2_METADATA_DISABLED="true", AWS_REGION="us-east-1", **nothing)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no AWS credentials were found" in done.stderr
    assert "eval $(python -m local_aws env)" in done.stderr


def test_the_region_of_the_aws_on_this_machine_overrides_that_of_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    for name, value in Instance("http://127.0.0.1:1", "http://127.0.0.1:2", 1, 2).environment.items():
        monkeypatch.setenv(name, value)
    assert region_name() == boto3.Session().region_name == "us-east-1"


def test_a_lake_without_objects_is_one_sentence_about_the_lake(tmp_path: Path) -> None:
    done = run("upload", "--lake", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.endswith("run `shoplake simulate` or `shoplake replay FILE` first\n")
