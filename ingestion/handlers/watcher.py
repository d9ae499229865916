"""The function that measures how long events have waited for a build: the age of gold, for the alarm `gold-late`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.handlers.clients import client

NAMESPACE: Final = "Shoplake"
# the location of bronze.events; ingestion.lake.bronze_table has the same
PREFIX: Final = "bronze/events/"
# `loads` is the model that a build writes last
LEDGER: Final = "loads"
# if the builds are off and no event came for so long, nobody expects a build
QUIET: Final = timedelta(hours=1)
_HOUR: Final = timedelta(hours=1)

logger: Final = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "watcher"))
metrics: Final = Metrics(
    namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE),
    service=os.environ.get("POWERTOOLS_SERVICE_NAME", "watcher"),
)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish the metric GoldAge, in seconds, and return it with the two times that it comes from."""
    now = datetime.now(UTC)
    built_at = _built_at(os.environ["SHOPLAKE_SCHEMA"])
    bucket = os.environ["SHOPLAKE_BUCKET"]
    waiting_since = _waiting_since(bucket, built_at)
    age = now - waiting_since if waiting_since and _is_build_expected(bucket, now) else timedelta()
    metrics.add_metric("GoldAge", MetricUnit.Seconds, round(age.total_seconds()))
    result = {
        "gold_age": round(age.total_seconds()),
        "built_at": built_at and built_at.isoformat(),
        "waiting_since": waiting_since and waiting_since.isoformat(),
    }
    logger.info("age of gold", extra=result)
    return result


def _built_at(schema: str) -> datetime | None:
    """When the newest complete build ended: a commit to an Iceberg table updates the table in Glue."""
    glue = client("glue", read_timeout=20)
    try:
        table = glue.get_table(DatabaseName=f"{schema}_silver", Name=LEDGER)["Table"]
    except glue.exceptions.EntityNotFoundException:
        return None
    updated: datetime = table["UpdateTime"]
    return updated.astimezone(UTC)


def _waiting_since(bucket: str, built_at: datetime | None) -> datetime | None:
    """When the first object was written that no build can have read; None if every object was read."""
    unread = (one for one in _written(bucket, built_at) if built_at is None or one > built_at)
    return next(unread, None)


def _is_build_expected(bucket: str, now: datetime) -> bool:
    """Whether the builds are switched on, or events arrive that somebody should build."""
    rule = client("events", read_timeout=20).describe_rule(Name=os.environ["SHOPLAKE_BUILD_RULE"])
    return rule["State"] == "ENABLED" or any(one > now - QUIET for one in _written(bucket, now - QUIET))


def _written(bucket: str, since: datetime | None) -> Iterator[datetime]:
    """When the objects of the arrival hours since then (or of all hours) were written, the oldest hour first.

    S3 lists keys in the order of their UTF-8 bytes, which is the order of the hours:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html
    """
    # an object lies in the arrival hour of its oldest record, which may be the hour before it was written
    start = f"{PREFIX}dt={since - _HOUR:%Y-%m-%d}/hour={since - _HOUR:%H}/" if since else PREFIX
    pages = client("s3", read_timeout=20).get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=PREFIX, StartAfter=start):
        for found in page.get("Contents", []):
            written: datetime = found["LastModified"]
            yield written.astimezone(UTC)
