from __future__ import annotations

import pytest

from ingestion.errors import UserError
from ingestion.stack.given_parameters import check_parameters
from ingestion.stack.template import defaults


def test_the_schedules_of_the_template_are_checked() -> None:
    schedules = [name for name in defaults() if name.endswith("Schedule")]
    assert {"BuildSchedule", "GeneratorSchedule"} <= set(schedules)
    check_parameters(defaults(), "eu-central-1")
    for name in schedules:
        with pytest.raises(UserError, match=name):
            check_parameters({name: "hourly"}, "eu-central-1")


def test_ip_sets_of_cloudfront_are_in_one_region() -> None:
    check_parameters({"WafScope": "CLOUDFRONT"}, "us-east-1")
    check_parameters({"WafScope": "REGIONAL"}, "eu-central-1")
    with pytest.raises(UserError, match="us-east-1 only, and this stack is in eu-central-1"):
        check_parameters({"WafScope": "CLOUDFRONT"}, "eu-central-1")
