"""Calls the stack's generator function, one call after the other, and adds up their reports."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, aws_errors_for_user
from ingestion.stack.stack import Stack

# the function ends after 300 seconds
_READ_TIMEOUT: Final = 330
# A call of the schedule may be running: the function has a reserved concurrency of one.
_BUSY_SECONDS: Final = 330
_BUSY_WAIT: Final = 10.0


class GeneratorFailedError(Exception):
    """A call failed. What it sent before that stays in the stream; the text is the function's own."""


class Generator:
    """The generator function of a stack.

    Parameters
    ----------
    sleep
        Waits while another call is running; tests replace it.
    """

    def __init__(self, aws: Aws, stack: str, sleep: Callable[[float], None] = time.sleep) -> None:
        from botocore.config import Config

        self.function = Stack(aws, stack).outputs()["GeneratorFunction"]
        # a call that is repeated because its answer was lost would send its events twice
        config = Config(read_timeout=_READ_TIMEOUT, retries={"total_max_attempts": 1})
        with aws_errors_for_user():
            self._lambda = aws.client("lambda", config=config)
        self._sleep = sleep

    def send(self, requests: Iterable[dict[str, Any]], on_sent: Callable[[int], object]) -> Counter[str]:
        """Make a call for each request; return the sums of their reports, and the number of calls as `calls_made`.

        Raises
        ------
        GeneratorFailedError
            A call failed; no further one is made.
        """
        total: Counter[str] = Counter()
        for request in requests:
            report = self._call(request)
            total.update({name: value for name, value in report.items() if isinstance(value, int)})
            total["calls_made"] += 1
            on_sent(total["sent"])
        return total

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        with aws_errors_for_user():
            response = self._invoke(json.dumps(request).encode())
            payload = json.loads(response["Payload"].read() or b"null")
        if response.get("FunctionError") or not isinstance(payload, dict):
            reason = payload.get("errorMessage", payload) if isinstance(payload, dict) else payload
            raise GeneratorFailedError(f"{reason}; its log is /aws/lambda/{self.function}")
        return payload

    def _invoke(self, payload: bytes) -> Any:
        for _ in range(int(_BUSY_SECONDS / _BUSY_WAIT)):
            try:
                return self._lambda.invoke(FunctionName=self.function, Payload=payload)
            except self._lambda.exceptions.TooManyRequestsException:
                self._sleep(_BUSY_WAIT)
        raise UserError(
            f"the function {self.function} has been busy for {_BUSY_SECONDS} seconds: `shoplake stop generator` "
            "switches its schedule off"
        )
