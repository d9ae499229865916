"""AWS in this process, emulated by moto, with the environment that the template gives the functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ingestion.door.keys import Keys
from ingestion.handlers import clients, door, webhook

KEY = "an address key for tests"
ID_KEY = "an id key for tests"
KEYS = Keys(KEY.encode(), ID_KEY.encode())
REGION = "eu-central-1"


@dataclass
class Context:
    """The context that Lambda passes to a function."""

    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"
    function_name: str = "door"
    function_version: str = "1"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:door"
    milliseconds_left: int = 300_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds_left


@dataclass
class Account:
    """An AWS account with the resources that the functions use."""

    queue: str
    ip_sets: list[dict[str, str]]

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        return make(service, region_name=REGION)

    def alerts(self) -> list[dict[str, Any]]:
        """Messages that the subscriber received since the last call."""
        answer = self.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return [json.loads(body["Message"]) for body in bodies]

    def items(self) -> list[dict[str, Any]]:
        return list(self.client("dynamodb").scan(TableName="counters")["Items"])

    def blocked(self) -> list[str]:
        """The addresses of both IP sets."""
        waf = self.client("wafv2")
        return [address for ip_set in self.ip_sets for address in waf.get_ip_set(**ip_set)["IPSet"]["Addresses"]]


def event(name: str) -> dict[str, Any]:
    """A recorded call of Firehose."""
    content = json.loads((Path(__file__).with_name("firehose_events") / f"{name}.json").read_text())
    assert isinstance(content, dict)
    return content


def reset_functions() -> None:
    """Clear everything that the functions keep between calls, as for a cold start."""
    clients.client.cache_clear()
    door.door.cache_clear()
    door._detector.cache_clear()
    door.metrics.clear_metrics()
    webhook._secrets.cache_clear()
    webhook._door.cache_clear()


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        # one client for each service: creating a client takes most of the time of this fixture
        make: Any = cache(lambda service: boto3.client(service, region_name=REGION))
        make("secretsmanager").create_secret(Name="hmac", SecretString=KEY)
        make("secretsmanager").create_secret(Name="ids", SecretString=ID_KEY)
        make("dynamodb").create_table(
            TableName="counters",
            KeySchema=[{"AttributeName": "visitor_minute", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "visitor_minute", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        topic = make("sns").create_topic(Name="alerts")["TopicArn"]
        queue = make("sqs").create_queue(QueueName="subscriber")["QueueUrl"]
        arn = make("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        make("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        ip_sets = []
        for version, present in {"IPV4": ["198.51.100.4/32"], "IPV6": []}.items():
            named = {"Name": f"suspects-{version}", "Scope": "REGIONAL"}
            created = make("wafv2").create_ip_set(**named, IPAddressVersion=version, Addresses=present)["Summary"]
            ip_sets.append(named | {"Id": created["Id"]})
        for name, value in {
            "SHOPLAKE_HMAC_SECRET": "hmac",
            "SHOPLAKE_ID_SECRET": "ids",
            "SHOPLAKE_STREAM": "shop",
            "SHOPLAKE_COUNTERS": "counters",
            "SHOPLAKE_ALERT_TOPIC": topic,
            "SHOPLAKE_VISITOR_LIMIT": "100",
            "SHOPLAKE_IP_SET": " ".join(f"{ip_set['Name']}|{ip_set['Id']}|{ip_set['Scope']}" for ip_set in ip_sets),
        }.items():
            monkeypatch.setenv(name, value)
        reset_functions()
        yield Account(queue, ip_sets)
    reset_functions()
