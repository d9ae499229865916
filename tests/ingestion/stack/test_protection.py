"""The artifacts bucket is protected on every deployment, on moto's S3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ingestion.errors import UserError
from ingestion.stack.artifacts import Artifacts
from ingestion.stack.aws import Aws
from ingestion.stack.protection import KEPT_DAYS

ACCOUNT, REGION = "123456789012", "eu-central-1"


@pytest.fixture
def aws() -> Iterator[Aws]:
    with mock_aws():
        yield Aws(boto3.Session("testing", "testing", region_name=REGION), ACCOUNT, REGION)


def protection(s3: Any, bucket: str) -> dict[str, Any]:
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    [encryption] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    return {
        "private": set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()),
        "owner": s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "encrypted": encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "versions": s3.get_bucket_versioning(Bucket=bucket).get("Status"),
        "kept": [rule["NoncurrentVersionExpiration"] for rule in rules if "NoncurrentVersionExpiration" in rule],
        "denied": [one["Condition"] for one in policy["Statement"] if one["Effect"] == "Deny"],
    }


def put(aws: Aws, bucket: str, *keys: str) -> None:
    # moto takes a denial for calls without TLS as one for all calls
    aws.client("s3").delete_bucket_policy(Bucket=bucket)
    for key in keys:
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"code")


PROTECTED = {
    "private": {True},
    "owner": "BucketOwnerEnforced",
    "encrypted": "AES256",
    "versions": "Enabled",
    "kept": [{"NoncurrentDays": KEPT_DAYS}],
    "denied": [{"Bool": {"aws:SecureTransport": "false"}}],
}


def test_a_bucket_is_protected_when_it_is_made_and_on_every_deployment_after(aws: Aws) -> None:
    s3, artifacts = aws.client("s3"), Artifacts(aws, "shop")
    assert artifacts.create()
    assert protection(s3, artifacts.bucket) == PROTECTED

    s3.delete_public_access_block(Bucket=artifacts.bucket)
    s3.delete_bucket_policy(Bucket=artifacts.bucket)
    s3.delete_bucket_lifecycle(Bucket=artifacts.bucket)
    s3.put_bucket_versioning(Bucket=artifacts.bucket, VersioningConfiguration={"Status": "Suspended"})
    assert not artifacts.create()
    assert protection(s3, artifacts.bucket) == PROTECTED


def test_a_bucket_that_cannot_be_protected_does_not_stay(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    artifacts = Artifacts(aws, "shop")

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutBucketVersioning")

    monkeypatch.setattr(artifacts._s3, "put_bucket_versioning", refuse)
    with pytest.raises(UserError, match="AWS refused PutBucketVersioning"):
        artifacts.create()
    assert aws.client("s3").list_buckets()["Buckets"] == []


def test_code_of_former_deployments_is_retired_and_can_be_restored(aws: Aws) -> None:
    s3, artifacts = aws.client("s3"), Artifacts(aws, "shop")
    artifacts.create()
    put(aws, artifacts.bucket, "functions/door-1.zip", "functions/door-2.zip", "template/template-1.yml", "notes.txt")
    artifacts.retire({"functions/door-2.zip"})
    left = [one["Key"] for one in s3.list_objects_v2(Bucket=artifacts.bucket)["Contents"]]
    assert left == ["functions/door-2.zip", "notes.txt"]
    versions = s3.list_object_versions(Bucket=artifacts.bucket, Prefix="functions/door-1")["Versions"]
    assert len(versions) == 1


def test_removing_the_bucket_removes_every_version(aws: Aws) -> None:
    s3, artifacts = aws.client("s3"), Artifacts(aws, "shop")
    artifacts.create()
    put(aws, artifacts.bucket, "functions/door-1.zip", "functions/door-1.zip")
    artifacts.retire(set())
    assert artifacts.remove()
    assert s3.list_buckets()["Buckets"] == []
    assert not artifacts.remove()
