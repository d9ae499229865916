from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.errors import UserError
from ingestion.handlers import orchestrator
from ingestion.handlers.orchestrator import NotStartedError, handler
from tests.support.aws_account import Account


@pytest.fixture
def rules(account: Account, monkeypatch: pytest.MonkeyPatch) -> Any:
    events = account.client("events")
    for variable, name in (("SHOPLAKE_GENERATOR_RULE", "generate"), ("SHOPLAKE_BUILD_RULE", "build")):
        events.put_rule(Name=name, ScheduleExpression="rate(5 minutes)", State="DISABLED")
        monkeypatch.setenv(variable, name)
    monkeypatch.setattr(orchestrator, "_last_build", lambda: None)
    return events


@pytest.mark.parametrize(
    ("what", "state"),
    [
        ("all", {"generator": "ENABLED", "builds": "ENABLED"}),
        ("generator", {"generator": "ENABLED", "builds": "DISABLED"}),
        ("builds", {"generator": "DISABLED", "builds": "ENABLED"}),
    ],
)
def test_start_and_stop_switch_the_rules(rules: Any, context: Any, what: str, state: dict[str, str]) -> None:
    off = {"generator": "DISABLED", "builds": "DISABLED", "last_build": None}
    assert handler({"action": "status"}, context) == off
    assert handler({"action": "start", "what": what}, context) == off | state
    assert handler({"action": "status"}, context) == off | state
    assert rules.describe_rule(Name="generate")["State"] == state["generator"]
    assert handler({"action": "stop"}, context) == off


@pytest.mark.parametrize("event", [{}, {"action": "restart"}, {"action": "start", "what": "everything"}])
def test_an_unknown_action_is_reported_and_changes_nothing(rules: Any, context: Any, event: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="must be one of"):
        handler(event, context)
    assert rules.describe_rule(Name="generate")["State"] == "DISABLED"


@pytest.fixture
def cluster(account: Account, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A cluster with the task definition of the builds, and the bucket in which they write how they ended."""
    ecs, ec2 = account.client("ecs"), account.client("ec2")
    ecs.create_cluster(clusterName="shop")
    container = {"name": "dbt", "image": "dbt:latest", "memory": 1024}
    task = ecs.register_task_definition(
        family="shop-dbt",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="512",
        memory="1024",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]
    subnet = ec2.describe_subnets()["Subnets"][0]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    account.client("s3").create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    variables = {
        "SHOPLAKE_BUILD_CLUSTER": "shop",
        "SHOPLAKE_BUILD_TASK": task,
        "SHOPLAKE_BUILD_SUBNETS": subnet["SubnetId"],
        "SHOPLAKE_BUILD_SECURITY_GROUP": group,
        "SHOPLAKE_BUCKET": "bucket",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return ecs


def test_a_build_starts_unless_one_is_running(cluster: Any, context: Any) -> None:
    started = handler({"action": "build"}, context)["started"]
    assert cluster.list_tasks(cluster="shop")["taskArns"] == [started]
    assert handler({"action": "build"}, context) == {"started": None}
    assert len(cluster.list_tasks(cluster="shop")["taskArns"]) == 1
    cluster.stop_task(cluster="shop", task=started)
    assert handler({"action": "build"}, context)["started"] not in (None, started)


def test_a_build_that_ecs_does_not_start_fails_the_call(
    cluster: Any, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        list_tasks = cluster.list_tasks

        def run_task(self, **_: Any) -> dict[str, Any]:
            return {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time"}]}

    monkeypatch.setattr(orchestrator, "client", lambda service, read_timeout: Full())
    with pytest.raises(NotStartedError, match="Capacity is unavailable"):
        handler({"action": "build"}, context)


@pytest.mark.parametrize(
    ("status", "running", "shown"),
    [("SUCCEEDED", False, "SUCCEEDED"), ("RUNNING", True, "RUNNING"), ("RUNNING", False, "KILLED")],
)
def test_the_last_build_is_as_it_wrote_unless_it_was_killed(
    cluster: Any, context: Any, account: Account, status: str, running: bool, shown: str
) -> None:
    assert orchestrator._last_build() is None
    times = {"started_at": "2026-03-10T09:07:00+00:00", "ended_at": None}
    state = {"status": status, "daily": "2026-03-10", **times}
    account.client("s3").put_object(Bucket="bucket", Key="docs/build.json", Body=json.dumps(state).encode())
    if running:
        handler({"action": "build"}, context)
    assert orchestrator._last_build() == {"status": shown, **times}


def test_the_end_of_a_build_is_noted_with_what_is_billed(context: Any) -> None:
    task = {
        "taskArn": "arn:task",
        "containers": [{"exitCode": 1}],
        "stoppedReason": "Essential container in task exited",
        "pullStartedAt": "2026-03-10T09:07:10.5Z",
        "stoppedAt": "2026-03-10T09:10:11.0Z",
    }
    event = {"detail-type": "ECS Task State Change", "detail": task}
    assert handler(event, context) == {
        "task": "arn:task",
        "exit_codes": [1],
        "reason": "Essential container in task exited",
        "billed_seconds": 180,
    }
    never_pulled = {"taskArn": "arn:task", "stopCode": "TaskFailedToStart", "stoppedReason": "CannotPullContainerError"}
    assert handler(event | {"detail": never_pulled}, context)["reason"] == "CannotPullContainerError"
