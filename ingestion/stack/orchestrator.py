"""Calls the stack's orchestrator function, which starts dbt builds and switches the two schedules on and off."""

from __future__ import annotations

import json
from typing import Any

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, aws_errors_for_user
from ingestion.stack.stack import Stack


def call_orchestrator(aws: Aws, stack: str, action: str, what: str = "all") -> dict[str, Any]:
    """Do `action` (build, start, stop or status) to `what` (generator, builds or all); return what it answers.

    Raises
    ------
    UserError
        There is no such stack, or the function failed.
    """
    function = Stack(aws, stack).outputs()["OrchestratorFunction"]
    with aws_errors_for_user():
        response = aws.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps({"action": action, "what": what}).encode()
        )
        payload = json.loads(response["Payload"].read() or b"null")
    if response.get("FunctionError"):
        reason = payload.get("errorMessage", payload) if isinstance(payload, dict) else payload
        raise UserError(f"the function {function} failed: {reason}; its log is /aws/lambda/{function}")
    return payload if isinstance(payload, dict) else {}
