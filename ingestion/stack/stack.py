"""One CloudFormation stack: its status, its parameters and outputs, a change set, its events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ingestion.errors import Interrupted, UserError
from ingestion.stack.aws import Aws, aws_errors_for_user

_POLL_S: Final = 2.0
_NO_CHANGES: Final = ("didn't contain changes", "No updates are to be performed")
ABSENT: Final = "ABSENT"


@dataclass(frozen=True, slots=True)
class Event:
    """An event of one resource, or of the stack itself."""

    resource: str
    kind: str
    status: str
    reason: str
    at: datetime

    @property
    def failed(self) -> bool:
        """Whether the resource failed by itself; a resource that was cancelled because another failed did not."""
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a change set; `replacement` is empty if the resource is not replaced."""

    action: str
    resource: str
    kind: str
    replacement: str


class Stack:
    """The stack `name` in an account and region.

    Parameters
    ----------
    sleep
        Waits between two calls while CloudFormation is working; tests replace it.
    """

    def __init__(self, aws: Aws, name: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.name = name
        self.id = name
        self._api = aws.client("cloudformation")
        self._sleep = sleep

    def status(self) -> str:
        """The status that CloudFormation reports; ABSENT if there is no such stack."""
        return str(self._describe().get("StackStatus", ABSENT))

    def parameters(self) -> dict[str, str]:
        parameters = self._describe().get("Parameters", [])
        return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in parameters}

    def outputs(self) -> dict[str, str]:
        """The outputs of the template.

        Raises
        ------
        UserError
            There is no such stack.
        """
        outputs = self.outputs_so_far()
        if not outputs:
            raise UserError(
                f"there is no stack {self.name} in this region: check --region, or create it with `shoplake deploy`"
            )
        return outputs

    def outputs_so_far(self) -> dict[str, str]:
        """The outputs; none while a new stack is being created."""
        return {output["OutputKey"]: output["OutputValue"] for output in self._describe().get("Outputs", [])}

    def names_of(self, *kinds: str) -> list[str]:
        """The physical ids of the resources of some kinds, such as AWS::CloudWatch::Alarm."""
        with aws_errors_for_user():
            return [
                resource["PhysicalResourceId"]
                for page in self._api.get_paginator("list_stack_resources").paginate(StackName=self.id)
                for resource in page["StackResourceSummaries"]
                if resource["ResourceType"] in kinds and resource.get("PhysicalResourceId")
            ]

    def create_change_set(self, template_url: str, given: Mapping[str, str], known: set[str]) -> list[Change]:
        """Create a change set and return its changes; a change set without changes is deleted.

        Parameters
        ----------
        given
            Values of parameters. The stack keeps its values of all other parameters.
        known
            Names of all parameters of the template.
        """
        exists = self.status() not in {ABSENT, "REVIEW_IN_PROGRESS"}
        unchanged = set(self.parameters()) & known - set(given) if exists else set()
        now = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        with aws_errors_for_user():
            created = self._api.create_change_set(
                StackName=self.name,
                ChangeSetName=f"shoplake-{now}",
                ChangeSetType="UPDATE" if exists else "CREATE",
                TemplateURL=template_url,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
                + [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(unchanged)],
                # AUTO_EXPAND: the template uses the transform AWS::LanguageExtensions
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
                Tags=[{"Key": "project", "Value": "shoplake"}],
                # delete a new stack that fails, so that the next deployment can start at once
                OnStackFailure="ROLLBACK" if exists else "DELETE",
            )
            self.id, self._change_set = created["StackId"], created["Id"]
            return self._changes()

    def _changes(self) -> list[Change]:
        while True:
            found = self._api.describe_change_set(ChangeSetName=self._change_set)
            if found["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
                break
            self._sleep(_POLL_S)
        if found["Status"] == "FAILED":
            reason = found.get("StatusReason", "")
            self.drop_change_set()
            if any(text in reason for text in _NO_CHANGES):
                return []
            raise UserError(f"CloudFormation rejected the template for the stack {self.name}: {reason}")
        changes = found["Changes"]
        while token := found.get("NextToken"):
            found = self._api.describe_change_set(ChangeSetName=self._change_set, NextToken=token)
            changes += found["Changes"]
        return [_change(change["ResourceChange"]) for change in changes]

    def drop_change_set(self) -> None:
        """Delete the change set, and the empty stack that CloudFormation creates for a first change set."""
        with aws_errors_for_user():
            self._api.delete_change_set(ChangeSetName=self._change_set)
            if self.status() == "REVIEW_IN_PROGRESS":
                self._api.delete_stack(StackName=self.id)

    def execute(self) -> Iterator[Event]:
        """Execute the change set; yield events as they happen, until CloudFormation has finished."""
        last_seen = self._newest_event_id()
        with aws_errors_for_user():
            self._api.execute_change_set(ChangeSetName=self._change_set)
        return self._follow(last_seen)

    def delete(self) -> Iterator[Event]:
        """Delete the stack; yield events as they happen, until CloudFormation has finished."""
        self.id = self._describe().get("StackId", self.name)
        last_seen = self._newest_event_id()
        with aws_errors_for_user():
            self._api.delete_stack(StackName=self.id)
        return self._follow(last_seen)

    def _follow(self, last_seen: str) -> Iterator[Event]:
        started = False
        while True:
            # read the status first: the events read after it then include everything that led to this status
            status = self.status()
            for event in reversed(self._events_since(last_seen)):
                started, last_seen = True, event["EventId"]
                yield _event(event)
            if started and not status.endswith("_IN_PROGRESS"):
                return
            self._sleep(_POLL_S)

    def _events_since(self, last_seen: str) -> list[dict[str, Any]]:
        """Events after the one with the id `last_seen`, newest first."""
        new: list[dict[str, Any]] = []
        with aws_errors_for_user():
            for page in self._api.get_paginator("describe_stack_events").paginate(StackName=self.id):
                for event in page["StackEvents"]:
                    if event["EventId"] == last_seen:
                        return new
                    new.append(event)
        return new

    def _newest_event_id(self) -> str:
        with aws_errors_for_user():
            events = self._api.describe_stack_events(StackName=self.id)["StackEvents"]
        return events[0]["EventId"] if events else ""

    def _describe(self) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        with aws_errors_for_user():
            try:
                found: dict[str, Any] = self._api.describe_stacks(StackName=self.id)["Stacks"][0]
            except ClientError as error:
                if "does not exist" not in str(error):
                    raise
                return {}
        return {} if found["StackStatus"] == "DELETE_COMPLETE" and self.id == self.name else found


@contextmanager
def note_on_interrupt(name: str) -> Iterator[None]:
    """Add to an Interrupted that CloudFormation continues without the command."""
    try:
        yield
    except Interrupted as interrupted:
        interrupted.sentence = (
            f"CloudFormation continues with the stack {name}; `shoplake status --stack {name}` shows when it has "
            "finished, and which schedules are on"
        )
        raise


def _change(found: dict[str, Any]) -> Change:
    replacement = {"True": "replaced", "Conditional": "may be replaced"}.get(found.get("Replacement", ""), "")
    return Change(found["Action"], found["LogicalResourceId"], found["ResourceType"], replacement)


def _event(found: dict[str, Any]) -> Event:
    reason = found.get("ResourceStatusReason", "")
    return Event(found["LogicalResourceId"], found["ResourceType"], found["ResourceStatus"], reason, found["Timestamp"])
