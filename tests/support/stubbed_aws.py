"""AWS clients that return prepared responses, in order; no call leaves the process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ingestion.stack.aws import Aws

NOW = datetime(2026, 3, 10, tzinfo=UTC)


class StubbedSession:
    """A session whose clients return the responses that a test has prepared."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}
        self._stubbers: dict[str, Stubber] = {}

    def client(self, service: str, **_: Any) -> Any:
        self.stubber(service)
        return self._clients[service]

    def stubber(self, service: str) -> Stubber:
        if service not in self._stubbers:
            session = boto3.Session("testing", "testing", region_name="eu-central-1")
            # the types of boto3 know literal names only
            make: Any = session.client
            self._clients[service] = make(service)
            self._stubbers[service] = Stubber(self._clients[service])
            self._stubbers[service].activate()
        return self._stubbers[service]

    @property
    def aws(self) -> Aws:
        return Aws(self, "123456789012", "eu-central-1")


@pytest.fixture
def stubs() -> StubbedSession:
    return StubbedSession()


def stack_description(status: str, outputs: dict[str, str] | None = None) -> dict[str, Any]:
    """A response of DescribeStacks for the stack `shop`."""
    stack = {"StackName": "shop", "StackId": "arn:shop", "StackStatus": status, "CreationTime": NOW}
    values = [{"OutputKey": key, "OutputValue": value} for key, value in (outputs or {}).items()]
    return {"Stacks": [stack | {"Outputs": values}]}


def stack_events(*names: str) -> dict[str, Any]:
    """A response of DescribeStackEvents: one event of each resource, newest first."""
    return {
        "StackEvents": [
            {
                "StackId": "arn:shop", "StackName": "shop", "EventId": name, "LogicalResourceId": name,
                "ResourceType": "AWS::S3::Bucket", "ResourceStatus": "DELETE_COMPLETE", "Timestamp": NOW,
            }
            for name in reversed(names)
        ]
    }  # fmt: skip


def prepare_deletion(stubs: StubbedSession, *polls: tuple[str, list[str]]) -> None:
    """Prepare a deletion: each poll returns the status of the stack and the names of its events so far."""
    stub = stubs.stubber("cloudformation")
    for number, (status, names) in enumerate(polls):
        stub.add_response("describe_stacks", stack_description(status))
        stub.add_response("describe_stack_events", stack_events(*names))
        if number == 0:
            stub.add_response("delete_stack", {})
