"""dbt that ends itself by SIGKILL around a chosen call to AWS: `python -m tests.athena.support.killed_dbt KILL ...`.

A call is known by one line: its name and the statement, table or bucket that it names.
"""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import sys
from dataclasses import asdict, dataclass
from typing import Any, Literal

import botocore.client
import botocore.session
from dbt.cli.main import cli

# dbt-athena makes a boto3 session per connection, and each reads megabytes of service models: a third of dbt's time
botocore.session.create_loader = functools.cache(botocore.session.create_loader)

LAST_WORDS = "Killed at: "


@dataclass(frozen=True)
class Kill:
    """The moment at which a run dies.

    Attributes
    ----------
    when
        `before` the call is made; once it was `sent`; `after` the statement that it started has ended at Athena.
    call
        Regular expression for the call.
    nth
        Which of the calls that match.
    """

    when: Literal["before", "sent", "after"]
    call: str
    nth: int = 1

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def statement(words: str) -> str:
    """A statement that begins with these words, `"` and backticks left out. dbt sends most of them after a comment."""
    return rf"StartQueryExecution (-- [^\n]*)?\s*{words}\b"


def described(operation: str, parameters: dict[str, Any]) -> str:
    of = parameters.get("QueryString") or parameters.get("Name") or parameters.get("Prefix") or ""
    return re.sub(r"[\"`]|awsdatacatalog\"?\.", "", f"{operation} {of}")


def arm(kill: Kill) -> None:
    """Wrap the one method through which every boto3 client calls."""
    base: Any = botocore.client.BaseClient
    call = base._make_api_call
    matches = 0
    awaited: set[str] = set()

    def watched(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        nonlocal matches
        is_it = False
        if re.match(kill.call, described(operation, parameters), re.IGNORECASE):
            matches += 1
            is_it = matches == kill.nth
        if is_it:
            print(LAST_WORDS + json.dumps(parameters.get("QueryString", "")), file=sys.stderr, flush=True)
            if kill.when == "before":
                end()
        answer = call(client, operation, parameters)
        if is_it and kill.when == "after" and operation == "StartQueryExecution":
            awaited.add(answer["QueryExecutionId"])
        elif is_it:
            end()
        ended = operation == "GetQueryExecution" and answer["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
        if ended and parameters["QueryExecutionId"] in awaited:
            end()
        return answer

    base._make_api_call = watched


def end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    arm(Kill(**json.loads(sys.argv[1])))
    cli(sys.argv[2:])
