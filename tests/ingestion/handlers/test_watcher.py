"""The age of gold: how long events have waited for a build that somebody expects."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from freezegun import freeze_time

from ingestion.handlers import watcher
from ingestion.lake.bronze_table import PREFIX
from tests.support.aws_account import REGION, Account

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class NotFoundError(Exception):
    """What Glue's client raises for a table that does not exist."""


class Stack:
    """What the watcher looks at: bronze, the ledger, and the schedule of the builds."""

    def __init__(self, account: Account, context: Any) -> None:
        self._client, self._context = account.client, context
        self._built_at: datetime | None = None
        account.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
        account.client("events").put_rule(Name="build", ScheduleExpression="rate(1 hour)", State="ENABLED")

    def arrive(self, at: datetime, oldest: datetime | None = None) -> None:
        """Firehose writes an object; its key has the arrival of its oldest record."""
        key = f"{PREFIX}dt={oldest or at:%Y-%m-%d}/hour={oldest or at:%H}/{at:%M%S}.gz"
        with freeze_time(at):
            self._client("s3").put_object(Bucket="lake", Key=key, Body=b"")

    def build(self, at: datetime) -> None:
        self._built_at = at

    def get_table(self, **table: str) -> dict[str, Any]:
        """In Glue's place: moto's needs a parser that nothing else here needs."""
        assert table == {"DatabaseName": "shop_silver", "Name": "loads"}
        if not self._built_at:
            raise NotFoundError
        return {"Table": {"UpdateTime": self._built_at}}

    def stop_builds(self) -> None:
        self._client("events").disable_rule(Name="build")

    def age(self, at: datetime) -> timedelta:
        with freeze_time(at):
            return timedelta(seconds=watcher.handler({}, self._context)["gold_age"])


@pytest.fixture
def stack(account: Account, context: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("SHOPLAKE_BUCKET", "lake")
    monkeypatch.setenv("SHOPLAKE_SCHEMA", "shop")
    monkeypatch.setenv("SHOPLAKE_BUILD_RULE", "build")
    stack = Stack(account, context)
    glue = SimpleNamespace(get_table=stack.get_table, exceptions=SimpleNamespace(EntityNotFoundException=NotFoundError))
    monkeypatch.setattr(watcher, "client", lambda name, **_: glue if name == "glue" else account.client(name))
    return stack


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def test_gold_is_as_old_as_the_first_object_that_no_build_has_read(stack: Stack) -> None:
    assert stack.age(NOON) == minutes(0)
    stack.arrive(NOON)
    stack.arrive(NOON + minutes(10))
    assert stack.age(NOON + minutes(30)) == minutes(30)
    stack.build(NOON + minutes(5))
    assert stack.age(NOON + minutes(30)) == minutes(20)
    stack.build(NOON + minutes(35))
    assert stack.age(NOON + minutes(40)) == minutes(0)


def test_an_object_of_the_hour_before_the_build_is_found(stack: Stack) -> None:
    stack.build(NOON + minutes(5))
    stack.arrive(NOON + minutes(6), oldest=NOON - minutes(1))
    assert stack.age(NOON + minutes(26)) == minutes(20)


def test_rare_events_do_not_make_gold_old(stack: Stack) -> None:
    """A build that finds nothing new changes no table, so the newest build may have ended days ago."""
    stack.build(NOON)
    stack.arrive(NOON + timedelta(days=3))
    assert stack.age(NOON + timedelta(days=3, minutes=2)) == minutes(2)


def test_nobody_expects_a_build_if_builds_are_off_and_nothing_arrives(stack: Stack) -> None:
    stack.build(NOON)
    stack.arrive(NOON + minutes(5))
    stack.stop_builds()
    assert stack.age(NOON + minutes(60)) == minutes(55)
    assert stack.age(NOON + minutes(66)) == minutes(0)
    stack.arrive(NOON + minutes(240))
    assert stack.age(NOON + minutes(245)) == minutes(240)


def test_the_age_is_a_metric_in_seconds(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.arrive(NOON)
    stack.age(NOON + minutes(90))
    [metric] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert metric["GoldAge"] == [5_400.0]
    assert metric["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "GoldAge", "Unit": "Seconds"}]


def test_the_watcher_looks_where_firehose_writes() -> None:
    assert watcher.PREFIX == PREFIX
