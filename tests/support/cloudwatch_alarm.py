"""CloudWatch's evaluation of an alarm at one moment, as AWS documents it, over recorded metric data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html

Two things are not documented: where periods begin (as those of the clock, or so that the newest ends now), and how many
data points more than EvaluationPeriods CloudWatch retrieves. Both are tried; no alarm may depend on them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from tests.support.metric_math import Series, evaluate

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True)
class Point:
    """A value of a metric.

    Attributes
    ----------
    at
        Its timestamp, in seconds.
    delay
        Seconds after which CloudWatch has it.
    """

    at: int
    value: float
    delay: int = 0


# by "namespace name dimension dimension"
Recorded = Mapping[str, Sequence[Point]]

_STATISTICS: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Average": fmean, "Maximum": max, "Minimum": min}
_COMPARISONS = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def metric_name(metric: Mapping[str, Any]) -> str:
    return " ".join([metric["Namespace"], metric["MetricName"], *(one["Value"] for one in metric["Dimensions"])])


def states(alarm: Mapping[str, Any], recorded: Recorded, until: int) -> Iterator[list[str]]:
    """The states of the alarm from time 0 on, once for each way in which CloudWatch may cut the data."""
    # AWS evaluates every minute; for long periods, once a twelfth of a period is enough to see every state
    step = max(MINUTE, period_of(alarm) // 12)
    for is_aligned in (True, False):
        for more in (0, 2):
            found: list[str] = []
            for now in range(0, until, step):
                found.append(state(alarm, recorded, now, found[-1] if found else "INSUFFICIENT_DATA", is_aligned, more))
            yield found


def period_of(alarm: Mapping[str, Any]) -> int:
    """The period of the alarm: all of its metrics must have the same."""
    metrics = alarm.get("Metrics")
    periods = {one["MetricStat"]["Period"] for one in metrics if "MetricStat" in one} if metrics else {alarm["Period"]}
    [period] = periods
    return int(period)


def state(
    alarm: Mapping[str, Any], recorded: Recorded, now: int, before: str, is_aligned: bool = True, more: int = 0
) -> str:
    """The state of the alarm at `now`.

    Parameters
    ----------
    before
        Its state before.
    is_aligned
        Whether periods begin at full periods of the clock; else the newest period ends now.
    more
        How many data points more than EvaluationPeriods are retrieved.
    """
    period, wanted = period_of(alarm), alarm["EvaluationPeriods"]
    end = now // period * period if is_aligned else now
    values = _data_points(alarm, recorded, now, end, range(wanted + more))
    threshold, is_breaching = float(alarm["Threshold"]), _COMPARISONS[alarm["ComparisonOperator"]]
    # the newest data points that exist, however old, before any missing one is replaced
    newest = [is_breaching(values[at], threshold) for at in sorted(values)][:wanted]
    return _judged(newest, wanted, alarm.get("DatapointsToAlarm", wanted), alarm.get("TreatMissingData"), before)


def _judged(newest: list[bool], wanted: int, to_alarm: int, treat_missing: str | None, before: str) -> str:
    missing = wanted - len(newest)
    match treat_missing:
        case _ if not missing:
            breaching = sum(newest)
        case "notBreaching":
            breaching = sum(newest)
        case "breaching":
            breaching = sum(newest) + missing
        case "ignore" if not newest:
            return before
        case "missing" | None if not newest:
            return "INSUFFICIENT_DATA"
        case _:
            # with some data points AWS documents examples, and no rule
            raise ValueError(f"{treat_missing} of {wanted} data points is not emulated")
    return "ALARM" if breaching >= to_alarm else "OK"


def _data_points(alarm: Mapping[str, Any], recorded: Recorded, now: int, end: int, periods: Sequence[int]) -> Series:
    """The value of each period of the alarm that has one."""
    if "Metrics" not in alarm:
        return _statistic(recorded.get(metric_name(alarm), ()), alarm["Statistic"], alarm["Period"], now, end, periods)
    series: dict[str, Series] = {}
    for one in alarm["Metrics"]:
        if stat := one.get("MetricStat"):
            points = recorded.get(metric_name(stat["Metric"]), ())
            series[one["Id"]] = _statistic(points, stat["Stat"], stat["Period"], now, end, periods)
    [returned] = [one for one in alarm["Metrics"] if one.get("ReturnData", True)]
    return evaluate(returned["Expression"], series, periods)


def _statistic(
    points: Sequence[Point], statistic: str, period: int, now: int, end: int, periods: Sequence[int]
) -> Series:
    values: dict[int, list[float]] = {}
    for point in points:
        number = -((point.at - end) // period) - 1
        if number in periods and point.at + point.delay <= now:
            values.setdefault(number, []).append(point.value)
    return {number: _STATISTICS[statistic](found) for number, found in values.items()}
