"""The image of the dbt builds: CodeBuild makes it from the project that was uploaded, and puts it into ECR."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Final

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, aws_errors_for_user, error_code

NEWEST: Final = "latest"
_POLL_S: Final = 5.0
_NO_IMAGE: Final = {"ImageNotFoundException", "RepositoryNotFoundException"}


class Image:
    """The image of the stack `name`.

    Parameters
    ----------
    sleep
        Waits between two calls while CodeBuild is working; tests replace it.
    """

    def __init__(self, aws: Aws, name: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._repository, self._project = f"{name}-dbt", f"{name}-image"
        self._ecr, self._codebuild = aws.client("ecr"), aws.client("codebuild")
        self._sleep = sleep

    def is_current(self, parameters: dict[str, str]) -> bool:
        """Whether builds run the project of the stack's parameters, on its architecture.

        The image of a Git repository is made after each push, so any image for the architecture is current.
        """
        from botocore.exceptions import ClientError

        with aws_errors_for_user():
            try:
                found = self._ecr.describe_images(repositoryName=self._repository, imageIds=[{"imageTag": NEWEST}])[
                    "imageDetails"
                ]
            except ClientError as error:
                if error_code(error) not in _NO_IMAGE:
                    raise
                return False
        tags = {tag for image in found for tag in image.get("imageTags", [])}
        architecture = parameters["Architecture"]
        if parameters.get("RepositoryUrl"):
            return any(tag.endswith(f"-{architecture}") for tag in tags)
        return tag_of(parameters["ProjectCode"], architecture) in tags

    def make(self) -> None:
        """Make the image and wait for it.

        Raises
        ------
        UserError
            CodeBuild could not make it; builds go on with the image before.
        """
        with aws_errors_for_user():
            build = self._codebuild.start_build(projectName=self._project)["build"]
            while build["buildStatus"] == "IN_PROGRESS":
                self._sleep(_POLL_S)
                [build] = self._codebuild.batch_get_builds(ids=[build["id"]])["builds"]
        if build["buildStatus"] != "SUCCEEDED":
            raise UserError(
                f"the stack is deployed, but CodeBuild could not make the image of its dbt builds "
                f"({build['buildStatus']}{_phase(build)}): its log is /aws/codebuild/{self._project}; then deploy again"
            )


def tag_of(project_code: str, architecture: str) -> str:
    """The tag of the image that is made from an uploaded project; the buildspec names it in the same way."""
    return f"{PurePosixPath(project_code).stem}-{architecture}"


def _phase(build: dict[str, Any]) -> str:
    failed = [phase for phase in build.get("phases", []) if phase.get("phaseStatus") not in (None, "SUCCEEDED")]
    return f" in the phase {failed[0]['phaseType']}" if failed else ""
