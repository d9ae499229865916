"""Webhooks from the function URL to bronze, with the functions of this project, on the emulated AWS."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import importlib.util
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from ingestion.stack.package import sources, write_zip
from tests.ingestion.stack.conftest import Shoplake
from tests.support.paths import ROOT

STACK, STREAM = "hooked", "hooked-events"
SECRET = "the secret of the shop"
FORMATS = ROOT / "tests" / "ingestion" / "door" / "formats"
# the emulator runs functions with the Python of this test
RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def installed(package: str) -> Iterator[tuple[str, bytes]]:
    """The files of an installed package, as they are in a zip of a function."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    origin = Path(spec.origin)
    paths = origin.parent.rglob("*") if spec.submodule_search_locations else [origin]
    root = origin.parents[1] if spec.submodule_search_locations else origin.parent
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root).as_posix(), path.read_bytes()


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Zips as `make package` writes them, of what is installed here."""
    folder = tmp_path_factory.mktemp("code")
    packages = ("aws_lambda_powertools", "jmespath", "msgspec", "typing_extensions", "yaml")
    entries = [*sources(), *(entry for package in packages for entry in installed(package))]
    for name in ("door", "generator"):
        write_zip(folder / f"{name}-x86_64.zip", entries)
    return folder


@pytest.fixture(scope="module")
def client(endpoint: str) -> Any:
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    return lambda service: session.client(service, endpoint_url=endpoint)


@pytest.fixture
def url(shoplake: Shoplake, code: Path, client: Any, endpoint: str) -> Iterator[str]:
    """The URL of a stack that takes webhooks, and knows the secrets of both shops."""
    options = ("--bronze-database", "hooked_bronze", "--schema", "hooked", "--empty-bucket-on-destroy")
    parameters = ("-p", "Webhooks=yes", "-p", f"LambdaRuntime={RUNTIME}")
    done = shoplake("deploy", "--stack", STACK, "--arch", "x86_64", "--zips", code, *options, *parameters)
    assert done.returncode == 0, done.stderr
    for shop in ("shopify", "woocommerce"):
        client("ssm").put_parameter(Name=f"/{STACK}/webhooks/{shop}", Value=SECRET, Type="SecureString")
    host = client("lambda").get_function_url_config(FunctionName=f"{STACK}-webhook")["FunctionUrl"]
    assert f"webhooks    {host}" in shoplake("status", "--stack", STACK).stdout
    # the emulator answers for a function URL at a path of its own
    yield f"{endpoint}/_aws/lambda-url/{host.removeprefix('https://').partition('.')[0]}/"
    for shop in ("shopify", "woocommerce"):
        client("ssm").delete_parameter(Name=f"/{STACK}/webhooks/{shop}")
    assert shoplake("destroy", "--stack", STACK, "--yes").returncode == 0


def posted(url: str, body: bytes, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} | named)
    try:
        return int(urllib.request.urlopen(request).status)
    except urllib.error.HTTPError as error:
        return error.code


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def shopify(url: str, body: bytes, secret: str = SECRET) -> int:
    return posted(url, body, X_Shopify_Hmac_Sha256=signature(body, secret), X_Shopify_Topic="orders/create")


def woocommerce(url: str, body: bytes) -> int:
    return posted(url, body, X_WC_Webhook_Signature=signature(body), X_WC_Webhook_Topic="order.updated")


def bronze(client: Any, bucket: str, at_least: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 60
    while True:
        listed = client("s3").list_objects_v2(Bucket=bucket, Prefix="bronze/events/").get("Contents", [])
        bodies = [client("s3").get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in listed]
        events = [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]
        if len(events) >= at_least:
            return events
        assert time.monotonic() < deadline, events
        time.sleep(0.2)


def test_orders_of_both_shops_arrive_once_and_forged_ones_never(url: str, client: Any) -> None:
    order = (FORMATS / "shopify_webhook.jsonl").read_bytes().splitlines()[0]
    other = (FORMATS / "woocommerce.jsonl").read_bytes().splitlines()[0]
    assert [shopify(url, order), shopify(url, order), woocommerce(url, other)] == [200, 200, 200]
    assert [shopify(url, order, "wrong"), posted(url, order)] == [401, 401]
    assert posted(url, b"webhook_id=1") == 200

    outputs = client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    [bucket] = [output["OutputValue"] for output in outputs if output["OutputKey"] == "Bucket"]
    lines = len(json.loads(order)["line_items"])
    others = len(json.loads(other)["line_items"])
    events = bronze(client, bucket, 2 * lines + others)
    assert {event.get("reject_reason") for event in events} == {None}
    assert len({event["event_id"] for event in events if event["source"] == "shopify"}) == lines
    assert "woocommerce" in {event["source"] for event in events}
    assert "ann@example.com" not in str(events)

    # without a stream, the shop is told to deliver again
    client("firehose").delete_delivery_stream(DeliveryStreamName=STREAM)
    assert shopify(url, order) == 503
