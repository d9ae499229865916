from __future__ import annotations

import signal

import pytest

from ingestion.errors import Interrupted
from ingestion.stack.deletion import Deletion, KeptResources
from tests.support.stubbed_aws import StubbedSession, prepare_deletion, stack_description


def test_an_interrupted_deletion_reports_that_cloudformation_continues(stubs: StubbedSession) -> None:
    def interrupt(_: float) -> None:
        raise Interrupted(signal.SIGINT)

    # no build runs
    stubs.stubber("events").add_response("disable_rule", {})
    for _ in ("RUNNING", "STOPPED"):
        stubs.stubber("ecs").add_response("list_tasks", {"taskArns": []})
    prepare_deletion(stubs, ("CREATE_COMPLETE", ["old"]), ("DELETE_IN_PROGRESS", ["old", "a"]))
    deletion = Deletion(stubs.aws, "shop")
    deletion.stack._sleep = interrupt
    with pytest.raises(Interrupted) as raised:
        deletion.execute(lambda event: None)
    assert "CloudFormation continues with the stack shop" in raised.value.sentence


@pytest.mark.parametrize(
    ("outputs", "kept"),
    [
        (
            {"Bucket": "shop-data", "DataKey": "arn:key", "HmacSecret": "arn:secret", "IdSecret": "arn:ids"},
            KeptResources("shop-data", "arn:key", "arn:secret", "arn:ids"),
        ),
        # stacks of older templates
        (
            {"Bucket": "shop-data", "DataKey": "arn:key", "HmacSecret": "arn:secret"},
            KeptResources("shop-data", "arn:key", "arn:secret", None),
        ),
        ({"Bucket": "shop-data", "DataKey": "arn:key"}, KeptResources("shop-data", "arn:key", None)),
        # a stack that was never complete
        ({}, KeptResources()),
    ],
)
def test_the_resources_that_stay_are_those_of_the_outputs(
    stubs: StubbedSession, outputs: dict[str, str], kept: KeptResources
) -> None:
    stubs.stubber("cloudformation").add_response("describe_stacks", stack_description("CREATE_COMPLETE", outputs))
    assert Deletion(stubs.aws, "shop").kept_resources() == kept
