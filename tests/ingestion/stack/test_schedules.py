from __future__ import annotations

from ingestion.stack.schedules import EnabledRules, rules
from tests.support.stubbed_aws import StubbedSession


def prepare_rules(stubs: StubbedSession, generator: str, build: str) -> None:
    found = [
        {"Name": "shop-generator", "State": generator, "ScheduleExpression": "rate(5 minutes)"},
        {"Name": "shop-build", "State": build, "ScheduleExpression": "cron(5 * * * ? *)"},
        {"Name": "shop-build-of-another-stack", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"},
    ]
    stubs.stubber("events").add_response("list_rules", {"Rules": found}, {"NamePrefix": "shop-"})


def test_only_the_two_rules_of_the_stack_are_listed(stubs: StubbedSession) -> None:
    prepare_rules(stubs, "ENABLED", "DISABLED")
    found = [(rule.label, rule.enabled, rule.schedule) for rule in rules(stubs.aws, "shop")]
    assert found == [("generator", True, "rate(5 minutes)"), ("build", False, "cron(5 * * * ? *)")]


def test_a_rule_that_was_enabled_is_enabled_again_and_no_other(stubs: StubbedSession) -> None:
    prepare_rules(stubs, "DISABLED", "ENABLED")
    enabled = EnabledRules.find(stubs.aws, "shop")
    # any other call would fail, because no response is prepared for it
    stubs.stubber("events").add_response("enable_rule", {}, {"Name": "shop-build"})
    enabled.restore()
    stubs.stubber("events").assert_no_pending_responses()
