"""The statements that dbt sent, read from the Athena API."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local_aws.aws_client import AwsClient


@dataclass(frozen=True)
class SentStatement:
    """A statement without its comment, and the name of the model or test that sent it ('' for none)."""

    node: str
    sql: str
    kind: str


class Statements:
    """The statements sent since the last call of `skip`, at first since the start."""

    def __init__(self, aws: AwsClient) -> None:
        self._aws = aws
        self._skipped: set[str] = set()
        self.skip()

    def skip(self) -> None:
        """Skip all statements so far."""
        self._skipped = set(self._ids())

    def sent(self, kind: str | None = None) -> list[SentStatement]:
        ids = [each for each in self._ids() if each not in self._skipped]
        found = []
        for first in range(0, len(ids), 50):
            answer = self._aws.call("athena", "BatchGetQueryExecution", QueryExecutionIds=ids[first : first + 50])
            for execution in answer["QueryExecutions"]:
                comment, _, sql = execution["Query"].partition("\n")
                node = re.search(r'"node_id": "(?:\w+)\.shoplake\.(\w+)', comment)
                one = SentStatement(node[1] if node else "", sql, execution["SubstatementType"])
                if kind in {None, one.kind}:
                    found.append(one)
        return found

    def _ids(self) -> list[str]:
        ids: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = self._aws.call("athena", "ListQueryExecutions", **token)
            ids += page["QueryExecutionIds"]
            if "NextToken" not in page:
                return ids
            token = {"NextToken": page["NextToken"]}
