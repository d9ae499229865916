"""The guide Deploying on your machine: its blocks as they stand there, one after the other in one shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.aws_client import AwsClient
from local_aws.launcher import Instance
from tests.support.guide import blocks, copy_of_the_project, run_block

PAGE = "docs/guide/deploying-on-your-machine.md"
# other tests use the same AWS
LEFT_OUT = "python -m local_aws down"
# the names of a stack that is deployed as in the guide; tests on the target athena_local leave some of these behind
DATABASES = {"bronze", "shoplake_silver", "shoplake_gold"}


@pytest.fixture
def project(instance: Instance, local_aws_state: Path, tmp_path: Path) -> Iterator[Path]:
    aws = AwsClient(instance.endpoint)
    for database in DATABASES & databases(aws):
        for table in aws.call("glue", "GetTables", DatabaseName=database)["TableList"]:
            aws.call("glue", "DeleteTable", DatabaseName=database, Name=table["Name"])
        aws.call("glue", "DeleteDatabase", Name=database)
    project = copy_of_the_project(tmp_path)
    try:
        yield project
    finally:
        # does nothing after a test that passed
        region = instance.environment | {"AWS_REGION": "eu-central-1"}
        run_block("shoplake destroy --yes", project, region | {"LOCAL_AWS_STATE": str(local_aws_state)})


def databases(aws: AwsClient) -> set[str]:
    return {found["Name"] for found in aws.call("glue", "GetDatabases")["DatabaseList"]}


def test_the_guide_leads_from_nothing_to_gold_and_back(
    instance: Instance, local_aws_state: Path, project: Path
) -> None:
    commands = "".join(block.text for block in blocks(PAGE))
    assert commands.count(LEFT_OUT) == 1
    text = f"set -x\n{commands.replace(LEFT_OUT, 'true')}"
    printed = run_block(text, project, {"LOCAL_AWS_STATE": str(local_aws_state)})

    # `up` finds the AWS of these tests
    assert f"Already running on {instance.endpoint}" in printed
    assert printed.count("stack       shoplake, CREATE_COMPLETE, eu-central-1") == 2
    assert "last build  none yet" in printed
    assert "3,000 events sent" in printed
    assert "last build  SUCCEEDED" in printed
    # the target athena_local finds what the target athena built
    assert "Nothing arrived since the last build, and nothing changed" in printed
    revenue = [float(amount) for amount in re.findall(r"^\d{1,2}\t\d+\t([\d.]+)$", printed, re.MULTILINE)]
    assert sum(revenue) > 0
    assert "view_to_cart_rate" in printed
    assert "shoplake in eu-central-1 of account 000000000000 is deleted." in printed
    assert not DATABASES & databases(AwsClient(instance.endpoint))
