"""The statements of each dbt node, and the bytes that they read of each table.

The emulated Athena logs every statement with the ids of Trino's queries. Trino reports the bytes of each scan.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local_aws.launcher import Instance

MINIMUM_BYTES: Final = 10_000_000
DOLLARS_PER_BYTE: Final = 5 / 1e12
_PERIOD_S: Final = 1.0
# Athena does not charge for these: https://aws.amazon.com/athena/pricing/ ("no charge for DDL statements")
_FREE: Final = ("CREATE_VIEW", "ALTER_TABLE", "DROP_", "CREATE_DATABASE")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a dbt run.

    Attributes
    ----------
    node
        dbt's unique id, from the comment before its SQL; '' for a statement of no node.
    read
        Bytes by `schema.table`, summed over all scans.
    """

    node: str
    kind: str
    sql: str
    scanned_bytes: int
    seconds: float
    read: Counter[str]

    @property
    def dollars(self) -> float:
        """5 USD per terabyte, at least 10 MB per statement: https://aws.amazon.com/athena/pricing/ (us-east-1)."""
        if self.kind.startswith(_FREE):
            return 0.0
        return max(self.scanned_bytes, MINIMUM_BYTES) * DOLLARS_PER_BYTE


class StatementLog:
    """The statements that an emulated AWS has run since a position in its log."""

    def __init__(self, instance: Instance, state: Path) -> None:
        self._trino = instance.trino
        self._path = state / "logs" / "queries.jsonl"
        self._position = 0
        self.skip()

    def skip(self) -> None:
        """Skip all statements so far."""
        self._position = self._path.stat().st_size if self._path.exists() else 0

    @contextmanager
    def following(self) -> Iterator[list[Statement]]:
        """A list that fills while statements run. It is read at once: Trino keeps the details of few queries."""
        self.skip()
        found: list[Statement] = []
        ended = threading.Event()

        def follow() -> None:
            while not ended.wait(_PERIOD_S):
                found.extend(self._read())
            found.extend(self._read())

        thread = threading.Thread(target=follow)
        thread.start()
        try:
            yield found
        finally:
            ended.set()
            thread.join()

    def _read(self) -> list[Statement]:
        with self._path.open("rb") as file:
            file.seek(self._position)
            lines = file.read().splitlines(keepends=True)
        lines = [line for line in lines if line.endswith(b"\n")]
        self._position += sum(map(len, lines))
        return [self._statement(json.loads(line)) for line in lines]

    def _statement(self, logged: dict[str, Any]) -> Statement:
        node = re.search(r'"node_id": "([^"]+)"', logged["sql"])
        read: Counter[str] = Counter()
        for query in logged["trino_ids"]:
            read += self._scans(query)
        return Statement(
            node=node[1] if node else "",
            kind=logged["substatement"] or "",
            sql=logged["sql"],
            scanned_bytes=logged["scanned_bytes"],
            seconds=logged["seconds"],
            read=read,
        )

    def _scans(self, query: str) -> Counter[str]:
        """Trino lists the table of a scan in `inputs`, and its bytes in the operator whose source is the scan."""
        request = urllib.request.Request(f"{self._trino}/v1/query/{query}", headers={"X-Trino-User": "cost"})
        with urllib.request.urlopen(request) as answer:
            info = json.load(answer)
        tables = {each["planNodeId"]: f"{each['schema']}.{each['table']}" for each in info["inputs"]}
        read: Counter[str] = Counter()
        for operator in info["queryStats"]["operatorSummaries"]:
            size = int(operator["physicalInputDataSize"].removesuffix("B"))
            if size:
                scan = operator["sourceId"] if operator["sourceId"] in tables else operator["planNodeId"]
                read[tables.get(scan, "?")] += size
        return read
