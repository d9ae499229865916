"""Why a role may do what no recorded call shows. test_end_to_end.py compares the policies with the recorded calls."""

from __future__ import annotations

import re

import pytest

from tests.athena.support.rights import RESOURCES, Call, allowed, on_behalf
from tests.athena.test_end_to_end import ROLES
from tests.support.paths import ROOT


def test_the_rights_of_every_role_are_compared() -> None:
    roles = {name for name, resource in RESOURCES.items() if resource["Type"] == "AWS::IAM::Role"}
    assert roles == {*ROLES, "GitHubRole"} == {*on_behalf(), "GitHubRole"}
    # the workflow on GitHub runs what the container runs
    assert allowed("GitHubRole") == allowed("BuildRole")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_what_no_call_shows_has_a_page_of_aws_or_a_reason(role: str) -> None:
    for action, source in on_behalf()[role].items():
        assert action in allowed(role), f"{role} may not do {action}, which {source} asks for"
        tests = re.findall(r"tests/[a-z_/]+\.py", source)
        assert source.startswith("https://docs.aws.amazon.com/") or " " in source, source
        assert all((ROOT / test).is_file() for test in tests), source


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "actions"),
    [
        ("athena", "StartQueryExecution", {}, ["athena:StartQueryExecution"]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, ["s3:ListBucket"]),
        ("s3", "DeleteObjects", {"Delete": {"Objects": [{"Key": "k"}]}}, ["s3:DeleteObject"]),
        ("s3", "DeleteObjects", {"Delete": {"Objects": [{"Key": "k", "VersionId": "1"}]}}, ["s3:DeleteObjectVersion"]),
        ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, ["s3:PutObject"]),
        ("sts", "GetCallerIdentity", {}, []),
    ],
)
def test_a_call_needs_the_actions_that_aws_names(
    service: str, operation: str, parameters: dict[str, object], actions: list[str]
) -> None:
    assert Call("dbt", service, operation, parameters).actions() == actions
