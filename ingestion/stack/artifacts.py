"""The artifacts bucket, created before the stack: it holds the zips of the functions, this project and the template."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, aws_errors_for_user, error_code
from ingestion.stack.project_zip import project_zip

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
MAX_BUCKET_NAME: Final = 63
_ABSENT: Final = {"404", "NoSuchBucket"}
_FORBIDDEN: Final = {"403", "AccessDenied"}


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """Keys in the artifacts bucket. Each contains a hash of the content, so the same content changes no parameter."""

    door: str
    generator: str
    project: str


class Artifacts:
    """The bucket `<stack>-artifacts-<account>-<region>`.

    Every call names the account as the expected owner, so nothing is written to a bucket of another account.
    """

    def __init__(self, aws: Aws, stack: str) -> None:
        self.bucket = f"{stack}-artifacts-{aws.account}-{aws.region}".lower()
        if (over := len(self.bucket) - MAX_BUCKET_NAME) > 0:
            raise UserError(
                f"--stack {stack} is too long by {over} characters: the name of its bucket {self.bucket} may have at "
                f"most {MAX_BUCKET_NAME}"
            )
        self._region = aws.region
        self._s3 = aws.client("s3")
        self._owned_bucket = {"Bucket": self.bucket, "ExpectedBucketOwner": aws.account}

    def create(self) -> bool:
        """Create the bucket, private and TLS only; return False if it existed."""
        if self._exists():
            return False
        with aws_errors_for_user():
            self._create_private()
        return True

    def _exists(self) -> bool:
        from botocore.exceptions import ClientError

        with aws_errors_for_user():
            try:
                self._s3.head_bucket(**self._owned_bucket)
            except ClientError as error:
                if error_code(error) in _FORBIDDEN:
                    raise UserError(
                        f"the bucket {self.bucket} cannot be used ({error_code(error)}): it belongs to another "
                        "account, or your credentials may not read it; choose another --stack to use another bucket"
                    ) from None
                if error_code(error) not in _ABSENT:
                    raise
                return False
        return True

    def _create_private(self) -> None:
        # S3 rejects a location constraint for us-east-1 only
        constraint = {"LocationConstraint": self._region}
        location = {} if self._region == "us-east-1" else {"CreateBucketConfiguration": constraint}
        self._s3.create_bucket(Bucket=self.bucket, **location)
        private = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        )
        self._s3.put_public_access_block(**self._owned_bucket, PublicAccessBlockConfiguration=private)
        arn = f"arn:{_partition(self._region)}:s3:::{self.bucket}"
        tls_only = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [tls_only]})
        self._s3.put_bucket_policy(**self._owned_bucket, Policy=policy)

    def upload_code(self, zips: Path, architecture: str) -> CodeKeys:
        """Upload the zips and the project, except those that are in the bucket already."""
        bodies = {name: _read(zips / f"{name}-{architecture}.zip") for name in ("door", "generator")}
        return CodeKeys(
            door=self._upload("functions/door", bodies["door"], "zip"),
            generator=self._upload("functions/generator", bodies["generator"], "zip"),
            project=self._upload("source/project", project_zip(), "zip"),
        )

    def upload_template(self, body: str) -> str:
        """Upload the template and return its URL; in a request a template may have at most 51,200 bytes."""
        key = self._upload("template/template", body.encode(), "yml")
        return f"{self._s3.meta.endpoint_url}/{self.bucket}/{key}"

    def _upload(self, name: str, body: bytes, suffix: str) -> str:
        from botocore.exceptions import ClientError

        key = f"{name}-{hashlib.sha256(body).hexdigest()[:16]}.{suffix}"
        with aws_errors_for_user():
            try:
                self._s3.head_object(**self._owned_bucket, Key=key)
            except ClientError as error:
                if error_code(error) not in {"404", "NoSuchKey"}:
                    raise
                self._s3.put_object(**self._owned_bucket, Key=key, Body=body)
        return key

    def remove(self) -> bool:
        """Remove the bucket and everything in it; return whether there was one."""
        if not self._exists():
            return False
        with aws_errors_for_user():
            for keys in self._pages_of_keys():
                self._s3.delete_objects(**self._owned_bucket, Delete={"Objects": keys, "Quiet": True})
            self._s3.delete_bucket(**self._owned_bucket)
        return True

    def _pages_of_keys(self) -> Iterator[list[dict[str, str]]]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(**self._owned_bucket):
            if found := page.get("Contents"):
                yield [{"Key": item["Key"]} for item in found]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise UserError(f"there is no file {path}: `make package` builds the zips of the functions") from None


def _partition(region: str) -> str:
    import boto3

    return str(boto3.Session().get_partition_for_region(region))
