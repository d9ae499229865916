from __future__ import annotations

import io

import pytest

from ingestion.errors import UserError
from ingestion.stack.orchestrator import call_orchestrator
from tests.support.stubbed_aws import StubbedSession, stack_description


def test_a_failed_orchestrator_is_reported_with_its_log(stubs: StubbedSession) -> None:
    description = stack_description("CREATE_COMPLETE", {"OrchestratorFunction": "shop-orchestrator"})
    stubs.stubber("cloudformation").add_response("describe_stacks", description)
    payload = io.BytesIO(b'{"errorMessage": "no such rule"}')
    stubs.stubber("lambda").add_response("invoke", {"FunctionError": "Unhandled", "Payload": payload})
    with pytest.raises(UserError, match="no such rule; its log is /aws/lambda/shop-orchestrator"):
        call_orchestrator(stubs.aws, "shop", "start", "all")
