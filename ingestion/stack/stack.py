"""One CloudFormation stack: its state, a change set, its events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ingestion.errors import Interrupted, UserError
from ingestion.stack.aws import Aws, told

_POLL_S: Final = 2.0
_NO_CHANGES: Final = ("didn't contain changes", "No updates are to be performed")
ABSENT: Final = "ABSENT"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one resource, or to the stack itself."""

    resource: str
    kind: str
    status: str
    reason: str
    at: datetime

    @property
    def failed(self) -> bool:
        """Whether it is a cause; what was cancelled because of another is not."""
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a change set."""

    action: str
    resource: str
    kind: str
    replacement: str


class Stack:
    """The stack `name` of an account and region.

    Parameters
    ----------
    sleep
        Waits between two looks; a test waits not at all.
    """

    def __init__(self, aws: Aws, name: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.name = name
        self.id = name
        self._api = aws.client("cloudformation")
        self._sleep = sleep

    def status(self) -> str:
        """CloudFormation's word for its state, ABSENT where there is none."""
        return str(self._describe().get("StackStatus", ABSENT))

    def parameters(self) -> dict[str, str]:
        return {given["ParameterKey"]: given["ParameterValue"] for given in self._describe().get("Parameters", [])}

    def outputs(self) -> dict[str, str]:
        """What the template gives out.

        Raises
        ------
        UserError
            There is no such stack.
        """
        found = self._describe()
        if not found.get("Outputs"):
            raise UserError(
                f"there is no stack {self.name} here: `shoplake deploy` makes it; is --region the right one?"
            )
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def create_change_set(self, template_url: str, given: Mapping[str, str], known: set[str]) -> list[Change]:
        """A change set, ready to be executed; no changes, no change set.

        Parameters
        ----------
        given
            Values of parameters; the stack keeps those that are not named.
        known
            The template's parameters.
        """
        exists = self.status() not in {ABSENT, "REVIEW_IN_PROGRESS"}
        kept = set(self.parameters()) & known - set(given) if exists else set()
        now = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        with told():
            made = self._api.create_change_set(
                StackName=self.name,
                ChangeSetName=f"shoplake-{now}",
                ChangeSetType="UPDATE" if exists else "CREATE",
                TemplateURL=template_url,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
                + [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)],
                # AUTO_EXPAND: the template has a transform of AWS's own
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
                Tags=[{"Key": "project", "Value": "shoplake"}],
                # a stack that could not be made leaves nothing, and the next try needs no clearing up
                OnStackFailure="ROLLBACK" if exists else "DELETE",
            )
            self.id, self._change_set = made["StackId"], made["Id"]
            return self._changes()

    def _changes(self) -> list[Change]:
        while True:
            found = self._api.describe_change_set(ChangeSetName=self._change_set)
            if found["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
                break
            self._sleep(_POLL_S)
        if found["Status"] == "FAILED":
            why = found.get("StatusReason", "")
            self.drop_change_set()
            if any(sentence in why for sentence in _NO_CHANGES):
                return []
            raise UserError(f"CloudFormation does not take the template for {self.name}: {why}")
        changes = found["Changes"]
        while token := found.get("NextToken"):
            found = self._api.describe_change_set(ChangeSetName=self._change_set, NextToken=token)
            changes += found["Changes"]
        return [_change(change["ResourceChange"]) for change in changes]

    def drop_change_set(self) -> None:
        """Forget the change set, and the empty stack that a first one makes."""
        with told():
            self._api.delete_change_set(ChangeSetName=self._change_set)
            if self.status() == "REVIEW_IN_PROGRESS":
                self._api.delete_stack(StackName=self.id)

    def execute(self) -> Iterator[Event]:
        """Make the changes; events as they happen, until the stack rests."""
        before = self._newest()
        with told():
            self._api.execute_change_set(ChangeSetName=self._change_set)
        return self._follow(before)

    def delete(self) -> Iterator[Event]:
        """Delete the stack; events as they happen."""
        self.id = self._describe().get("StackId", self.name)
        before = self._newest()
        with told():
            self._api.delete_stack(StackName=self.id)
        return self._follow(before)

    def _follow(self, before: str) -> Iterator[Event]:
        begun = False
        while True:
            # the state first: what happened until then is among the events read after it
            status = self.status()
            for event in reversed(self._since(before)):
                begun, before = True, event["EventId"]
                yield _event(event)
            if begun and not status.endswith("_IN_PROGRESS"):
                return
            self._sleep(_POLL_S)

    def _since(self, before: str) -> list[dict[str, Any]]:
        """Events after the one called `before`, the newest first."""
        new: list[dict[str, Any]] = []
        with told():
            for page in self._api.get_paginator("describe_stack_events").paginate(StackName=self.id):
                for event in page["StackEvents"]:
                    if event["EventId"] == before:
                        return new
                    new.append(event)
        return new

    def _newest(self) -> str:
        with told():
            events = self._api.describe_stack_events(StackName=self.id)["StackEvents"]
        return events[0]["EventId"] if events else ""

    def _describe(self) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        with told():
            try:
                found: dict[str, Any] = self._api.describe_stacks(StackName=self.id)["Stacks"][0]
            except ClientError as error:
                if "does not exist" not in str(error):
                    raise
                return {}
        return {} if found["StackStatus"] == "DELETE_COMPLETE" and self.id == self.name else found


@contextmanager
def goes_on(name: str) -> Iterator[None]:
    """Says to somebody who breaks off that CloudFormation does not."""
    try:
        yield
    except Interrupted as interrupted:
        interrupted.sentence = (
            f"CloudFormation goes on with {name} by itself; `shoplake status --stack {name}` shows when it rests, and "
            "which schedules are on"
        )
        raise


def _change(found: dict[str, Any]) -> Change:
    replaces = {"True": "replaced", "Conditional": "perhaps replaced"}.get(found.get("Replacement", ""), "")
    return Change(found["Action"], found["LogicalResourceId"], found["ResourceType"], replaces)


def _event(found: dict[str, Any]) -> Event:
    reason = found.get("ResourceStatusReason", "")
    return Event(found["LogicalResourceId"], found["ResourceType"], found["ResourceStatus"], reason, found["Timestamp"])
