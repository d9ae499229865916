"""A delivery stream with a failing function, on the emulated AWS (local_aws/emulator/processing.py).

Nothing passes the function, and nothing is lost. The tests are here because they share the emulated AWS of this folder.
"""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

BUCKET, STREAM = "delivery", "through-a-function"
FUNCTION = """
def handler(event, context):
    records = event["records"]
    if any(record["data"] == "ZmFpbA==" for record in records):
        raise ValueError("no key")
    results = {"b25l": "Ok", "dHdv": "Dropped", "dGhyZWU=": "ProcessingFailed"}
    return {"records": [
        {"recordId": record["recordId"], "result": results[record["data"]], "data": "bGluZQo="} for record in records
    ]}
"""


@pytest.fixture(scope="module")
def client(endpoint: str) -> Any:
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    return lambda service: session.client(service, endpoint_url=endpoint)


@pytest.fixture
def stream(client: Any) -> Iterator[str]:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("door.py", FUNCTION)
    role = "arn:aws:iam::000000000000:role/any"
    function = client("lambda").create_function(
        FunctionName=STREAM, Runtime="python3.11", Role=role, Handler="door.handler", Code={"ZipFile": code.getvalue()}
    )
    parameters = [
        {"ParameterName": "LambdaArn", "ParameterValue": function["FunctionArn"]},
        {"ParameterName": "NumberOfRetries", "ParameterValue": "1"},
    ]
    client("s3").create_bucket(Bucket=BUCKET)
    client("firehose").create_delivery_stream(
        DeliveryStreamName=STREAM,
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "Prefix": "passed/!{timestamp:yyyy}/",
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/!{timestamp:yyyy}/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 10},
            "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": parameters}]},
        },
    )
    yield STREAM
    client("firehose").delete_delivery_stream(DeliveryStreamName=STREAM)
    client("lambda").delete_function(FunctionName=STREAM)
    for key in objects(client, ""):
        client("s3").delete_object(Bucket=BUCKET, Key=key)
    client("s3").delete_bucket(Bucket=BUCKET)


def objects(client: Any, prefix: str) -> dict[str, bytes]:
    listed = client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    keys = [item["Key"] for item in listed]
    return {key: client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def delivered(client: Any, stream: str, *records: str) -> tuple[list[bytes], list[dict[str, Any]]]:
    """Send records; return the objects of those that passed, and the lines of the objects of those that failed."""
    client("firehose").put_record_batch(
        DeliveryStreamName=stream, Records=[{"Data": record.encode()} for record in records]
    )
    deadline = time.monotonic() + 60
    while not (failed := objects(client, "errors/processing-failed/20")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    lines = [json.loads(line) for body in failed.values() for line in body.splitlines()]
    return list(objects(client, "passed/20").values()), lines


def test_a_batch_whose_function_fails_is_stored_unchanged_and_does_not_pass(client: Any, stream: str) -> None:
    passed, failed = delivered(client, stream, "one", "fail")
    assert passed == []
    assert [base64.b64decode(line["rawData"]) for line in failed] == [b"one", b"fail"]
    assert {line["attemptsMade"] for line in failed} == {2}
    assert "no key" in failed[0]["errorMessage"]


def test_records_of_a_batch_go_where_the_function_sends_them(client: Any, stream: str) -> None:
    passed, failed = delivered(client, stream, "one", "two", "three", "one")
    assert passed == [b"line\nline\n"]
    assert [base64.b64decode(line["rawData"]) for line in failed] == [b"three"]
