"""The steps of a deletion: find out what stays, stop builds, delete the stack, remove the artifacts bucket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingestion.errors import UserError
from ingestion.stack.advice import explain_failures
from ingestion.stack.artifacts import Artifacts
from ingestion.stack.aws import Aws
from ingestion.stack.running_builds import stop_builds
from ingestion.stack.stack import ABSENT, Event, Stack, note_on_interrupt


@dataclass(frozen=True, slots=True)
class KeptResources:
    """Resources that stay, and cost money, after the stack is deleted; None for a stack that has none.

    Attributes
    ----------
    hmac_secret, id_secret
        The keys of the door: of visitor_hash, and of derived ids. Stacks of an older template deleted the first and had
        no second.
    """

    bucket: str | None = None
    data_key: str | None = None
    hmac_secret: str | None = None
    id_secret: str | None = None


class Deletion:
    """A deletion of the stack `name`."""

    def __init__(self, aws: Aws, name: str) -> None:
        self.stack = Stack(aws, name)
        self.label = f"{name} in {aws.region} of account {aws.account}"
        self._artifacts = Artifacts(aws, name)
        self._aws = aws

    @property
    def artifacts_bucket(self) -> str:
        """Name of the bucket that holds the code."""
        return self._artifacts.bucket

    def stack_exists(self) -> bool:
        return self.stack.status() != ABSENT

    def deletes_data(self) -> bool:
        """Whether the stack was deployed so that its data is deleted with it."""
        return self.stack.parameters().get("EmptyBucketOnDelete") == "yes"

    def kept_resources(self) -> KeptResources:
        """What stays if the data is not deleted."""
        try:
            outputs = self.stack.outputs()
        except UserError:
            # a stack that was never complete has no outputs, and no data in its bucket
            return KeptResources()
        return KeptResources(outputs["Bucket"], outputs["DataKey"], outputs.get("HmacSecret"), outputs.get("IdSecret"))

    def execute(self, on_event: Callable[[Event], object]) -> None:
        """Stop the builds that run, delete the stack, report each event, and remove the artifacts bucket.

        Raises
        ------
        UserError
            CloudFormation could not delete the stack; the message names the resources that failed.
        """
        stop_builds(self._aws, self.stack.name)
        events: list[Event] = []
        with note_on_interrupt(self.stack.name):
            for event in self.stack.delete():
                on_event(event)
                events.append(event)
        status = self.stack.status()
        if status != "DELETE_COMPLETE":
            reasons = explain_failures(events) or [f"its state is {status}"]
            raise UserError("\n".join([f"{self.label} is not deleted:", *reasons]))
        self.remove_artifacts()

    def remove_artifacts(self) -> bool:
        """Remove the artifacts bucket; return whether there was one."""
        return self._artifacts.remove()
