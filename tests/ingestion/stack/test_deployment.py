from __future__ import annotations

import signal

import pytest

from ingestion.errors import Interrupted
from ingestion.stack.deployment import Deployment
from tests.support.stubbed_aws import StubbedSession, prepare_deletion


def test_an_interrupted_deployment_reports_that_cloudformation_continues(
    stubs: StubbedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise Interrupted(signal.SIGINT)

    prepare_deletion(stubs, ("CREATE_COMPLETE", ["old"]), ("DELETE_IN_PROGRESS", ["old", "a"]))
    stubs.stubber("events").add_response("list_rules", {"Rules": []})
    deployment = Deployment(stubs.aws, "shop")
    deployment.stack._sleep = interrupt
    # the events of a deletion are followed in the same way as those of a change set
    monkeypatch.setattr(deployment.stack, "execute", deployment.stack.delete)
    with pytest.raises(Interrupted) as raised:
        deployment.execute(lambda event: None)
    sentence = raised.value.sentence
    assert "CloudFormation continues with the stack shop; `shoplake status --stack shop`" in sentence
