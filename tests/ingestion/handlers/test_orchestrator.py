from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.errors import UserError
from ingestion.handlers import orchestrator
from ingestion.handlers.orchestrator import handler
from tests.support.aws_account import Account


@pytest.fixture
def rules(account: Account, monkeypatch: pytest.MonkeyPatch) -> Any:
    events = account.client("events")
    for variable, name in (("SHOPLAKE_GENERATOR_RULE", "generate"), ("SHOPLAKE_BUILD_RULE", "build")):
        events.put_rule(Name=name, ScheduleExpression="rate(5 minutes)", State="DISABLED")
        monkeypatch.setenv(variable, name)
    monkeypatch.setenv("SHOPLAKE_BUILD_PROJECT", "dbt")
    monkeypatch.setattr(orchestrator, "_last_build", lambda project: None)
    return events


@pytest.mark.parametrize(
    ("what", "state"),
    [
        ("all", {"generator": "ENABLED", "builds": "ENABLED"}),
        ("generator", {"generator": "ENABLED", "builds": "DISABLED"}),
        ("builds", {"generator": "DISABLED", "builds": "ENABLED"}),
    ],
)
def test_start_and_stop_switch_the_rules(rules: Any, context: Any, what: str, state: dict[str, str]) -> None:
    off = {"generator": "DISABLED", "builds": "DISABLED", "last_build": None}
    assert handler({"action": "status"}, context) == off
    assert handler({"action": "start", "what": what}, context) == off | state
    assert handler({"action": "status"}, context) == off | state
    assert rules.describe_rule(Name="generate")["State"] == state["generator"]
    assert handler({"action": "stop"}, context) == off


@pytest.mark.parametrize("event", [{}, {"action": "restart"}, {"action": "start", "what": "everything"}])
def test_an_unknown_action_is_reported_and_changes_nothing(rules: Any, context: Any, event: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="must be one of"):
        handler(event, context)
    assert rules.describe_rule(Name="generate")["State"] == "DISABLED"


class FakeCodeBuild:
    def __init__(self, builds: list[dict[str, Any]]) -> None:
        self.builds = builds

    def list_builds_for_project(self, *, projectName: str, sortOrder: str) -> dict[str, Any]:  # noqa: N803
        assert (projectName, sortOrder) == ("dbt", "DESCENDING")
        return {"ids": [build["id"] for build in self.builds]}

    def batch_get_builds(self, *, ids: list[str]) -> dict[str, Any]:
        return {"builds": [build for build in self.builds if build["id"] in ids]}


def test_the_last_build_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    start = datetime(2025, 3, 1, tzinfo=UTC)
    builds = [
        {"id": "dbt:2", "buildStatus": "IN_PROGRESS", "startTime": start},
        {"id": "dbt:1", "buildStatus": "FAILED", "startTime": start, "endTime": start},
    ]
    monkeypatch.setattr(orchestrator, "client", lambda service, read_timeout: FakeCodeBuild(builds))
    last = {"id": "dbt:2", "status": "IN_PROGRESS", "started_at": "2025-03-01T00:00:00+00:00"}
    assert orchestrator._last_build("dbt") == last
    monkeypatch.setattr(orchestrator, "client", lambda service, read_timeout: FakeCodeBuild([]))
    assert orchestrator._last_build("dbt") is None
