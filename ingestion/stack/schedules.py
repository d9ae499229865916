"""What `shoplake start` switched on stays on when the stack is deployed again.

The template says DISABLED; CloudFormation sets a rule to that whenever it has something else of the rule to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from ingestion.stack.aws import Aws, told


@dataclass(frozen=True, slots=True)
class Schedules:
    """The rules of a stack that were on at some time."""

    events: Any
    running: tuple[str, ...]

    @classmethod
    def of(cls, aws: Aws, stack: str) -> Self:
        """Look which of the stack's rules are on now."""
        events = aws.client("events")
        return cls(events, tuple(rule["Name"] for rule in rules(events, stack) if rule["State"] == "ENABLED"))

    def restore(self) -> None:
        """Switch on again what was on."""
        if not self.running:
            return
        with told():
            for name in self.running:
                self.events.enable_rule(Name=name)


def rules(events: Any, stack: str) -> list[dict[str, Any]]:
    """The generator's rule and that of the builds, as far as they exist."""
    with told():
        found = events.list_rules(NamePrefix=f"{stack}-")["Rules"]
    return [rule for rule in found if rule["Name"] in {f"{stack}-generator", f"{stack}-build"}]
