"""Every alarm of the template rings and stays silent when it should, evaluated over metric data as AWS documents it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from ingestion.cost.model import DOOR_BUFFER_S
from ingestion.stack.template import defaults, template
from tests.support.cloudwatch_alarm import DAY, HOUR, MINUTE, Point, Recorded, metric_name, period_of, state, states
from tests.support.metric_math import evaluate

RESOURCES: dict[str, dict[str, Any]] = template()["Resources"]
# the property that Ref, or GetAtt, gives for a resource with a name of its own
NAMES = ("FunctionName", "DeliveryStreamName", "QueueName", "Name")


def resolved(value: Any) -> Any:
    """`value` of a stack `shop` whose parameters have their defaults."""
    match value:
        case {"Fn::Sub": str(text)}:
            return text.replace("${AWS::StackName}", "shop")
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            if name in defaults():
                return defaults()[name]
            given = [
                RESOURCES[name]["Properties"][key] for key in NAMES if key in RESOURCES[name].get("Properties", {})
            ]
            return resolved(given[0]) if given else name
        case dict():
            return {key: resolved(item) for key, item in value.items()}
        case list():
            return [resolved(item) for item in value]
    return value


ALARMS: dict[str, dict[str, Any]] = {
    name: resolved(resource["Properties"])
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}


@dataclass(frozen=True)
class Case:
    """Metric data over which an alarm rings, and data over which it does not.

    Attributes
    ----------
    until
        How long the alarm is evaluated, in seconds.
    """

    rings: Recorded
    silent: Recorded
    until: int = 2 * HOUR


def every(
    seconds: int, value: float | Callable[[int], float], until: int = 2 * HOUR, delay: int = MINUTE
) -> list[Point]:
    """A value at every so many seconds; CloudWatch has most metrics a minute later."""
    return [Point(at, value(at) if callable(value) else value, delay) for at in range(0, until, seconds)]


def counts(metric: str) -> Case:
    """The case of a counter above zero: one bad minute rings, and good minutes or none do not."""
    return Case(rings={metric: [*every(MINUTE, 0), Point(HOUR, 1, 2 * MINUTE)]}, silent={metric: every(MINUTE, 0)})


def share_delivered(metric: str) -> Case:
    """The case of Firehose's share of successes: half of one batch failed."""
    return Case(rings={metric: [*every(MINUTE, 1), Point(HOUR, 0.5, 2 * MINUTE)]}, silent={metric: every(MINUTE, 1)})


def sizes(standard: float, archive: float, delay: int) -> Recorded:
    """A bucket that grows to these GB within four days: the sizes of each midnight, which S3 publishes hours later."""
    storages = {"StandardStorage": standard, "GlacierInstantRetrievalStorage": archive}
    return {
        f"AWS/S3 BucketSizeBytes DataBucket {storage}": [
            Point(day * DAY, min(day / 4, 1) * gigabytes * 1e9, delay) for day in range(12)
        ]
        for storage, gigabytes in storages.items()
        if gigabytes
    }


def lines(rejected: float, accepted: float) -> Recorded:
    return {
        "Shoplake LinesRejected shop-door": every(5 * MINUTE, rejected),
        "Shoplake LinesAccepted shop-door": every(5 * MINUTE, accepted),
    }


def calls(failed: float, called: float) -> Recorded:
    return {
        "AWS/Lambda Errors shop-door": every(MINUTE, failed),
        "AWS/Lambda Invocations shop-door": every(MINUTE, called),
    }


def watched(seconds: float | Callable[[int], float], until: int = 12 * HOUR) -> Recorded:
    return {"Shoplake GoldAge shop-watcher": every(30 * MINUTE, seconds, until)}


DEAD_LETTERS = "AWS/SQS ApproximateNumberOfMessagesVisible shop-dead-letters"
FRESHNESS = "AWS/Firehose DeliveryToS3.DataFreshness shop-events"
CASES: dict[str, list[Case]] = {
    "DoorErrors": [counts("AWS/Lambda Errors shop-door")],
    "GeneratorErrors": [counts("AWS/Lambda Errors shop-generator")],
    "OrchestratorErrors": [counts("AWS/Lambda Errors shop-orchestrator")],
    "ErrorRate": [
        Case(rings=calls(failed=1, called=10), silent=calls(failed=1, called=25)),
        # the door was not called at all, and nobody divides by zero
        Case(rings=calls(failed=2, called=2), silent=calls(failed=0, called=0)),
    ],
    "Throttles": [counts("AWS/Lambda Throttles shop-door")],
    "DeliveryFailing": [share_delivered("AWS/Firehose DeliveryToS3.Success shop-events")],
    "ProcessingFailing": [share_delivered("AWS/Firehose ExecuteProcessing.Success shop-events")],
    "LinesFailed": [counts("Shoplake LinesFailed shop-door")],
    "LinesMishandled": [counts("Shoplake LinesMishandled shop-door")],
    "DetectionFailed": [counts("Shoplake DetectionFailed shop-door")],
    "WebhooksRefused": [counts("Shoplake WebhooksRefused shop-webhook")],
    "WebhooksFailing": [counts("AWS/Lambda Url5xxCount shop-webhook"), counts("AWS/Lambda Throttles shop-webhook")],
    "DeliveryLate": [
        Case(rings={FRESHNESS: every(MINUTE, lambda at: at / 6)}, silent={FRESHNESS: every(MINUTE, 870)}),
    ],
    "BucketSize": [
        Case(sizes(standard, archive, hours * HOUR), sizes(standard * 0.8, archive, hours * HOUR), until=12 * DAY)
        for standard, archive in ((501, 0), (300, 201))
        # S3 gives no number: "reported once per day"
        for hours in (2, 26, 47)
    ],
    "RejectedShare": [
        Case(rings=lines(rejected=6, accepted=94), silent=lines(rejected=5, accepted=95)),
        # nothing is accepted any more; nothing is rejected, so the metric does not exist
        Case(
            rings={"Shoplake LinesRejected shop-door": every(5 * MINUTE, 3)},
            silent={"Shoplake LinesAccepted shop-door": every(5 * MINUTE, 100)},
        ),
    ],
    "SuspectVisitors": [counts("Shoplake SuspectVisitors shop-door")],
    "BuildFailed": [counts("AWS/Events Invocations shop-build-failed")],
    "GoldLate": [
        # no build since the beginning; builds every hour
        Case(rings=watched(lambda at: at), silent=watched(lambda at: at % HOUR), until=12 * HOUR),
        # the watcher itself ends, which must not look like young gold; the schedules are off
        Case(rings=watched(60, until=6 * HOUR), silent=watched(0), until=12 * HOUR),
    ],
    "DeadLettersWait": [
        Case(
            rings={DEAD_LETTERS: every(5 * MINUTE, lambda at: at >= HOUR)}, silent={DEAD_LETTERS: every(5 * MINUTE, 0)}
        ),
    ],
}


def mails(alarm: dict[str, Any], found: list[str]) -> list[str]:
    """The states of which the alarm sends a mail, because it changed to them: but OK, which is good news."""
    action = {"ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
    changes = [after for before, after in pairwise(found) if before != after]
    # an alarm is created in the state INSUFFICIENT_DATA, and the first evaluation may change it at once
    return [one for one in [*changes, *(found[:1] if found[0] == "ALARM" else [])] if alarm.get(action.get(one, ""))]


def test_every_alarm_has_a_case_in_which_it_rings_and_one_in_which_it_is_silent() -> None:
    assert set(CASES) == set(ALARMS)
    assert all(CASES.values())


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_rings(name: str) -> None:
    for case in CASES[name]:
        for found in states(ALARMS[name], case.rings, case.until):
            assert mails(ALARMS[name], found), case


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_is_silent(name: str) -> None:
    for case in CASES[name]:
        for found in states(ALARMS[name], case.silent, case.until):
            assert mails(ALARMS[name], found) == [], case
            assert found[-1] == "OK"
        for found in states(ALARMS[name], {}, case.until):
            assert mails(ALARMS[name], found) == [], "a stack without any data"


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_ends_when_its_cause_is_gone(name: str) -> None:
    [first, *_] = CASES[name]
    again = {
        metric: [Point(p.at + first.until, p.value, p.delay) for p in points] for metric, points in first.silent.items()
    }
    recorded = {metric: [*first.rings.get(metric, ()), *again.get(metric, ())] for metric in {*first.rings, *again}}
    for found in states(ALARMS[name], recorded, 2 * first.until):
        assert found[-1] == "OK"


def test_every_metric_of_a_case_is_one_that_the_alarm_reads() -> None:
    for name, alarm in ALARMS.items():
        stats = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one] or [alarm]
        for case in CASES[name]:
            assert {*case.rings, *case.silent} <= {metric_name(stat) for stat in stats}, name


def test_every_alarm_is_within_the_limits_of_aws() -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    for name, alarm in ALARMS.items():
        longest = 7 * DAY if period_of(alarm) >= HOUR else DAY
        assert alarm["EvaluationPeriods"] * period_of(alarm) <= longest, name
        assert len(alarm.get("Metrics", [])) <= 10, name
        for one in alarm.get("Metrics", []):
            assert re.fullmatch("[a-z][a-zA-Z0-9_]*", one["Id"]), name


def test_the_longest_buffer_does_not_make_a_delivery_late() -> None:
    buffer = template()["Parameters"]["BufferSeconds"]["MaxValue"]
    # a record first waits for the door's own buffer
    assert buffer + DOOR_BUFFER_S < ALARMS["DeliveryLate"]["Threshold"]


def test_the_evaluator_finds_the_alarm_that_could_never_ring() -> None:
    """The former alarm on the bucket's size: FILL made a 0 of the newest 24 hours, whose size is never known yet."""
    stuck = ALARMS["BucketSize"] | {"EvaluationPeriods": 1, "DatapointsToAlarm": 1}
    returned, *rest = stuck["Metrics"]
    filled = "SUM([FILL(standard, 0), FILL(archive, 0)]) / 1000000000"
    stuck["Metrics"] = [returned | {"Expression": filled}, *rest]
    _, _, *ends_now = states(stuck, CASES["BucketSize"][1].rings, 12 * DAY)
    assert {one for found in ends_now for one in found} == {"OK"}


@pytest.mark.parametrize(
    ("points", "to_alarm", "expected"),
    [
        # the examples of AWS, the oldest data point first: 0 is within the threshold, X above it, - missing
        ("0-X-X", 3, {"breaching": "OK", "notBreaching": "OK"}),
        ("0----", 3, {"breaching": "OK", "notBreaching": "OK"}),
        (
            "-----",
            3,
            {"breaching": "ALARM", "notBreaching": "OK", "missing": "INSUFFICIENT_DATA", "ignore": "as before"},
        ),
        ("0XX-X", 3, {"breaching": "ALARM", "notBreaching": "ALARM", "missing": "ALARM", "ignore": "ALARM"}),
        ("----X", 3, {"breaching": "ALARM", "notBreaching": "OK"}),
        ("0-X-X", 2, {"breaching": "ALARM", "notBreaching": "ALARM", "missing": "ALARM", "ignore": "ALARM"}),
        ("00X0X", 2, {"breaching": "ALARM", "notBreaching": "ALARM", "missing": "ALARM", "ignore": "ALARM"}),
        ("0-X--", 2, {"breaching": "ALARM", "notBreaching": "OK"}),
        ("----0", 2, {"breaching": "ALARM", "notBreaching": "OK"}),
    ],
)
def test_missing_data_is_treated_as_in_the_examples_of_aws(
    points: str, to_alarm: int, expected: dict[str, str]
) -> None:
    recorded = [Point(at * MINUTE, {"0": 0, "X": 2}[mark]) for at, mark in enumerate(points) if mark != "-"]
    for treatment, result in expected.items():
        alarm = {
            **{"Namespace": "n", "MetricName": "m", "Dimensions": [], "Statistic": "Sum", "Period": MINUTE},
            **{"EvaluationPeriods": 3, "DatapointsToAlarm": to_alarm, "Threshold": 1},
            **{"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": treatment},
        }
        assert state(alarm, {"n m": recorded}, 5 * MINUTE, "as before", more=2) == result, treatment


def test_metric_math_treats_missing_values_as_aws_documents_it() -> None:
    series = {"a": {0: 6.0, 1: 4.0}, "b": {1: 2.0, 2: 1.0}}
    periods = range(4)
    assert evaluate("a + b", series, periods) == {0: 6, 1: 6, 2: 1}
    assert evaluate("a / b", series, periods) == {1: 2, 2: 0}
    assert evaluate("2 * SUM([a, b])", series, periods) == {0: 12, 1: 12, 2: 2}
    assert evaluate("FILL(b, 0)", series, periods) == {0: 0, 1: 2, 2: 1, 3: 0}
    for expression in ("2 * 3", "IF(a > 1, a, b)", "SUM(a)", "FILL(a, REPEAT)"):
        with pytest.raises(ValueError, match=r"must be one time series|not emulated|advises against"):
            evaluate(expression, series, periods)
