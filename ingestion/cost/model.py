"""The monthly bill: units of each service that a month of 30 days uses, times their prices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ingestion.cost.prices import DEFAULT_REGION, Price, prices
from ingestion.firehose.packing import BILLED_BYTES, RECORD_BYTES

DAYS: Final = 30
_DAY_S: Final = 86_400

# Values of the template; tests/ingestion/stack/test_template.py compares them.
DOOR_GB: Final = 1769 / 1024
DOOR_BUFFER_BYTES: Final = 1024**2
DOOR_BUFFER_S: Final = 60
ALARM_METRICS: Final = 20
SECRETS: Final = 2
BUILD_VCPU: Final = 0.5
BUILD_GB: Final = 1.0
S3_TO_ARCHIVE_DAYS: Final = 30
# By default, S3 moves no smaller object to another storage class: see TransitionDefaultMinimumObjectSize in
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-lifecycleconfig.html
S3_SMALLEST_MOVED_BYTES: Final = 128 * 1024

# Measured at two loads: see `athena_bytes_of`.
_ATHENA_BYTES_A_BUILD: Final = 837_000_000
_ATHENA_BYTES_A_DAILY_EVENT: Final = 433
_MOST_MEASURED_EVENTS: Final = 1_000_000

# Assumptions; replace each of them with the value that your account shows.
_CUSTOM_METRICS: Final = 4  # lines accepted and rejected, suspects, the age of gold
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
_IMAGES_A_MONTH: Final = 4  # deployments or pushes
_MINUTES_AN_IMAGE: Final = 4
_IMAGES_GB: Final = 0.2  # three images, which share most of their layers
# AWS bills the first two rotations of a key: https://cloudburn.io/blog/aws-kms-pricing
_BILLED_ROTATIONS: Final = 2
_YEAR: Final = 365


class Basis(StrEnum):
    """Where the units of a line come from."""

    measured = "measured"
    counted = "counted"
    assumed = "assumed"


@dataclass(frozen=True, slots=True)
class Load:
    """The events that arrive, and how often dbt builds.

    Attributes
    ----------
    builds
        dbt builds a day; one of them is the daily one.
    bytes_per_event
        Size of the JSON line that is sent.
    stored_bytes_per_event
        Size in bronze after GZIP. The warehouse is assumed to store as much again.
    months
        Age of the lake, from which nothing is deleted, and of the key, which is rotated every year.
    athena_bytes
        Bytes that Athena bills for one build, including the 10 MB minimum of every query; None: see `athena_bytes_of`.
    build_minutes
        Minutes of a container for one build, from the pull of its image on.
    packed
        Whether a Firehose record contains many lines, or one.
    buffer_s, buffer_mb
        Time and size after which Firehose writes an object.
    door_rate
        Lines a second that the door processes.
    request_metrics, dashboard
        The parameters RequestMetrics and MakeDashboard.
    region
        A region of prices.yml.
    free_tier
        Whether the account has what AWS gives every account for ever, and nothing else uses it.
    """

    events_per_day: int
    builds: int = 24
    bytes_per_event: int = 600
    stored_bytes_per_event: int = 100
    months: int = 12
    athena_bytes: int | None = None
    build_minutes: float = 3.0
    packed: bool = True
    buffer_s: int = 300
    buffer_mb: int = 5
    door_rate: int = 30_000
    request_metrics: bool = False
    dashboard: bool = False
    region: str = DEFAULT_REGION
    free_tier: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill.

    Attributes
    ----------
    price
        Its name in prices.yml.
    basis
        Whether the units were measured, counted in the template, or assumed.
    region, free_tier
        Those of the load.
    """

    service: str
    what: str
    units: float
    price: str
    basis: Basis
    region: str = DEFAULT_REGION
    free_tier: bool = False

    @property
    def each(self) -> Price:
        return prices(self.region)[self.price]

    @property
    def dollars(self) -> float:
        return max(0.0, self.units - (self.each.free if self.free_tier else 0)) * self.each.price


def bill(load: Load) -> list[Line]:
    """Every line of the monthly bill."""
    lines = [*_ingestion(load), *_storage(load), *_builds(load), *_monitoring(load), *_other(load)]
    return [replace(line, region=load.region, free_tier=load.free_tier) for line in lines]


def total(load: Load) -> float:
    """US dollars a month."""
    return sum(line.dollars for line in bill(load))


def athena_bytes_of(load: Load) -> int:
    """Bytes that Athena bills for one build.

    A build rereads the dates that late events touch, so the size of a day matters more than the number of new events.
    Most of the bytes are the minimum of 10 MB for each of its statements.
    Measured (benchmarks/results/2026-11-28-athena.md): 850 MB at 30,000 events a day; at a million 1,486 MB, of which
    reading the stored events once saves 166 and the daily tier 50. The value for other loads lies on the line through
    both points; beyond them it is an extrapolation. Since then measured: 826 MB at 100,000 (the line says 880), and at
    a million 1,338 in a busy hour right after a first build, when `order_lines` reads 130 MB more than later.
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
    yield Line("Firehose", f"ingested, {packing}", billed_bytes(load) / 1e9, "firehose_gb", Basis.measured)
    yield Line("Lambda", "calls of the door", calls / 1e6, "lambda_million_calls", Basis.counted)
    yield Line("Lambda", "run time of the door", seconds * DOOR_GB, "lambda_gb_second", Basis.assumed)


def _storage(load: Load) -> Iterator[Line]:
    a_day = load.events_per_day * load.stored_bytes_per_event / 1e9
    days = load.months * DAYS
    standard = min(days, S3_TO_ARCHIVE_DAYS) if moves_to_cold_storage(load) else days
    archive = days - standard
    objects = DAYS * _objects_a_day(load)
    yield Line("S3", "objects written by Firehose", objects / 1e3, "s3_thousand_writes", Basis.counted)
    yield Line("S3", "standard: bronze, warehouse", a_day * (standard + days), "s3_standard_gb", Basis.assumed)
    yield Line("S3", "archive: bronze", a_day * archive, "s3_archive_gb", Basis.assumed)
    moved = objects / 1e3 if archive else 0.0
    yield Line("S3", "objects moved to the archive", moved, "s3_thousand_moves", Basis.counted)


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
    is_measured = load.athena_bytes is None and load.events_per_day <= _MOST_MEASURED_EVENTS
    athena = Basis.measured if is_measured else Basis.assumed
    yield Line("Athena", "read by dbt builds", builds * athena_bytes_of(load) / 1e12, "athena_tb", athena)
    yield Line("S3", "read by dbt builds", builds * _READS_A_BUILD / 1e3, "s3_thousand_reads", Basis.assumed)
    yield Line("S3", "written by dbt builds", builds * _WRITES_A_BUILD / 1e3, "s3_thousand_writes", Basis.assumed)
    billed_requests = max(0.0, builds * _GLUE_REQUESTS_A_BUILD / 1e6 - 1)
    yield Line("Glue", "requests beyond a million", billed_requests, "glue_million_requests", Basis.assumed)
    hours = builds * load.build_minutes / 60
    yield Line("Fargate", "processors of dbt builds", hours * BUILD_VCPU, "fargate_vcpu_hour", Basis.assumed)
    yield Line("Fargate", "memory of dbt builds", hours * BUILD_GB, "fargate_gb_hour", Basis.assumed)
    yield Line("Fargate", "addresses of dbt builds", hours, "public_ipv4_hour", Basis.assumed)
    yield Line("ECR", "images of dbt builds", _IMAGES_GB, "ecr_gb", Basis.assumed)
    minutes = _IMAGES_A_MONTH * _MINUTES_AN_IMAGE
    yield Line("CodeBuild", "making these images", minutes, "codebuild_minute", Basis.assumed)


def _monitoring(load: Load) -> Iterator[Line]:
    metrics = _CUSTOM_METRICS + (_REQUEST_METRICS if load.request_metrics else 0)
    logs = _door_calls(load) * _LOG_BYTES_A_CALL + load.builds * DAYS * _LOG_BYTES_A_BUILD
    yield Line("CloudWatch", "custom metrics, S3's request metrics", metrics, "cloudwatch_metric", Basis.counted)
    yield Line("CloudWatch", "metrics of alarms", ALARM_METRICS, "cloudwatch_alarm_metric", Basis.counted)
    yield Line("CloudWatch", "dashboard", int(load.dashboard), "cloudwatch_dashboard", Basis.counted)
    yield Line("CloudWatch", "logs", logs / 1e9, "cloudwatch_log_gb", Basis.assumed)


def _other(load: Load) -> Iterator[Line]:
    requests = 24 * DAYS * _KMS_REQUESTS_AN_HOUR + load.builds * DAYS * _KMS_REQUESTS_A_BUILD
    rotations = min(load.months * DAYS // _YEAR, _BILLED_ROTATIONS)
    calls = SECRETS * DAYS * _COLD_STARTS_A_DAY / 1e4
    visitors = DAYS * _BUSY_VISITORS_A_DAY / 1e6
    yield Line("KMS", "key, and its rotations so far", 1 + rotations, "kms_key", Basis.counted)
    yield Line("KMS", "requests", requests / 1e4, "kms_ten_thousand_requests", Basis.assumed)
    yield Line("DynamoDB", "counters of busy visitors", visitors, "dynamodb_million_writes", Basis.assumed)
    yield Line("Secrets Manager", "secrets", SECRETS, "secret", Basis.counted)
    yield Line("Secrets Manager", "calls", calls, "secret_ten_thousand_calls", Basis.assumed)
    yield Line("SNS", "e-mails", _EMAILS / 1e5, "sns_hundred_thousand_emails", Basis.assumed)
