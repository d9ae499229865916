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
    """The other end of a presigned URL."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answered)
        self.answers: list[dict[str, Any]] = []


class _Answered(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_PUT(self) -> None:
        assert self.headers["Content-Type"] == ""
        self.server.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
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


def test_a_bucket_is_emptied_when_its_stack_goes_and_the_user_wants_it(
    stack: CloudFormation, s3: Any, context: Any
) -> None:
    handler(request(stack, "Delete"), context)
    (answer,) = stack.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "data")
    assert (answer["StackId"], answer["RequestId"]) == (request(stack, "Delete")["StackId"], "r")
    assert "27 versions" in answer["Reason"]
    s3.delete_bucket(Bucket="data")


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("Create", "true"), ("Update", "true"), ("Create", "false"), ("Update", "false"), ("Delete", "false")],
)
def test_else_nothing_is_removed(stack: CloudFormation, s3: Any, context: Any, kind: str, wanted: str) -> None:
    handler(request(stack, kind, EmptyOnDelete=wanted), context)
    assert [answer["Status"] for answer in stack.answers] == ["SUCCESS"]
    assert versions(s3) == 27


def test_a_bucket_that_is_gone_is_empty(stack: CloudFormation, account: Account, context: Any) -> None:
    handler(request(stack, "Delete", Bucket="gone"), context)
    assert [answer["Status"] for answer in stack.answers] == ["SUCCESS"]


def test_what_fails_is_answered_with_the_reason(
    stack: CloudFormation, s3: Any, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> int:
        raise PermissionError("AccessDenied: not yours")

    monkeypatch.setattr(emptier, "empty", denied)
    handler(request(stack, "Delete"), context)
    (answer,) = stack.answers
    assert answer["Status"] == "FAILED"
    assert "data could not be emptied: AccessDenied: not yours; delete the stack again" in answer["Reason"]


def test_time_that_runs_out_is_answered_and_the_next_call_goes_on(stack: CloudFormation, s3: Any, context: Any) -> None:
    context.milliseconds_left = 10_000
    handler(request(stack, "Delete"), context)
    assert stack.answers[0]["Status"] == "FAILED"
    assert "more are left" in stack.answers[0]["Reason"]
    assert 0 < versions(s3) < 27
    context.milliseconds_left = 300_000
    handler(request(stack, "Delete"), context)
    assert stack.answers[1]["Status"] == "SUCCESS"
    assert versions(s3) == 0
