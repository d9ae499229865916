"""Trino's client protocol. Source: Trino developer guide, "Trino client REST API"."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from local_aws.engine.errors import SYSTEM, USER, CancelledError, StatementError

_BUSY: Final = {502, 503, 504}
_RETRY_AFTER_S: Final = 0.1
_TIMEOUT_S: Final = 120
# a query that runs out of memory here may still run on Athena
_OUT_OF_MEMORY: Final = {"EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT", "CLUSTER_OUT_OF_MEMORY"}
_TRINO_ADVICE: Final = ", set 'iceberg.unique-table-location=true'"


@dataclass(slots=True)
class Answer:
    """Rows, bytes and times of one statement."""

    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    update_count: int | None = None
    trino_id: str = ""
    scanned_bytes: int = 0
    elapsed_ms: int = 0
    queued_ms: int = 0


class TrinoClient:
    """Runs statements on one Trino server."""

    def __init__(self, url: str, *, user: str = "athena") -> None:
        self.url = url.rstrip("/")
        self._user = {"X-Trino-User": user}

    def run(
        self,
        sql: str,
        *,
        catalog: str,
        schema: str,
        session: dict[str, str],
        check: Callable[[int], None] = lambda scanned: None,
    ) -> Answer:
        """Run one statement to its end.

        Parameters
        ----------
        check
            Called at every step with the bytes read so far. It may raise `CancelledError` to stop the query.

        Raises
        ------
        StatementError
            Trino failed the statement, or does not answer.
        """
        headers = self._user | {
            "X-Trino-Source": "local-aws",
            "X-Trino-Catalog": catalog,
            "X-Trino-Schema": schema,
            "X-Trino-Time-Zone": "UTC",
            # without this, Trino truncates times to milliseconds
            "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
        }
        if session:
            headers["X-Trino-Session"] = ",".join(f"{name}={value}" for name, value in session.items())
        step = self._call("POST", f"{self.url}/v1/statement", headers, sql.encode())
        answer = Answer(trino_id=step["id"])
        while True:
            answer.columns = step.get("columns") or answer.columns
            answer.rows += step.get("data") or []
            answer.update_count = step.get("updateCount", answer.update_count)
            stats = step["stats"]
            answer.scanned_bytes = stats.get("physicalInputBytes", 0)
            answer.elapsed_ms = stats.get("elapsedTimeMillis", 0)
            answer.queued_ms = stats.get("queuedTimeMillis", 0)
            if "error" in step:
                raise _statement_error(step["error"])
            following = step.get("nextUri")
            try:
                check(answer.scanned_bytes)
            except CancelledError:
                if following:
                    self._call("DELETE", following, self._user)
                raise
            if not following:
                return answer
            step = self._call("GET", following, self._user)

    def _call(self, method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
        request = urllib.request.Request(url, data=body, headers=headers, method=method)
        while True:
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
                    content = answer.read()
                    found: dict[str, Any] = json.loads(content) if content else {}
                    return found
            except urllib.error.HTTPError as error:
                if error.code not in _BUSY:
                    raise StatementError(
                        "GENERIC_INTERNAL_ERROR", f"Trino returned HTTP status {error.code}", category=SYSTEM
                    ) from None
                time.sleep(_RETRY_AFTER_S)
            except urllib.error.URLError as error:
                message = f"Trino does not answer ({error.reason}): check `python -m local_aws status`"
                raise StatementError("GENERIC_INTERNAL_ERROR", message, category=SYSTEM) from None


def _statement_error(error: dict[str, Any]) -> StatementError:
    name = str(error.get("errorName") or "GENERIC_INTERNAL_ERROR")
    category = USER if error.get("errorType") == "USER_ERROR" else SYSTEM
    # Athena's message lacks Trino's advice on a catalog property: https://github.com/dbt-labs/dbt-athena/issues/437
    message = str(error.get("message")).partition(_TRINO_ADVICE)[0]
    if name in _OUT_OF_MEMORY:
        message += ". On this machine: run `python -m local_aws down`, then `up` with a larger --memory"
    return StatementError(name, message, category=category)
