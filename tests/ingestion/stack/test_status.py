from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from botocore.response import StreamingBody

from ingestion.errors import UserError
from ingestion.stack.schedules import Rule
from ingestion.stack.status import Build, Freshness, StackStatus, stack_status
from tests.support.stubbed_aws import NOW, StubbedSession, stack_description


def prepare(stubs: StubbedSession, *, active: bool) -> None:
    """Prepare a stack that is working, with an alarm; or one that is being created."""
    made = {"Bucket": "the-bucket", "OrchestratorFunction": "shop-orchestrator", "WebhookUrl": "https://hooks.example/"}
    outputs = made if active else {}
    cloudformation = stubs.stubber("cloudformation")
    state = "CREATE_COMPLETE" if active else "CREATE_IN_PROGRESS"
    # of one that is being created, nobody asks for the builds
    for _ in range(3 if active else 2):
        cloudformation.add_response("describe_stacks", stack_description(state, outputs))
    resources = [
        ("AWS::CloudWatch::Alarm", "shop-build-failed"),
        ("AWS::CloudWatch::Alarm", "shop-door-errors"),
        ("AWS::S3::Bucket", "the-bucket"),
    ]
    summaries = [
        {
            "LogicalResourceId": name.title(), "PhysicalResourceId": name, "ResourceType": kind,
            "ResourceStatus": "CREATE_COMPLETE", "LastUpdatedTimestamp": NOW,
        }
        for kind, name in resources
    ]  # fmt: skip
    listed = {"StackResourceSummaries": summaries if active else []}
    cloudformation.add_response("list_stack_resources", listed, {"StackName": "shop"})
    rules = [
        {"Name": "shop-build", "State": "ENABLED", "ScheduleExpression": "rate(1 hour)"},
        {"Name": "shop-of-another-kind", "State": "ENABLED", "ScheduleExpression": "rate(1 hour)"},
    ]
    stubs.stubber("events").add_response("list_rules", {"Rules": rules if active else []})
    build = {"status": "FAILED", "started_at": (NOW - timedelta(minutes=5)).isoformat(), "ended_at": None}
    answer = json.dumps({"last_build": build}).encode()
    payload = StreamingBody(io.BytesIO(answer), len(answer))
    stubs.stubber("lambda").add_response("invoke", {"StatusCode": 200, "Payload": payload})
    points = [
        {"Timestamp": NOW - timedelta(minutes=minutes), "Maximum": seconds, "Unit": "Seconds"}
        for minutes, seconds in ((5, 60.0), (10, 900.0))
    ]
    cloudwatch = stubs.stubber("cloudwatch")
    cloudwatch.add_response("get_metric_statistics", {"Datapoints": points if active else []})
    if active:
        # not by the prefix of their names, which those of a stack shop-of-another-kind share
        asked = {"AlarmNames": ["shop-build-failed", "shop-door-errors"], "StateValue": "ALARM", "MaxRecords": 100}
        cloudwatch.add_response("describe_alarms", {"MetricAlarms": [{"AlarmName": "shop-build-failed"}]}, asked)


def test_the_state_of_a_working_stack_is_that_of_its_newest_build_and_measurement(stubs: StubbedSession) -> None:
    prepare(stubs, active=True)
    stubs.stubber("s3").add_response("head_bucket", {}, {"Bucket": "the-bucket"})
    assert stack_status(stubs.aws, "shop", NOW) == StackStatus(
        "CREATE_COMPLETE",
        [Rule("shop-build", "build", True, "rate(1 hour)")],
        Build("FAILED", NOW - timedelta(minutes=5)),
        Freshness(60.0, NOW - timedelta(minutes=5)),
        ["shop-build-failed"],
        None,
        "https://hooks.example/",
    )


def test_a_bucket_that_was_deleted_under_the_stack_is_noticed(stubs: StubbedSession) -> None:
    prepare(stubs, active=True)
    stubs.stubber("s3").add_client_error("head_bucket", "404", http_status_code=404)
    assert stack_status(stubs.aws, "shop", NOW).lost_bucket == "the-bucket"


def test_a_bucket_that_may_not_be_looked_at_is_not_taken_for_lost(stubs: StubbedSession) -> None:
    prepare(stubs, active=True)
    stubs.stubber("s3").add_client_error("head_bucket", "403", http_status_code=403)
    assert stack_status(stubs.aws, "shop", NOW).lost_bucket is None


def test_a_stack_that_is_being_created_has_neither_builds_nor_measurements(stubs: StubbedSession) -> None:
    prepare(stubs, active=False)
    assert stack_status(stubs.aws, "shop", NOW) == StackStatus("CREATE_IN_PROGRESS", [], None, None, [])


def test_a_stack_that_does_not_exist_is_reported_with_its_region(stubs: StubbedSession) -> None:
    message = "Stack with id shop does not exist"
    stubs.stubber("cloudformation").add_client_error("describe_stacks", "ValidationError", message)
    with pytest.raises(UserError, match="there is no stack shop in eu-central-1 of account 123456789012"):
        stack_status(stubs.aws, "shop", NOW)
