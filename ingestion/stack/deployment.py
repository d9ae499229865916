"""The steps of a deployment: check the stack, upload the code, create a change set, execute it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ingestion.errors import UserError
from ingestion.stack.advice import deployment_blocker, explain_failures
from ingestion.stack.artifacts import Artifacts
from ingestion.stack.aws import Aws
from ingestion.stack.image import Image
from ingestion.stack.preflight import check_lake_formation, check_name, check_region, check_rights
from ingestion.stack.schedules import EnabledRules
from ingestion.stack.stack import ABSENT, Change, Event, Stack, note_on_interrupt
from ingestion.stack.template import TEMPLATE, defaults

_DEPLOYED: Final = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
_NOTHING_THERE: Final = {ABSENT, "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}


@dataclass(frozen=True, slots=True)
class UploadedTemplate:
    """What a change set is created from: the URL of the template, and its parameters with the keys of the code."""

    url: str
    parameters: dict[str, str]


class Deployment:
    """A deployment of the stack `name`. Call its methods in the order in which they are written here."""

    def __init__(self, aws: Aws, name: str) -> None:
        self.stack = Stack(aws, name)
        self.label = f"{name} in {aws.region} of account {aws.account}"
        self._aws = aws
        self._artifacts = Artifacts(aws, name)

    def check(self, parameters: Mapping[str, str]) -> None:
        """Find out, before anything is made, what would make the deployment fail.

        Raises
        ------
        UserError
            CloudFormation would accept no change set now; ECR would not accept the name; the region has not all the
            services; the credentials may not create all the resources; or Lake Formation would keep dbt from its
            tables.
        """
        status = self.stack.status()
        if problem := deployment_blocker(self.stack.name, status):
            raise UserError(problem)
        check_name(self.stack.name)
        check_region(self._aws)
        check_rights(self._aws, self.stack.name)
        if status in _NOTHING_THERE and parameters.get("LakeFormation", "no") != "yes":
            check_lake_formation(self._aws)

    @contextmanager
    def artifacts_bucket(self, *, dry_run: bool) -> Iterator[None]:
        """Create the artifacts bucket if it does not exist, and protect it.

        On exit, remove a bucket created here if this was a dry run, or if no stack came out of it.
        """
        created = self._artifacts.create()
        try:
            yield
        finally:
            if created and (dry_run or self.stack.status() in _NOTHING_THERE):
                self._artifacts.remove()

    def upload(self, parameters: Mapping[str, str], zips: Path, today: date) -> UploadedTemplate:
        """Upload the code and the template, unless they are there already.

        Parameters
        ----------
        parameters
            Template parameters that the user gave.
        zips
            The folder that `make package` wrote.
        today
            The first arrival date of bronze, if the stack has none yet.
        """
        current = self.stack.parameters()
        architecture = parameters.get("Architecture") or current.get("Architecture") or defaults()["Architecture"]
        code = self._artifacts.upload_code(zips, architecture)
        url = self._artifacts.upload_template(TEMPLATE.read_text(encoding="utf-8"))
        completed = {
            **parameters,
            "CodeBucket": self._artifacts.bucket,
            "DoorCode": code.door,
            "GeneratorCode": code.generator,
            "ProjectCode": code.project,
        }
        if "BronzeStart" not in current:
            completed.setdefault("BronzeStart", today.isoformat())
        return UploadedTemplate(url, completed)

    def create_change_set(self, template: UploadedTemplate) -> list[Change]:
        """Create a change set; an empty list means that nothing would change."""
        return self.stack.create_change_set(template.url, template.parameters, set(defaults()))

    def execute(self, on_event: Callable[[Event], object]) -> None:
        """Execute the change set, report each event, and enable the schedules again that were enabled before.

        Raises
        ------
        UserError
            CloudFormation could not make the changes; the message names the resources that failed.
        """
        enabled = EnabledRules.find(self._aws, self.stack.name)
        events: list[Event] = []
        try:
            with note_on_interrupt(self.stack.name):
                for event in self.stack.execute():
                    on_event(event)
                    events.append(event)
            status = self.stack.status()
            if status not in _DEPLOYED:
                left = "nothing of it is left" if status == "DELETE_COMPLETE" else f"its state is {status}"
                raise UserError("\n".join([f"{self.label} could not be deployed, {left}:", *explain_failures(events)]))
        finally:
            enabled.restore()

    def retire_code(self) -> None:
        """Delete the code of former deployments from the artifacts bucket."""
        current = self.stack.parameters()
        self._artifacts.retire({current.get(name, "") for name in ("DoorCode", "GeneratorCode", "ProjectCode")})

    def image_to_make(self) -> Image | None:
        """The image of the dbt builds, if it is of another project than the one that is deployed."""
        image = Image(self._aws, self.stack.name)
        return None if image.is_current(self.stack.parameters()) else image

    def drop_change_set(self) -> None:
        """Delete the change set without executing it."""
        self.stack.drop_change_set()
