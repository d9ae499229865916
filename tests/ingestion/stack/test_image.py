from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.errors import UserError
from ingestion.stack.image import Image, tag_of
from tests.support.paths import ROOT
from tests.support.stubbed_aws import StubbedSession

UPLOADED = {"ProjectCode": "source/project-0123456789abcdef.zip", "Architecture": "arm64"}
FROM_GIT = UPLOADED | {"RepositoryUrl": "https://github.com/a/b.git"}


@pytest.mark.parametrize(
    ("tags", "parameters", "current"),
    [
        (["latest", "build-4", "project-0123456789abcdef-arm64"], UPLOADED, True),
        (["latest", "build-4", "project-of-yesterday-arm64"], UPLOADED, False),
        # the same project, deployed for another processor
        (["latest", "build-4", "project-0123456789abcdef-arm64"], UPLOADED | {"Architecture": "x86_64"}, False),
        # each push makes its image
        (["latest", "build-4", "4f1c2d-arm64"], FROM_GIT, True),
        (["latest", "build-4", "4f1c2d-arm64"], FROM_GIT | {"Architecture": "x86_64"}, False),
        (None, UPLOADED, False),
        (None, FROM_GIT, False),
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


FAKES = {
    "aws": 'echo "aws $*" >> calls; case "$*" in *describe-images*) printf "$TAGS";; esac',
    "docker": 'echo "docker $*" >> calls',
}


def run_buildspec(folder: Path, tags: str, **variables: str) -> list[str]:
    """Run the commands of the build phase in one shell, as CodeBuild does; return the tags that were pushed."""
    for name, script in FAKES.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    spec = yaml.safe_load((ROOT / "ingestion" / "image" / "image.buildspec.yml").read_text())
    subprocess.run(
        ["bash", "-e", "-c", "\n".join(spec["phases"]["build"]["commands"])],
        cwd=folder,
        env={"PATH": f"{folder}:{os.environ['PATH']}", "IMAGE": "host/shop-dbt", "TAGS": tags, **variables},
        check=True,
    )
    calls = (folder / "calls").read_text().splitlines()
    [built] = [call for call in calls if call.startswith("docker build")]
    pushed = [call.removeprefix("docker push host/shop-dbt:") for call in calls if call.startswith("docker push")]
    assert all(f"--tag host/shop-dbt:{tag}" in built for tag in pushed)
    return pushed


def test_the_buildspec_gives_the_image_the_tag_that_is_looked_for(tmp_path: Path) -> None:
    pushed = run_buildspec(
        tmp_path, "", PROJECT=UPLOADED["ProjectCode"], ARCHITECTURE="arm64", CODEBUILD_BUILD_NUMBER="1"
    )
    assert pushed == [tag_of(UPLOADED["ProjectCode"], "arm64"), "build-1", "latest"]


@pytest.mark.parametrize(
    ("tags", "is_latest"),
    [
        ("latest\\tbuild-8\\t3ab-arm64", True),
        # it began later and ended earlier
        ("latest\\tbuild-10\\t3ab-arm64", False),
        ("latest\\t3ab", True),
    ],
)
def test_of_builds_at_the_same_time_the_newest_stays_the_latest(tmp_path: Path, tags: str, is_latest: bool) -> None:
    pushed = run_buildspec(
        tmp_path, tags, CODEBUILD_RESOLVED_SOURCE_VERSION="4f1c2d", ARCHITECTURE="x86_64", CODEBUILD_BUILD_NUMBER="9"
    )
    assert pushed == ["4f1c2d-x86_64", *(["build-9", "latest"] if is_latest else [])]
