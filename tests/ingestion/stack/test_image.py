from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from ingestion.errors import UserError
from ingestion.stack.image import Image, tag_of
from tests.support.paths import ROOT
from tests.support.stubbed_aws import StubbedSession

UPLOADED = {"ProjectCode": "source/project-0123456789abcdef.zip"}


@pytest.mark.parametrize(
    ("tags", "parameters", "current"),
    [
        (["latest", "project-0123456789abcdef"], UPLOADED, True),
        (["latest", "project-of-yesterday"], UPLOADED, False),
        # each push makes its image
        (["latest", "4f1c2d"], UPLOADED | {"RepositoryUrl": "https://github.com/a/b.git"}, True),
        (None, UPLOADED, False),
        (None, UPLOADED | {"RepositoryUrl": "https://github.com/a/b.git"}, False),
    ],
)
def test_the_image_is_current_if_builds_run_what_was_deployed(
    stubs: StubbedSession, tags: list[str] | None, parameters: dict[str, str], current: bool
) -> None:
    asked = {"repositoryName": "shop-dbt", "imageIds": [{"imageTag": "latest"}]}
    if tags is None:
        stubs.stubber("ecr").add_client_error("describe_images", "ImageNotFoundException", expected_params=asked)
    else:
        stubs.stubber("ecr").add_response("describe_images", {"imageDetails": [{"imageTags": tags}]}, asked)
    assert Image(stubs.aws, "shop").is_current(parameters) is current


def answer(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "shop-image:1", "buildStatus": status, **more}


def test_a_deployment_waits_until_the_image_is_made(stubs: StubbedSession) -> None:
    codebuild = stubs.stubber("codebuild")
    codebuild.add_response("start_build", {"build": answer("IN_PROGRESS")}, {"projectName": "shop-image"})
    for status in ("IN_PROGRESS", "SUCCEEDED"):
        codebuild.add_response("batch_get_builds", {"builds": [answer(status)]}, {"ids": ["shop-image:1"]})
    waits: list[float] = []
    Image(stubs.aws, "shop", sleep=waits.append).make()
    assert len(waits) == 2


def test_an_image_that_cannot_be_made_is_reported_with_its_log(stubs: StubbedSession) -> None:
    phases = [{"phaseType": "INSTALL", "phaseStatus": "SUCCEEDED"}, {"phaseType": "BUILD", "phaseStatus": "FAILED"}]
    stubs.stubber("codebuild").add_response("start_build", {"build": answer("FAILED", phases=phases)})
    with pytest.raises(UserError, match=r"is deployed, but .*\(FAILED in the phase BUILD\).*/aws/codebuild/shop-image"):
        Image(stubs.aws, "shop").make()


def test_the_buildspec_gives_the_image_the_tag_that_is_looked_for() -> None:
    assert tag_of(UPLOADED["ProjectCode"]) == "project-0123456789abcdef"
    buildspec = yaml.safe_load((ROOT / "ingestion" / "image" / "image.buildspec.yml").read_text())
    commands = buildspec["phases"]["build"]["commands"]
    assert commands[0] == 'tag=$(basename "${PROJECT:-$CODEBUILD_RESOLVED_SOURCE_VERSION}" .zip)'
    pushed = [command for command in commands if command.startswith("docker push")]
    assert pushed == ['docker push "$IMAGE:$tag"', 'docker push "$IMAGE:latest"']
    assert all(re.search(rf'--tag "\$IMAGE:{tag}"', commands[1]) for tag in (r"\$tag", "latest"))
