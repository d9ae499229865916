"""The artifacts bucket, created before the stack: it holds the zips of the functions, this project and the template."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, aws_errors_for_user, error_code, partition_of
from ingestion.stack.project_zip import project_zip
from ingestion.stack.protection import protect

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
MAX_BUCKET_NAME: Final = 63
# folders of what `upload_code` and `upload_template` upload
_UPLOADED: Final = ("functions/", "source/", "template/")
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
        """Create the bucket unless it exists, and protect it in any case; return whether it was created here.

        A bucket that could not be protected holds no code: it is removed again if it was created here.
        """
        created = not self._exists()
        with aws_errors_for_user():
            if created:
                # S3 rejects a location constraint for us-east-1 only
                constraint = {"LocationConstraint": self._region}
                location = {} if self._region == "us-east-1" else {"CreateBucketConfiguration": constraint}
                self._s3.create_bucket(Bucket=self.bucket, **location)
        try:
            with aws_errors_for_user():
                protect(self._s3, self._owned_bucket, f"arn:{partition_of(self._region)}:s3:::{self.bucket}")
        except UserError:
            if created:
                self.remove()
            raise
        return created

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

    def retire(self, keep: Collection[str]) -> None:
        """Delete all code and templates but the objects in `keep`; the bucket keeps their versions for a while."""
        with aws_errors_for_user():
            for page in self._s3.get_paginator("list_objects_v2").paginate(**self._owned_bucket):
                keys = [one["Key"] for one in page.get("Contents", [])]
                self._delete([{"Key": key} for key in keys if key.startswith(_UPLOADED) and key not in keep])

    def remove(self) -> bool:
        """Remove the bucket and every version in it; return whether there was one."""
        if not self._exists():
            return False
        with aws_errors_for_user():
            for page in self._s3.get_paginator("list_object_versions").paginate(**self._owned_bucket):
                versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                self._delete([{"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions])
            self._s3.delete_bucket(**self._owned_bucket)
        return True

    def _delete(self, objects: list[dict[str, str]]) -> None:
        if objects:
            self._s3.delete_objects(**self._owned_bucket, Delete={"Objects": objects, "Quiet": True})


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise UserError(f"there is no file {path}: `make package` builds the zips of the functions") from None
