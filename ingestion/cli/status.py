"""`shoplake status`: the state of a deployed stack."""

from __future__ import annotations

from datetime import UTC, datetime

from ingestion.cli.show import show_labelled, show_rules
from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.stack.aws import connect
from ingestion.stack.status import Build, Freshness, stack_status


def status(stack: StackName = DEFAULT_STACK, region: Region = None, profile: Profile = None) -> None:
    """Show the stack, its schedules, the last build, the delay of the delivery, and alarms."""
    aws = connect(region, profile)
    now = datetime.now(UTC)
    found = stack_status(aws, stack, now)
    show_labelled("stack", f"{stack}, {found.state}, {aws.region}")
    show_rules(found.rules)
    show_labelled("last build", _build(found.last_build, now))
    show_labelled("delivery", _freshness(found.freshness, now))
    if found.webhook_url:
        show_labelled("webhooks", found.webhook_url)
    if found.lost_bucket:
        show_labelled(
            "bucket",
            f"{found.lost_bucket} does not exist, somebody deleted it: nothing is delivered and nothing can be built "
            "(docs/guide/troubleshooting.md)",
        )
    show_labelled("alarms", ", ".join(found.alarms) + " (docs/guide/operating.md)" if found.alarms else "none")


def _build(build: Build | None, now: datetime) -> str:
    return f"{build.status}, {_age(build.started_at, now)} ago" if build else "none yet"


def _freshness(freshness: Freshness | None, now: datetime) -> str:
    if freshness is None:
        return "nothing in the last hour"
    return f"the oldest record waited {freshness.seconds:,.0f} s, {_age(freshness.measured_at, now)} ago"


def _age(then: datetime, now: datetime) -> str:
    minutes = int((now - then).total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
