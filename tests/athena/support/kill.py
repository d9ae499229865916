"""A dbt process that kills itself by SIGKILL at a chosen call to AWS.

A call is matched as one line of text: its name and the statement, table or bucket that it names.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from dataclasses import dataclass
from typing import Any, Literal

import botocore.client

KILLED_AT = "Killed at: "


@dataclass(frozen=True)
class Kill:
    """The call to AWS at which a run is killed.

    Attributes
    ----------
    when
        `before` the call is sent, as soon as it is `sent`, or `after` the statement that it started has ended.
    call
        Regular expression for the call.
    nth
        Which of the calls that match.
    """

    when: Literal["before", "sent", "after"]
    call: str
    nth: int = 1


def statement(beginning: str) -> str:
    """A statement that begins like this, without `"` and backticks. dbt sends most of them after a comment."""
    return rf"StartQueryExecution (-- [^\n]*)?\s*{beginning}\b"


def arm(kill: Kill) -> None:
    """Wrap the one method that every boto3 client calls."""
    client_class: Any = botocore.client.BaseClient
    call = client_class._make_api_call
    matches = 0
    watched_executions: set[str] = set()

    def watched_call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        nonlocal matches
        is_chosen = False
        if re.match(kill.call, _as_text(operation, parameters), re.IGNORECASE):
            matches += 1
            is_chosen = matches == kill.nth
        if is_chosen:
            print(KILLED_AT + json.dumps(parameters.get("QueryString", "")), file=sys.stderr, flush=True)
            if kill.when == "before":
                _kill_this_process()
        answer = call(client, operation, parameters)
        if is_chosen and kill.when == "after" and operation == "StartQueryExecution":
            watched_executions.add(answer["QueryExecutionId"])
        elif is_chosen:
            _kill_this_process()
        succeeded = operation == "GetQueryExecution" and answer["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
        if succeeded and parameters["QueryExecutionId"] in watched_executions:
            _kill_this_process()
        return answer

    client_class._make_api_call = watched_call


def _as_text(operation: str, parameters: dict[str, Any]) -> str:
    target = parameters.get("QueryString") or parameters.get("Name") or parameters.get("Prefix") or ""
    return re.sub(r"[\"`]|awsdatacatalog\"?\.", "", f"{operation} {target}")


def _kill_this_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
