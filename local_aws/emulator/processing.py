"""A stream's Lambda processor as Firehose calls it: with batches, again where it fails, and nothing passes unprocessed.

ministack calls the function with each record alone, and where it fails delivers the record as it was sent.
Sources: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html (batches),
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html (what failed).
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import ministack.services.firehose as firehose
from ministack.services import lambda_svc

_MIB: Final = 1024 * 1024
_DEFAULTS: Final = {"BufferSizeInMBs": "1", "NumberOfRetries": "3"}


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was put; `arrived_at` in milliseconds since 1970."""

    id: str
    data: bytes
    arrived_at: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A record that the function has no answer for, and why."""

    record: Record
    attempts: int
    code: str
    message: str


class Processor:
    """The function of a stream's ProcessingConfiguration."""

    def __init__(self, stream: dict[str, Any], parameters: dict[str, str]) -> None:
        self.arn = parameters["LambdaArn"]
        self._stream = stream
        self._batch_bytes = float(parameters["BufferSizeInMBs"]) * _MIB
        self._attempts = int(parameters["NumberOfRetries"]) + 1

    @classmethod
    def of(cls, stream: dict[str, Any], config: dict[str, Any]) -> Processor | None:
        processing = config.get("ProcessingConfiguration") or {}
        for processor in processing.get("Processors") or []:
            if processing.get("Enabled") and processor.get("Type") == "Lambda":
                given = {one["ParameterName"]: one["ParameterValue"] for one in processor["Parameters"]}
                return cls(stream, _DEFAULTS | given)
        return None

    def process(self, records: Iterable[Record]) -> tuple[list[bytes], list[Failed]]:
        """What the function makes of the records, and those that it fails for."""
        passed: list[bytes] = []
        failed: list[Failed] = []
        for batch in self._batches(records):
            answer, why = self._call(batch)
            answered = {one.get("recordId"): one for one in answer}
            for record in batch:
                of_record = answered.get(record.id, {})
                result = of_record.get("result")
                if result == "Ok":
                    passed.append(base64.b64decode(of_record["data"]))
                elif result != "Dropped":
                    attempts = self._attempts if why else 1
                    code = "Lambda.FunctionError" if why else f"Lambda.{result or 'MissingRecordId'}"
                    failed.append(Failed(record, attempts, code, why or f"the record's result is {result}"))
        return passed, failed

    def _batches(self, records: Iterable[Record]) -> Iterator[list[Record]]:
        batch: list[Record] = []
        size = 0
        for record in records:
            if batch and size + len(record.data) > self._batch_bytes:
                yield batch
                batch, size = [], 0
            batch.append(record)
            size += len(record.data)
        if batch:
            yield batch

    def _call(self, batch: list[Record]) -> tuple[list[dict[str, Any]], str]:
        """The records of the answer, or none and the reason of the last attempt."""
        event = {
            "invocationId": firehose.new_uuid(),
            "deliveryStreamArn": self._stream["arn"],
            "region": firehose.get_region(),
            "records": [
                {
                    "recordId": record.id,
                    "approximateArrivalTimestamp": record.arrived_at,
                    "data": base64.b64encode(record.data).decode(),
                }
                for record in batch
            ],
        }
        name, qualifier = lambda_svc._resolve_name_and_qualifier(self.arn)
        why = ""
        for _ in range(self._attempts):
            function, _ = lambda_svc._get_func_record_for_qualifier(name, qualifier)
            if function is None:
                why = f"there is no function {self.arn}"
                continue
            result = lambda_svc._execute_function(function, event)
            body = result.get("body")
            if isinstance(body, str | bytes):
                body = json.loads(body)
            if not result.get("error") and isinstance(body, dict) and "records" in body:
                return body["records"], ""
            why = json.dumps(body)
        return [], why


def document(failed: Failed, arn: str) -> bytes:
    """One line of an object under the error prefix."""
    fields = {
        "attemptsMade": failed.attempts,
        "arrivalTimestamp": failed.record.arrived_at,
        "errorCode": failed.code,
        "errorMessage": failed.message,
        "attemptEndingTimestamp": int(time.time() * 1000),
        "rawData": base64.b64encode(failed.record.data).decode(),
        "lambdaArn": arn,
    }
    return json.dumps(fields).encode() + b"\n"
