from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from ingestion.handlers import emptier
from ingestion.handlers.emptier import handler
from tests.support.aws_account import Account


class CloudFormation(HTTPServer):
    """The server behind the presigned URL, which collects responses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.responses: list[dict[str, Any]] = []


class _Handler(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_PUT(self) -> None:
        assert self.headers["Content-Type"] == ""
        self.server.responses.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def stack() -> Iterator[CloudFormation]:
    with CloudFormation() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def s3(account: Account, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(emptier, "PAGE", 10)
    client = account.client("s3")
    client.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    client.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    for number in range(25):
        client.put_object(Bucket="data", Key=f"bronze/{number}", Body=b"x")
    client.put_object(Bucket="data", Key="bronze/0", Body=b"again")
    client.delete_object(Bucket="data", Key="bronze/1")
    client.create_multipart_upload(Bucket="data", Key="unfinished")
    return client


def request(stack: CloudFormation, kind: str, **properties: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": f"http://127.0.0.1:{stack.server_address[1]}/answer?signed",
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/1",
        "RequestId": "r",
        "LogicalResourceId": "BucketEmptier",
        "ResourceProperties": {"Bucket": "data", "EmptyOnDelete": "true"} | properties,
    } | ({"PhysicalResourceId": "data"} if kind != "Create" else {})


def versions(s3: Any) -> int:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket="data")
    return sum(len(page.get("Versions", [])) + len(page.get("DeleteMarkers", [])) for page in pages)


def test_the_bucket_is_emptied_when_the_stack_is_deleted_and_the_property_is_true(
    stack: CloudFormation, s3: Any, context: Any
) -> None:
    handler(request(stack, "Delete"), context)
    (response,) = stack.responses
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS", "data")
    assert (response["StackId"], response["RequestId"]) == (request(stack, "Delete")["StackId"], "r")
    assert "27 versions" in response["Reason"]
    s3.delete_bucket(Bucket="data")


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("Create", "true"), ("Update", "true"), ("Create", "false"), ("Update", "false"), ("Delete", "false")],
)
def test_otherwise_nothing_is_removed(stack: CloudFormation, s3: Any, context: Any, kind: str, wanted: str) -> None:
    handler(request(stack, kind, EmptyOnDelete=wanted), context)
    assert [response["Status"] for response in stack.responses] == ["SUCCESS"]
    assert versions(s3) == 27


def test_a_bucket_that_does_not_exist_is_empty(stack: CloudFormation, account: Account, context: Any) -> None:
    handler(request(stack, "Delete", Bucket="gone"), context)
    assert [response["Status"] for response in stack.responses] == ["SUCCESS"]


def test_a_failure_is_reported_to_cloudformation_with_the_reason(
    stack: CloudFormation, s3: Any, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> int:
        raise PermissionError("AccessDenied: not yours")

    monkeypatch.setattr(emptier, "empty", denied)
    handler(request(stack, "Delete"), context)
    (response,) = stack.responses
    assert response["Status"] == "FAILED"
    assert "data could not be emptied: AccessDenied: not yours; delete the stack again" in response["Reason"]


def test_a_lack_of_time_is_reported_and_the_next_call_continues(stack: CloudFormation, s3: Any, context: Any) -> None:
    context.milliseconds_left = 10_000
    handler(request(stack, "Delete"), context)
    assert stack.responses[0]["Status"] == "FAILED"
    assert "more are left" in stack.responses[0]["Reason"]
    assert 0 < versions(s3) < 27
    context.milliseconds_left = 300_000
    handler(request(stack, "Delete"), context)
    assert stack.responses[1]["Status"] == "SUCCESS"
    assert versions(s3) == 0
