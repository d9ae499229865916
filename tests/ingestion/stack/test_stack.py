from __future__ import annotations

from ingestion.stack.stack import Stack
from tests.support.stubbed_aws import StubbedSession, prepare_deletion, stack_description


def test_events_are_shown_once_and_only_those_of_this_change(stubs: StubbedSession) -> None:
    prepare_deletion(
        stubs,
        ("CREATE_COMPLETE", ["old"]),
        # a poll before CloudFormation has started
        ("CREATE_COMPLETE", ["old"]),
        ("DELETE_IN_PROGRESS", ["old", "a"]),
        ("DELETE_IN_PROGRESS", ["old", "a", "b", "c"]),
        ("DELETE_COMPLETE", ["old", "a", "b", "c"]),
    )
    stack = Stack(stubs.aws, "shop", sleep=lambda _: None)
    assert [event.resource for event in stack.delete()] == ["a", "b", "c"]


def test_a_change_set_without_changes_is_no_error(stubs: StubbedSession) -> None:
    stub = stubs.stubber("cloudformation")
    stub.add_response("describe_stacks", stack_description("CREATE_COMPLETE"))
    stub.add_response("describe_stacks", stack_description("CREATE_COMPLETE"))
    stub.add_response("create_change_set", {"Id": "arn:change", "StackId": "arn:shop"})
    reason = "The submitted information didn't contain changes. Submit different information to create a change set."
    stub.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": reason, "Changes": []})
    stub.add_response("delete_change_set", {})
    stub.add_response("describe_stacks", stack_description("CREATE_COMPLETE"))
    assert Stack(stubs.aws, "shop", sleep=lambda _: None).create_change_set("https://template", {}, set()) == []
