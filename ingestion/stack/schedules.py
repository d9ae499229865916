"""The two EventBridge rules of a stack: the generator's schedule and the schedule of the dbt builds.

The template declares both rules DISABLED, and CloudFormation resets a rule to that state whenever an update changes
anything else about the rule. A deployment therefore enables again what `shoplake start` had enabled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from ingestion.stack.aws import Aws, aws_errors_for_user


@dataclass(frozen=True, slots=True)
class Rule:
    """One of the two rules.

    Attributes
    ----------
    label
        Its name without the stack's: generator or build.
    schedule
        Its EventBridge schedule expression.
    """

    name: str
    label: str
    enabled: bool
    schedule: str


@dataclass(frozen=True, slots=True)
class EnabledRules:
    """The rules of a stack that were enabled at one moment."""

    events: Any
    names: tuple[str, ...]

    @classmethod
    def find(cls, aws: Aws, stack: str) -> Self:
        """Find the rules of the stack that are enabled now."""
        return cls(aws.client("events"), tuple(rule.name for rule in rules(aws, stack) if rule.enabled))

    def restore(self) -> None:
        """Enable these rules again."""
        if not self.names:
            return
        with aws_errors_for_user():
            for name in self.names:
                self.events.enable_rule(Name=name)


def rules(aws: Aws, stack: str) -> list[Rule]:
    """The rules of the generator and of the dbt builds, as far as they exist."""
    names = {f"{stack}-{label}": label for label in ("generator", "build")}
    with aws_errors_for_user():
        found = aws.client("events").list_rules(NamePrefix=f"{stack}-")["Rules"]
    return [
        Rule(rule["Name"], names[rule["Name"]], rule["State"] == "ENABLED", rule["ScheduleExpression"])
        for rule in found
        if rule["Name"] in names
    ]
