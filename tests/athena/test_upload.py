"""`shoplake upload` fills a bucket like Firehose, and a second upload sends only new objects."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ingestion.lake.bronze_table import DATABASE, TABLE
from local_aws.aws_client import AwsClient
from local_aws.launcher import Instance


def shoplake(instance: Instance, lake: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ingestion.cli", *arguments],
        env=os.environ | instance.environment | {"SHOPLAKE_LAKE": str(lake), "SHOPLAKE_BUCKET": "another"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_lake_is_uploaded_once_with_its_table(instance: Instance, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    shoplake(instance, lake, "simulate", "--events", "500", "--start", "2026-03-10", "--hours", "3").check_returncode()
    assert "3 new objects of 3" in shoplake(instance, lake, "upload").stdout
    assert "0 new objects of 3" in shoplake(instance, lake, "upload").stdout
    aws = AwsClient(instance.endpoint)
    keys = aws.list_objects("another", "bronze/events/dt=2026-03-10/hour=00/")
    assert len(keys) == 1
    assert aws.call("glue", "GetTable", DatabaseName=DATABASE, Name=TABLE)["Table"]["PartitionKeys"]


def test_the_message_for_an_empty_lake_says_how_to_fill_it(instance: Instance, tmp_path: Path) -> None:
    done = shoplake(instance, tmp_path, "upload")
    assert (done.returncode, "shoplake simulate" in done.stderr) == (2, True)
