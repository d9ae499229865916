"""Alarms on metric math are stored and never evaluated. Without this patch ministack rejects their whole stack."""

from __future__ import annotations

from typing import Any

import ministack.services.cloudformation.provisioners as provisioners

_original_record = provisioners._cw_metric_alarm_record
# a metric without data
_NO_METRIC = {"Namespace": "local_aws/metric-math"}


def patch() -> None:
    provisioners._cw_metric_alarm_record = _record


def _record(name: str, properties: dict[str, Any]) -> Any:
    if not properties.get("Metrics"):
        return _original_record(name, properties)
    rest = {key: value for key, value in properties.items() if key != "Metrics"}
    return _original_record(name, rest | _NO_METRIC | {"MetricName": name})
