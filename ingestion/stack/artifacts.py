"""The small bucket that must be there before the stack: zips of the functions, this project, the template."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, error_code, told
from ingestion.stack.project_zip import project_zip

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
MAX_BUCKET_NAME: Final = 63
_ABSENT: Final = {"404", "NoSuchBucket"}
_OF_OTHERS: Final = {"403", "AccessDenied"}


@dataclass(frozen=True, slots=True)
class Code:
    """Keys in the artifacts bucket, each with the hash of what stands there: the same content changes no parameter."""

    door: str
    generator: str
    project: str


class Artifacts:
    """The bucket `<stack>-artifacts-<account>-<region>`.

    Every call names the account as the expected owner: a bucket of that name that is not ours is never written to.
    """

    def __init__(self, aws: Aws, stack: str) -> None:
        self.bucket = f"{stack}-artifacts-{aws.account}-{aws.region}".lower()
        if (over := len(self.bucket) - MAX_BUCKET_NAME) > 0:
            raise UserError(
                f"--stack {stack} is too long by {over} characters: the bucket {self.bucket} of its code may have "
                f"{MAX_BUCKET_NAME} in its name"
            )
        self._region = aws.region
        self._s3 = aws.client("s3")
        self._ours = {"Bucket": self.bucket, "ExpectedBucketOwner": aws.account}

    def make(self) -> bool:
        """Make the bucket, private and TLS only; whether it was not there."""
        if self._exists():
            return False
        with told():
            self._create()
        return True

    def _exists(self) -> bool:
        from botocore.exceptions import ClientError

        with told():
            try:
                self._s3.head_bucket(**self._ours)
            except ClientError as error:
                if error_code(error) in _OF_OTHERS:
                    raise UserError(
                        f"the bucket {self.bucket} cannot be used ({error_code(error)}): it belongs to another "
                        "account, or your credentials may not read it; another --stack uses another bucket"
                    ) from None
                if error_code(error) not in _ABSENT:
                    raise
                return False
        return True

    def _create(self) -> None:
        # us-east-1 is the only region that must not be named
        where = {"LocationConstraint": self._region}
        place = {} if self._region == "us-east-1" else {"CreateBucketConfiguration": where}
        self._s3.create_bucket(Bucket=self.bucket, **place)
        private = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        )
        self._s3.put_public_access_block(**self._ours, PublicAccessBlockConfiguration=private)
        arn = f"arn:{_partition(self._region)}:s3:::{self.bucket}"
        tls_only = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [tls_only]})
        self._s3.put_bucket_policy(**self._ours, Policy=policy)

    def upload_code(self, zips: Path, architecture: str) -> Code:
        """Bring the code up, as far as it is not there already."""
        bodies = {name: _read(zips / f"{name}-{architecture}.zip") for name in ("door", "generator")}
        return Code(
            door=self._upload("functions/door", bodies["door"], "zip"),
            generator=self._upload("functions/generator", bodies["generator"], "zip"),
            project=self._upload("source/project", project_zip(), "zip"),
        )

    def upload_template(self, body: str) -> str:
        """The URL at which CloudFormation reads the template; in a request it may have 51,200 bytes only."""
        key = self._upload("template/template", body.encode(), "yml")
        return f"{self._s3.meta.endpoint_url}/{self.bucket}/{key}"

    def _upload(self, name: str, body: bytes, suffix: str) -> str:
        from botocore.exceptions import ClientError

        key = f"{name}-{hashlib.sha256(body).hexdigest()[:16]}.{suffix}"
        with told():
            try:
                self._s3.head_object(**self._ours, Key=key)
            except ClientError as error:
                if error_code(error) not in {"404", "NoSuchKey"}:
                    raise
                self._s3.put_object(**self._ours, Key=key, Body=body)
        return key

    def remove(self) -> bool:
        """Remove the bucket and all in it; whether there was one."""
        if not self._exists():
            return False
        with told():
            for keys in self._keys():
                self._s3.delete_objects(**self._ours, Delete={"Objects": keys, "Quiet": True})
            self._s3.delete_bucket(**self._ours)
        return True

    def _keys(self) -> Iterator[list[dict[str, str]]]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(**self._ours):
            if found := page.get("Contents"):
                yield [{"Key": item["Key"]} for item in found]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise UserError(f"there is no {path}: `make package` makes the zips of the functions") from None


def _partition(region: str) -> str:
    import boto3

    return str(boto3.Session().get_partition_for_region(region))
