from __future__ import annotations

import pytest

from ingestion.stack.advice import deployment_blocker, explain_failures
from ingestion.stack.stack import Event
from tests.support.stubbed_aws import NOW


def event(reason: str, status: str = "CREATE_FAILED", resource: str = "DoorFunction") -> Event:
    return Event(resource, "AWS::Lambda::Function", status, reason, NOW)


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("shoplake-events already exists in stack arn:aws:...", "the name is taken"),
        (
            "decreases account's UnreservedConcurrentExecution below its minimum value of [10]",
            "--no-reserve-concurrency",
        ),
        ("Insufficient Lake Formation permission(s): Required Create Database on Catalog", "-p LakeFormation=yes"),
        ("CreateCluster Invalid Request: Unable to assume the service linked role.", "deploy again"),
        ("The bucket you tried to delete is not empty", "--empty-bucket-on-destroy"),
        (
            "arn:aws:iam::1:user/bob is not authorized to perform: iam:CreateRole on resource: r",
            "may not do iam:CreateRole",
        ),
    ],
)
def test_a_resource_that_failed_is_named_with_advice(reason: str, advice: str) -> None:
    [message] = explain_failures([event(reason)])
    assert message.startswith("DoorFunction (AWS::Lambda::Function): ")
    assert advice in message


def test_only_causes_are_reported() -> None:
    cancelled = event("Resource creation cancelled", resource="Dashboard")
    of_the_stack = Event("shoplake", "AWS::CloudFormation::Stack", "CREATE_FAILED", "resources failed", NOW)
    assert explain_failures([cancelled, of_the_stack, event("", status="CREATE_COMPLETE")]) == []


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("ROLLBACK_COMPLETE", "shoplake destroy --stack shop"),
        ("DELETE_FAILED", "shoplake destroy --stack shop"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name shop"),
        ("UPDATE_IN_PROGRESS", "still changing the stack shop"),
    ],
)
def test_a_stack_that_cannot_be_deployed_names_the_first_step(status: str, text: str) -> None:
    assert text in (deployment_blocker("shop", status) or "")


@pytest.mark.parametrize("status", ["ABSENT", "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_stack_that_is_not_changing_can_be_deployed(status: str) -> None:
    assert deployment_blocker("shop", status) is None
