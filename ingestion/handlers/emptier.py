"""The function behind a CloudFormation custom resource: empties the bucket before the stack deletes it, if configured.

It responds to CloudFormation whatever happens, because CloudFormation would wait for a missing one until the
timeout of the template.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.handlers.clients import client

RESERVED_MILLISECONDS: Final = 15_000
PAGE: Final = 1_000

logger: Final = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "emptier"))


class OutOfTimeError(Exception):
    """The bucket contains more objects than one call can remove."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Empty the bucket of property `Bucket` on Delete, if property `EmptyOnDelete` is true."""
    properties = event.get("ResourceProperties", {})
    bucket = str(properties.get("Bucket", ""))
    status, reason = "SUCCESS", ""
    try:
        if event.get("RequestType") == "Delete" and str(properties.get("EmptyOnDelete")).lower() == "true":
            removed = empty(bucket, context)
            reason = f"removed {removed} versions of objects from {bucket}"
            logger.info("emptied", extra={"bucket": bucket, "versions": removed})
    except Exception as error:
        logger.exception("not emptied", extra={"bucket": bucket})
        status, reason = "FAILED", f"{bucket} could not be emptied: {error}; delete the stack again, or keep the bucket"
    respond(event, status, reason, bucket or "no-bucket")


def empty(bucket: str, context: LambdaContext) -> int:
    """Remove every version of every object, and unfinished uploads; return the number of versions.

    Raises
    ------
    OutOfTimeError
        Time is nearly up. The next call removes the rest.
    """
    s3 = client("s3", read_timeout=30)
    removed = 0
    try:
        # always the first page: its objects are gone when the next page is requested
        while found := _versions(s3.list_object_versions(Bucket=bucket, MaxKeys=PAGE)):
            keys = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
            failed = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True}).get("Errors", [])
            if failed:
                raise RuntimeError(f"{failed[0]['Key']}: {failed[0].get('Message', failed[0].get('Code'))}")
            removed += len(keys)
            if context.get_remaining_time_in_millis() < RESERVED_MILLISECONDS:
                raise OutOfTimeError(f"{removed} versions were removed, but more are left")
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    except s3.exceptions.NoSuchBucket:
        return removed
    return removed


def _versions(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [*page.get("Versions", []), *page.get("DeleteMarkers", [])]


def respond(event: dict[str, Any], status: str, reason: str, resource: str) -> None:
    """Send the response to CloudFormation. The physical id is the bucket's name: another bucket is another resource."""
    body = {
        "Status": status,
        "Reason": reason or "nothing to do",
        "PhysicalResourceId": event.get("PhysicalResourceId", resource) if status == "FAILED" else resource,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    # the signature of the URL requires an empty content type
    request = urllib.request.Request(
        event["ResponseURL"], json.dumps(body).encode(), {"Content-Type": ""}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=20):
        pass
