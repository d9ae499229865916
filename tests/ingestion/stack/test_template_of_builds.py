"""The builds of the template: the container, the image, the check of a pull request, and how an end is noticed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from ingestion.cost import model
from ingestion.image.scheduled_build import Settings
from ingestion.stack.template import TEMPLATE
from tests.support.paths import ROOT
from tests.support.template_facts import ALL, RESOURCES, of_type, resolved


def test_the_check_of_a_pull_request_has_the_memory_that_the_emulated_athena_needs() -> None:
    spec = yaml.safe_load((TEMPLATE.parent / "check.buildspec.yml").read_text())
    assert spec["phases"]["build"]["commands"] == ["make check"]
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^check:.* test-athena\b", makefile, re.MULTILINE)
    needed = re.search(r"^test-athena:.* (\d+) GB of memory", makefile, re.MULTILINE)
    # https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html
    gigabytes = {"BUILD_GENERAL1_SMALL": 4, "BUILD_GENERAL1_MEDIUM": 8}
    assert needed is not None
    assert gigabytes[RESOURCES["CheckProject"]["Properties"]["Environment"]["ComputeType"]] > int(needed[1])


def test_the_stack_and_github_run_the_same_script() -> None:
    script = "python -m ingestion.image.scheduled_build"
    entry = re.search(r"^ENTRYPOINT (.*)$", (ROOT / "ingestion" / "image" / "Dockerfile").read_text(), re.MULTILINE)
    assert entry is not None
    assert " ".join(json.loads(entry[1])).endswith(script)
    assert script in (ROOT / ".github" / "workflows" / "dbt.yml").read_text()


def test_a_pull_request_is_checked_for_each_provider_with_the_events_that_it_has() -> None:
    # https://docs.aws.amazon.com/codebuild/latest/userguide/bitbucket-webhook.html
    [[events]] = RESOURCES["CheckProject"]["Properties"]["Triggers"]["FilterGroups"]
    condition, bitbucket, others = events["Pattern"]["Fn::If"]
    assert ALL["Conditions"][condition] == {"Fn::Equals": [{"Ref": "RepositoryProvider"}, "BITBUCKET"]}
    assert set(others.split(", ")) - set(bitbucket.split(", ")) == {"PULL_REQUEST_REOPENED"}


def test_no_push_is_left_out_of_the_image() -> None:
    # CodeBuild refuses a build beyond a project's limit, and queues one beyond the account's
    assert not [
        name for name, project in of_type("AWS::CodeBuild::Project").items() if "ConcurrentBuildLimit" in project
    ]


def test_the_first_cluster_of_an_account_needs_no_role_that_is_only_being_made() -> None:
    assert "CapacityProviders" not in RESOURCES["BuildCluster"]["Properties"]


def test_every_buildspec_that_a_project_names_exists() -> None:
    for name, project in of_type("AWS::CodeBuild::Project").items():
        source = project["Source"]
        for one in source["Fn::If"][1:] if "Fn::If" in source else [source]:
            assert (ROOT / one["BuildSpec"]).is_file(), name


def test_a_container_has_the_variables_that_its_script_needs() -> None:
    [container] = RESOURCES["BuildTask"]["Properties"]["ContainerDefinitions"]
    values = {variable["Name"]: resolved(variable["Value"]) for variable in container["Environment"]}
    assert Settings.read({name: str(value) for name, value in values.items()} | {"SHOPLAKE_DAILY_HOUR": "3"})
    profile = (ROOT / "profiles.yml.example").read_text().partition("athena:")[2].partition("athena_local:")[0]
    assert set(re.findall(r"env_var\('(\w+)'", profile)) <= set(values)
    assert values["SHOPLAKE_RUN_OWNER"]


def test_nothing_can_connect_to_a_build() -> None:
    group = RESOURCES["BuildSecurityGroup"]["Properties"]
    assert "SecurityGroupIngress" not in group
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [(443, 443)]
    assert not of_type("AWS::EC2::SecurityGroupIngress")


def test_a_build_begins_after_firehose_has_written_the_hour_and_ends_within_15_minutes_of_it() -> None:
    """What the door and Firehose buffer is written by then; what is left is for the container, of 3 minutes at most."""
    defaults = {name: parameter.get("Default") for name, parameter in ALL["Parameters"].items()}
    minute = re.fullmatch(r"cron\((\d+) \* \* \* \? \*\)", defaults["BuildSchedule"])
    assert minute is not None
    written = model.DOOR_BUFFER_S + defaults["BufferSeconds"]
    assert written < int(minute[1]) * 60
    assert 15 - int(minute[1]) >= 8


def matches(pattern: Any, value: Any) -> bool:
    """Whether a value matches a pattern of EventBridge, as far as the template's rules use them:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    match pattern:
        case dict():
            items = value if isinstance(value, list) else [value]
            return any(
                isinstance(item, dict)
                and all(
                    any(matches(one, item) for one in part) if key == "$or" else matches(part, item.get(key))
                    for key, part in pattern.items()
                )
                for item in items
            )
        case list():
            return value is not None and any(
                value not in one["anything-but"] if isinstance(one, dict) else value == one for one in pattern
            )
    raise TypeError(pattern)


STOPPED = {"clusterArn": "BuildCluster.Arn", "lastStatus": "STOPPED"}


@pytest.mark.parametrize(
    ("detail", "rule"),
    [
        (STOPPED | {"containers": [{"exitCode": 0}]}, "BuildSucceededRule"),
        (STOPPED | {"containers": [{"exitCode": 1}]}, "BuildFailedRule"),
        # out of memory, or the time limit
        (STOPPED | {"containers": [{"exitCode": 137}]}, "BuildFailedRule"),
        # no image
        (STOPPED | {"containers": [{}], "stopCode": "TaskFailedToStart"}, "BuildFailedRule"),
        (STOPPED | {"containers": [{"exitCode": 0}], "lastStatus": "RUNNING"}, None),
        (STOPPED | {"containers": [{"exitCode": 1}], "clusterArn": "another"}, None),
    ],
)
def test_the_end_of_a_build_matches_one_rule(detail: dict[str, Any], rule: str | None) -> None:
    event = {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": detail}
    found = [
        name
        for name, properties in of_type("AWS::Events::Rule").items()
        if "EventPattern" in properties and matches(resolved(properties["EventPattern"]), event)
    ]
    assert found == ([rule] if rule else [])
