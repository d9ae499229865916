from __future__ import annotations

import pytest

from ingestion.errors import UserError
from ingestion.stack.running_builds import stop_builds
from tests.support.stubbed_aws import StubbedSession

TASK = "arn:aws:ecs:eu-central-1:123456789012:task/shop/1"


def sees(stubs: StubbedSession, **tasks: str) -> None:
    """One look at the cluster: the wanted state of the task, and the state in which it is."""
    ecs = stubs.stubber("ecs")
    for wanted in ("RUNNING", "STOPPED"):
        asked = {"cluster": "shop", "desiredStatus": wanted}
        ecs.add_response("list_tasks", {"taskArns": [TASK] if wanted in tasks else []}, asked)
    for state in tasks.values():
        found = {"tasks": [{"taskArn": TASK, "lastStatus": state}]}
        ecs.add_response("describe_tasks", found, {"cluster": "shop", "tasks": [TASK]})


def must_not_wait(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} seconds")


def test_a_running_build_is_stopped_once_and_awaited(stubs: StubbedSession) -> None:
    stubs.stubber("events").add_response("disable_rule", {}, {"Name": "shop-build"})
    sees(stubs, RUNNING="RUNNING")
    asked = {"cluster": "shop", "task": TASK, "reason": "shoplake destroy"}
    stubs.stubber("ecs").add_response("stop_task", {}, asked)
    sees(stubs, STOPPED="DEPROVISIONING")
    sees(stubs, STOPPED="STOPPED")
    waits: list[float] = []
    assert stop_builds(stubs.aws, "shop", sleep=waits.append) == 1
    assert len(waits) == 2
    stubs.stubber("ecs").assert_no_pending_responses()


def test_a_stack_without_a_running_build_is_deleted_at_once(stubs: StubbedSession) -> None:
    stubs.stubber("events").add_response("disable_rule", {})
    sees(stubs)
    assert stop_builds(stubs.aws, "shop", sleep=must_not_wait) == 0


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_what_cannot_be_stopped_is_left_to_cloudformation(stubs: StubbedSession, code: str) -> None:
    stubs.stubber("events").add_client_error("disable_rule", code)
    assert stop_builds(stubs.aws, "shop", sleep=must_not_wait) == 0


def test_an_error_of_aws_is_the_users_to_see(stubs: StubbedSession) -> None:
    stubs.stubber("events").add_client_error("disable_rule", "InternalException")
    with pytest.raises(UserError):
        stop_builds(stubs.aws, "shop")
