"""The monthly bill: units of each service that a month of 30 days uses, times their prices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from ingestion.cost.prices import prices
from ingestion.firehose.packing import BILLED_BYTES, RECORD_BYTES

DAYS: Final = 30
_DAY_S: Final = 86_400

# Values of the template; tests/ingestion/stack/test_template.py compares them.
DOOR_GB: Final = 1769 / 1024
DOOR_BUFFER_BYTES: Final = 1024**2
DOOR_BUFFER_S: Final = 60
ALARM_METRICS: Final = 24
SECRETS: Final = 2
S3_TO_INFREQUENT_DAYS: Final = 30
S3_TO_ARCHIVE_DAYS: Final = 90
# By default, S3 moves no smaller object to another storage class: see TransitionDefaultMinimumObjectSize in
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-lifecycleconfig.html
S3_SMALLEST_MOVED_BYTES: Final = 128 * 1024

# Measured at two loads: see `athena_bytes_of`.
_ATHENA_BYTES_A_BUILD: Final = 787_000_000
_ATHENA_BYTES_A_DAILY_EVENT: Final = 761

# Assumptions; replace each of them with the value that your account shows.
_CUSTOM_METRICS: Final = 19  # of the functions, including ten rejection reasons and two gaps of events
_REQUEST_METRICS: Final = 13  # of S3's sixteen, those that it reports for a whole bucket
_DOOR_CALL_S: Final = 0.05  # per call, in addition to the time for its lines
_LOG_BYTES_A_CALL: Final = 2_000
_LOG_BYTES_A_BUILD: Final = 100_000
_READS_A_BUILD: Final = 2_000
_WRITES_A_BUILD: Final = 300
_GLUE_REQUESTS_A_BUILD: Final = 800
_KMS_REQUESTS_AN_HOUR: Final = 200
_KMS_REQUESTS_A_BUILD: Final = 100
_COLD_STARTS_A_DAY: Final = 50
_BUSY_VISITORS_A_DAY: Final = 1_000
_EMAILS: Final = 100


@dataclass(frozen=True, slots=True)
class Load:
    """The events that arrive, and how often dbt builds.

    Attributes
    ----------
    builds
        dbt builds a day.
    bytes_per_event
        Size of the JSON line that is sent.
    stored_bytes_per_event
        Size in bronze after GZIP. The warehouse is assumed to store as much again.
    months
        Age of the lake; nothing is deleted from it.
    athena_bytes
        Bytes that Athena bills for one build, including the 10 MB minimum of every query; None: see `athena_bytes_of`.
    packed
        Whether a Firehose record contains many lines, or one.
    buffer_s, buffer_mb
        Time and size after which Firehose writes an object.
    door_rate
        Lines a second that the door processes.
    """

    events_per_day: int
    builds: int = 24
    bytes_per_event: int = 600
    stored_bytes_per_event: int = 100
    months: int = 12
    athena_bytes: int | None = None
    build_minutes: float = 4.0
    packed: bool = True
    buffer_s: int = 60
    buffer_mb: int = 5
    door_rate: int = 30_000
    request_metrics: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill."""

    service: str
    what: str
    units: float
    price: str

    @property
    def dollars(self) -> float:
        return self.units * prices()[self.price].price

    @property
    def unconfirmed(self) -> bool:
        return prices()[self.price].unconfirmed


def bill(load: Load) -> list[Line]:
    """Every line of the monthly bill."""
    return [*_ingestion(load), *_storage(load), *_builds(load), *_monitoring(load), *_other(load)]


def total(load: Load) -> float:
    """US dollars a month."""
    return sum(line.dollars for line in bill(load))


def athena_bytes_of(load: Load) -> int:
    """Bytes that Athena bills for one build.

    A build rereads the dates that late events touch, so the size of a day matters more than the number of new events.
    Measured: 810 MB at 30,000 events a day and 1,548 MB at a million (benchmarks/results/2026-11-21-athena.md). The
    value for other loads lies on the line through both points; beyond them it is an extrapolation.
    """
    if load.athena_bytes is not None:
        return load.athena_bytes
    return round(_ATHENA_BYTES_A_BUILD + _ATHENA_BYTES_A_DAILY_EVENT * load.events_per_day)


def unpacked(load: Load) -> Load:
    """The same load with one line per record."""
    return replace(load, packed=False)


def billed_bytes(load: Load) -> int:
    """Bytes a month that Firehose bills: it rounds each record up to 5 KB."""
    events = load.events_per_day * DAYS
    if not load.packed:
        return events * _rounded(load.bytes_per_event)
    return math.ceil(events * load.bytes_per_event / RECORD_BYTES) * _rounded(RECORD_BYTES)


def _rounded(size: int) -> int:
    return -(-size // BILLED_BYTES) * BILLED_BYTES


def _door_calls(load: Load) -> float:
    a_day = load.events_per_day * load.bytes_per_event / DOOR_BUFFER_BYTES
    return DAYS * max(a_day, min(_DAY_S / DOOR_BUFFER_S, load.events_per_day))


def _ingestion(load: Load) -> Iterator[Line]:
    calls = _door_calls(load)
    seconds = calls * _DOOR_CALL_S + load.events_per_day * DAYS / load.door_rate
    packing = "many lines per record" if load.packed else "one line per record"
    yield Line("Firehose", f"ingested, {packing}", billed_bytes(load) / 1e9, "firehose_gb")
    yield Line("Lambda", "calls of the door", calls / 1e6, "lambda_million_calls")
    yield Line("Lambda", "run time of the door", seconds * DOOR_GB, "lambda_gb_second")


def _storage(load: Load) -> Iterator[Line]:
    a_day = load.events_per_day * load.stored_bytes_per_event / 1e9
    days = load.months * DAYS
    standard = min(days, S3_TO_INFREQUENT_DAYS) if moves_to_cold_storage(load) else days
    infrequent = max(min(days, S3_TO_ARCHIVE_DAYS) - standard, 0)
    archive = days - standard - infrequent
    objects = DAYS * _objects_a_day(load)
    yield Line("S3", "objects written by Firehose", objects / 1e3, "s3_thousand_writes")
    yield Line("S3", "standard: bronze, warehouse", a_day * (standard + days), "s3_standard_gb")
    yield Line("S3", "infrequent access: bronze", a_day * infrequent, "s3_infrequent_gb")
    yield Line("S3", "archive: bronze", a_day * archive, "s3_archive_gb")


def moves_to_cold_storage(load: Load) -> bool:
    """Whether old objects of bronze are large enough for S3 to move them to cheaper storage."""
    return load.events_per_day * load.stored_bytes_per_event >= S3_SMALLEST_MOVED_BYTES * _objects_a_day(load)


def _objects_a_day(load: Load) -> float:
    return max(
        min(_DAY_S / max(load.buffer_s, 1), load.events_per_day),
        load.events_per_day * load.bytes_per_event / (load.buffer_mb * 1024**2),
    )


def _builds(load: Load) -> Iterator[Line]:
    builds = load.builds * DAYS
    yield Line("Athena", "read by dbt builds", builds * athena_bytes_of(load) / 1e12, "athena_tb")
    yield Line("S3", "read by dbt builds", builds * _READS_A_BUILD / 1e3, "s3_thousand_reads")
    yield Line("S3", "written by dbt builds", builds * _WRITES_A_BUILD / 1e3, "s3_thousand_writes")
    billed_requests = max(0.0, builds * _GLUE_REQUESTS_A_BUILD / 1e6 - 1)
    yield Line("Glue", "requests beyond a million", billed_requests, "glue_million_requests")
    yield Line("CodeBuild", "minutes of dbt builds", builds * load.build_minutes, "codebuild_minute")


def _monitoring(load: Load) -> Iterator[Line]:
    metrics = _CUSTOM_METRICS + (_REQUEST_METRICS if load.request_metrics else 0)
    logs = _door_calls(load) * _LOG_BYTES_A_CALL + load.builds * DAYS * _LOG_BYTES_A_BUILD
    yield Line("CloudWatch", "custom metrics, S3's request metrics", metrics, "cloudwatch_metric")
    yield Line("CloudWatch", "metrics of alarms", ALARM_METRICS, "cloudwatch_alarm_metric")
    yield Line("CloudWatch", "dashboard", 1, "cloudwatch_dashboard")
    yield Line("CloudWatch", "logs", logs / 1e9, "cloudwatch_log_gb")


def _other(load: Load) -> Iterator[Line]:
    requests = 24 * DAYS * _KMS_REQUESTS_AN_HOUR + load.builds * DAYS * _KMS_REQUESTS_A_BUILD
    yield Line("KMS", "key", 1, "kms_key")
    yield Line("KMS", "requests", requests / 1e4, "kms_ten_thousand_requests")
    yield Line("DynamoDB", "counters of busy visitors", DAYS * _BUSY_VISITORS_A_DAY / 1e6, "dynamodb_million_writes")
    yield Line("Secrets Manager", "secrets", SECRETS, "secret")
    yield Line("Secrets Manager", "calls", SECRETS * DAYS * _COLD_STARTS_A_DAY / 1e4, "secret_ten_thousand_calls")
    yield Line("SNS", "e-mails", _EMAILS / 1e5, "sns_hundred_thousand_emails")
