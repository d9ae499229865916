"""A stream's Lambda processor: called with batches, retried after a failure; failed records are not delivered.

ministack calls the function with single records and delivers a record unprocessed if the function fails.
Sources: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html (batches),
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html (failures).
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
    """A record as it was put; `arrived_at` is in milliseconds since 1970."""

    id: str
    data: bytes
    arrived_at: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A record that the function did not process, and why."""

    record: Record
    attempts: int
    code: str
    message: str


class Processor:
    """The Lambda function in a stream's ProcessingConfiguration."""

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
        """The processed records, and the failed ones."""
        passed: list[bytes] = []
        failed: list[Failed] = []
        for batch in self._batches(records):
            answer, error = self._call(batch)
            answered = {one.get("recordId"): one for one in answer}
            for record in batch:
                of_record = answered.get(record.id, {})
                result = of_record.get("result")
                if result == "Ok":
                    passed.append(base64.b64decode(of_record["data"]))
                elif result != "Dropped":
                    attempts = self._attempts if error else 1
                    code = "Lambda.FunctionError" if error else f"Lambda.{result or 'MissingRecordId'}"
                    failed.append(Failed(record, attempts, code, error or f"the record's result is {result}"))
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
        """The records of the answer; or none, and the error of the last attempt."""
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
        error = ""
        for _ in range(self._attempts):
            function, _ = lambda_svc._get_func_record_for_qualifier(name, qualifier)
            if function is None:
                error = f"the function {self.arn} does not exist"
                continue
            result = lambda_svc._execute_function(function, event)
            body = result.get("body")
            if isinstance(body, str | bytes):
                body = json.loads(body)
            if not result.get("error") and isinstance(body, dict) and "records" in body:
                return body["records"], ""
            error = json.dumps(body)
        return [], error


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
