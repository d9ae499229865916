"""The function that runs the door (validation and pseudonymization) on every record of the delivery stream.

It fails closed. Without its two keys it raises, Firehose retries the batch three times and then stores it under the
error prefix, and no line passes whose addresses could not be replaced.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import KinesisFirehoseEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.detection.counters import Counters
from ingestion.detection.detector import Detector
from ingestion.detection.ip_set import IpSet, IpSetName
from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.keys import Keys, check_key
from ingestion.errors import UserError
from ingestion.firehose.delivery import Delivery, firehose_client
from ingestion.firehose.sink import FirehoseSink
from ingestion.handlers.clients import client
from ingestion.handlers.transformation import Transformed, payload_of, transform

NAMESPACE: Final = "Shoplake"
DEFAULT_LIMIT: Final = 300
# Firehose waits five minutes for the response, and the function has less. Records whose lines cannot be sent by then
# are returned as failed.
SEND_AGAIN_SECONDS: Final = 20.0

logger: Final = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "door"))
metrics: Final = Metrics(
    namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE),
    service=os.environ.get("POWERTOOLS_SERVICE_NAME", "door"),
)


class NoKeyError(Exception):
    """A key of the door is missing or too short, so no line may pass."""


@logger.inject_lambda_context
@metrics.log_metrics
@event_source(data_class=KinesisFirehoseEvent)
def handler(event: KinesisFirehoseEvent, context: LambdaContext) -> dict[str, Any]:
    """Return, for each record of a Firehose call, the lines that the door made of it."""
    now = datetime.now(UTC)
    records = event["records"]
    the_door = door()
    transformed = transform(records, the_door, now=now, send_again=_send_again)
    _report(transformed)
    if transformed.requests and (detector := _detector()) is not None:

        def addresses(visitors: set[str]) -> dict[str, str]:
            found: dict[str, str] = {}
            for record in records:
                found |= the_door.addresses(payload_of(record) or b"", visitors)
            return found

        suspects = detector.inspect(transformed.requests, addresses, now)
        for suspect in suspects:
            logger.warning("suspect visitor", visitor=suspect.visitor, requests=suspect.requests, reason=suspect.reason)
        metrics.add_metric("SuspectVisitors", MetricUnit.Count, len(suspects))
    return {"records": transformed.records}


@cache
def door() -> Door:
    """Return the door with its keys from Secrets Manager; it is kept as long as the function instance lives.

    Raises
    ------
    NoKeyError
        A secret cannot be read, or is too short. The next call of the function tries again.
    """
    return Door(load_dialect(os.environ.get("SHOPLAKE_DIALECT", "canonical")), door_keys())


def door_keys() -> Keys:
    """Read both keys of the stack; see `door` for the errors."""
    return Keys(_key(os.environ["SHOPLAKE_HMAC_SECRET"]), _key(os.environ["SHOPLAKE_ID_SECRET"]))


def _key(secret: str) -> bytes:
    try:
        response = client("secretsmanager").get_secret_value(SecretId=secret)
    except Exception as error:
        raise NoKeyError(f"secret {secret} cannot be read, so no line may pass: {error}") from error
    key: bytes = response.get("SecretBinary") or response.get("SecretString", "").encode()
    try:
        return check_key(key, f"secret {secret}")
    except UserError as error:
        raise NoKeyError(f"{error}; no line may pass") from None


def _send_again(lines: list[bytes]) -> None:
    stream = os.environ["SHOPLAKE_STREAM"]
    with FirehoseSink(Delivery(firehose_client(), stream), None, give_up_after=SEND_AGAIN_SECONDS) as sink:
        sink.write(lines, datetime.now(UTC))


def _report(transformed: Transformed) -> None:
    rejected = transformed.rejected.total()
    metrics.add_metric("LinesAccepted", MetricUnit.Count, transformed.accepted)
    metrics.add_metric("LinesRejected", MetricUnit.Count, rejected)
    hollow = {found.name: found.count for found in transformed.fullness.hollow()}
    # in the log, because a metric costs money every month: only what an alarm watches is one
    for reason, count in transformed.rejected.items():
        logger.info("rejected", extra={"reason": reason, "lines": count})
    for name, count in hollow.items():
        logger.info("lacking", extra={"what": name, "events": count})
    if transformed.mishandled:
        metrics.add_metric("LinesMishandled", MetricUnit.Count, transformed.mishandled)
    counts: dict[str, Any] = {
        "records": len(transformed.records),
        "accepted": transformed.accepted,
        "rejected": dict(transformed.rejected),
        "ignored": transformed.ignored,
        "hollow": hollow,
    }
    if transformed.lines_moved or transformed.lines_failed:
        logger.warning("answer too large", **counts, moved=transformed.lines_moved, failed=transformed.lines_failed)
        metrics.add_metric("LinesMoved", MetricUnit.Count, transformed.lines_moved)
        metrics.add_metric("LinesFailed", MetricUnit.Count, transformed.lines_failed)
    else:
        logger.info("batch", extra=counts)


@cache
def _detector() -> Detector | None:
    table, topic = os.environ.get("SHOPLAKE_COUNTERS"), os.environ.get("SHOPLAKE_ALERT_TOPIC")
    if not table or not topic:
        return None
    # one IP set for each IP version, separated by a space
    names = map(IpSetName.parse, os.environ.get("SHOPLAKE_IP_SET", "").split())
    return Detector(
        int(os.environ.get("SHOPLAKE_VISITOR_LIMIT", DEFAULT_LIMIT)),
        Counters(client("dynamodb"), table),
        lambda subject, message: client("sns").publish(TopicArn=topic, Subject=subject, Message=message),
        ip_sets=[IpSet(client("wafv2", name.region), name) for name in names],
        visitor_of=lambda address: door().visitor_hash(address),
        on_failure=_detection_failed,
    )


def _detection_failed(what: str, error: Exception) -> None:
    # without the message, because a message of WAF contains the address
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    logger.error("detection failed", extra={"what": what, "error": type(error).__name__, "code": code})
    metrics.add_metric("DetectionFailed", MetricUnit.Count, 1)
