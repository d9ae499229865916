"""A Firehose that keeps the records it receives, and fails where a test wants it to."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

Answer = Exception | set[int]
"""The result of one call: an exception, or the positions of the records that fail."""


class FakeFirehose:
    """PutRecordBatch, with the limits that AWS documents.

    Parameters
    ----------
    answers
        One for each call; later calls succeed.
    written_before_time_out
        Whether the records of a call that raises are kept, as if only the response had been lost.
    """

    def __init__(self, answers: list[Answer] | None = None, *, written_before_time_out: bool = False) -> None:
        self.calls: list[list[bytes]] = []
        self.kept: list[bytes] = []
        self.meta = SimpleNamespace(region_name="eu-central-1")
        self._answers: Iterator[Answer] = iter(answers or [])
        self._written_before_time_out = written_before_time_out

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: N803
        data = [record["Data"] for record in Records]
        assert DeliveryStreamName == "shop"
        assert 1 <= len(data) <= 500
        assert all(len(record) <= 1_000 * 1024 for record in data)
        assert sum(map(len, data)) <= 4 * 1024 * 1024
        self.calls.append(data)
        answer = next(self._answers, set())
        if isinstance(answer, Exception):
            if self._written_before_time_out:
                self.kept += data
            raise answer
        answer = {position for position in answer if position < len(data)}
        self.kept += [record for position, record in enumerate(data) if position not in answer]
        return {
            "FailedPutCount": len(answer),
            "RequestResponses": [
                {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
                if position in answer
                else {"RecordId": str(position)}
                for position in range(len(data))
            ],
        }

    @property
    def lines(self) -> list[bytes]:
        return b"".join(self.kept).splitlines()


def client_error(code: str, message: str = "a simulated error") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "PutRecordBatch")


class FakeTime:
    """A clock that moves only when a test waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
