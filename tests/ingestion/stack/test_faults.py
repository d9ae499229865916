"""What goes wrong at AWS reaches the user as one sentence with what to do, never as a traceback."""

from __future__ import annotations

import io
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)
from botocore.stub import Stubber
from moto import mock_aws

from ingestion.cli.deploy import _carry_out
from ingestion.cli.destroy import destroy
from ingestion.cli.operate import start
from ingestion.errors import Interrupted, UserError
from ingestion.stack.advice import explain, why_not
from ingestion.stack.artifacts import Artifacts
from ingestion.stack.aws import Aws, connect, told
from ingestion.stack.stack import Event, Stack
from tests.ingestion.stack.conftest import Shoplake
from tests.support.command import run

NOW = datetime(2026, 3, 10, tzinfo=UTC)


class Stubs:
    """A session whose clients give the answers that a test lays out beforehand, in order."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}
        self._stubs: dict[str, Stubber] = {}

    def client(self, service: str) -> Any:
        self.of(service)
        return self._clients[service]

    def of(self, service: str) -> Stubber:
        if service not in self._stubs:
            session = boto3.Session("testing", "testing", region_name="eu-central-1")
            # the types of boto3 know literal names only
            make: Any = session.client
            self._clients[service] = make(service)
            self._stubs[service] = Stubber(self._clients[service])
            self._stubs[service].activate()
        return self._stubs[service]

    @property
    def aws(self) -> Aws:
        return Aws(self, "123456789012", "eu-central-1")


@pytest.fixture
def stubs() -> Stubs:
    return Stubs()


def event(reason: str, status: str = "CREATE_FAILED", resource: str = "DoorFunction") -> Event:
    return Event(resource, "AWS::Lambda::Function", status, reason, NOW)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NoCredentialsError(), "no AWS credentials were found"),
        (NoRegionError(), "give --region"),
        (ProfileNotFound(profile="work"), "work"),
        (UnauthorizedSSOTokenError(), "aws sso login"),
        (EndpointConnectionError(endpoint_url="https://sts"), "AWS was not reached"),
    ],
)
def test_a_call_that_could_not_be_sent_says_what_is_missing(error: Exception, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as raised, told():
        raise error
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "message", "sentence"),
    [
        ("ExpiredToken", "The security token is expired", "credentials have expired"),
        ("InvalidClientTokenId", "The token is invalid", "AWS does not know these credentials"),
        (
            "AccessDenied",
            "User: arn:aws:iam::1:user/bob is not authorized to perform: cloudformation:DescribeStacks on resource: r",
            "arn:aws:iam::1:user/bob may not do cloudformation:DescribeStacks on r",
        ),
        ("ThrottlingException", "Rate exceeded", "AWS refused DescribeStacks: ThrottlingException"),
    ],
)
def test_a_call_that_aws_refused_says_why(stubs: Stubs, code: str, message: str, sentence: str) -> None:
    stubs.of("cloudformation").add_client_error("describe_stacks", code, message)
    with pytest.raises(UserError, match=sentence):
        Stack(stubs.aws, "shoplake").status()


def test_missing_and_unknown_credentials_are_one_sentence_of_the_command(shoplake: Shoplake, tmp_path: Path) -> None:
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": str(tmp_path / "none"), "HOME": str(tmp_path)}
    none = shoplake("status", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", **nowhere)
    assert (none.returncode, none.stderr.count("\n")) == (2, 1)
    assert "no AWS credentials were found" in none.stderr
    profile = shoplake("status", "--profile", "work", **nowhere)
    assert (profile.returncode, profile.stderr.count("\n")) == (2, 1)
    assert "work" in profile.stderr


def test_the_region_of_aws_region_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with mock_aws():
        assert connect(None, None).region == "eu-central-1"
        assert connect("eu-west-1", None).region == "eu-west-1"


@pytest.mark.parametrize(
    ("arguments", "endpoint", "sentence"),
    [
        (["deploy", "--stack", "my stack!"], "http://127.0.0.1:1", "--stack takes letters, digits and hyphens"),
        (["deploy", "--email", "nope"], "http://127.0.0.1:1", "--email nope: that is no e-mail address"),
        (["deploy", "-p", "Nonsense=1"], "http://127.0.0.1:1", "there is no parameter Nonsense; the names are "),
        (["deploy", "-p", "VisitorLimit"], "http://127.0.0.1:1", "--parameter VisitorLimit: write Name=value"),
        (["status"], "notaurl", "AWS_ENDPOINT_URL must be a URL"),
        (["status"], "http://127.0.0.1:1", "AWS was not reached"),
    ],
)
def test_what_cannot_work_is_one_sentence_of_the_command(
    arguments: list[str], endpoint: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    done = run(*arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("reason", "cure"),
    [
        ("shoplake-events already exists in stack arn:aws:...", "the name is taken"),
        (
            "decreases account's UnreservedConcurrentExecution below its minimum value of [10]",
            "--no-reserve-concurrency",
        ),
        ("The bucket you tried to delete is not empty", "--empty-bucket-on-destroy"),
        (
            "arn:aws:iam::1:user/bob is not authorized to perform: iam:CreateRole on resource: r",
            "may not do iam:CreateRole",
        ),
    ],
)
def test_a_resource_that_failed_is_named_with_its_cure(reason: str, cure: str) -> None:
    [sentence] = explain([event(reason)])
    assert sentence.startswith("DoorFunction (AWS::Lambda::Function): ")
    assert cure in sentence


def test_only_causes_are_told() -> None:
    cancelled = event("Resource creation cancelled", resource="Dashboard")
    of_the_stack = Event("shoplake", "AWS::CloudFormation::Stack", "CREATE_FAILED", "resources failed", NOW)
    assert explain([cancelled, of_the_stack, event("", status="CREATE_COMPLETE")]) == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("ROLLBACK_COMPLETE", "shoplake destroy --stack shop"),
        ("DELETE_FAILED", "shoplake destroy --stack shop"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name shop"),
        ("UPDATE_IN_PROGRESS", "is being changed"),
    ],
)
def test_a_stack_in_no_state_to_be_deployed_says_what_to_do_first(status: str, words: str) -> None:
    assert words in (why_not("shop", status) or "")


@pytest.mark.parametrize("status", ["ABSENT", "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_stack_at_rest_can_be_deployed(status: str) -> None:
    assert why_not("shop", status) is None


def stack_with_events(stubs: Stubs, pages: list[tuple[str, list[str]]]) -> Stack:
    """A stack that shows, at each look, its state and the events so far."""
    stub = stubs.of("cloudformation")
    first = pages[0][1]
    stub.add_response("describe_stacks", described(pages[0][0]))
    stub.add_response("describe_stack_events", {"StackEvents": [raw(name) for name in reversed(first)]})
    stub.add_response("delete_stack", {})
    for status, names in pages[1:]:
        stub.add_response("describe_stacks", described(status))
        stub.add_response("describe_stack_events", {"StackEvents": [raw(name) for name in reversed(names)]})
    return Stack(stubs.aws, "shop", sleep=lambda _: None)


def described(status: str) -> dict[str, Any]:
    return {"Stacks": [{"StackName": "shop", "StackId": "arn:shop", "StackStatus": status, "CreationTime": NOW}]}


def raw(name: str) -> dict[str, Any]:
    return {
        "StackId": "arn:shop", "StackName": "shop", "EventId": name, "LogicalResourceId": name,
        "ResourceType": "AWS::S3::Bucket", "ResourceStatus": "DELETE_COMPLETE", "Timestamp": NOW,
    }  # fmt: skip


def test_events_are_shown_once_and_only_those_of_this_change(stubs: Stubs) -> None:
    stack = stack_with_events(
        stubs,
        [
            ("CREATE_COMPLETE", ["old"]),
            # a look before CloudFormation has begun
            ("CREATE_COMPLETE", ["old"]),
            ("DELETE_IN_PROGRESS", ["old", "a"]),
            ("DELETE_IN_PROGRESS", ["old", "a", "b", "c"]),
            ("DELETE_COMPLETE", ["old", "a", "b", "c"]),
        ],
    )
    assert [event.resource for event in stack.delete()] == ["a", "b", "c"]


def broken_off(stubs: Stubs) -> Stack:
    """A stack that is left alone while it is deleted, or changed, which is followed in the same way."""

    def leave(_: float) -> None:
        raise Interrupted(signal.SIGINT)

    stack = stack_with_events(stubs, [("CREATE_COMPLETE", ["old"]), ("DELETE_IN_PROGRESS", ["old", "a"])])
    stack._sleep = leave
    return stack


def test_who_breaks_a_deployment_off_hears_that_cloudformation_goes_on(
    stubs: Stubs, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = broken_off(stubs)
    monkeypatch.setattr(stack, "execute", stack.delete)
    with pytest.raises(Interrupted) as raised:
        _carry_out(stack, "shop")
    assert "CloudFormation goes on with shop by itself; `shoplake status --stack shop`" in raised.value.sentence


def test_who_breaks_a_deletion_off_hears_that_cloudformation_goes_on(
    stubs: Stubs, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = MagicMock(wraps=broken_off(stubs), status=lambda: "CREATE_COMPLETE", parameters=dict, outputs=dict)
    monkeypatch.setattr("ingestion.cli.destroy.Stack", lambda *_: stack)
    monkeypatch.setattr("ingestion.cli.destroy.connect", lambda *_: stubs.aws)
    with pytest.raises(Interrupted) as raised:
        destroy("shop", yes=True)
    assert "CloudFormation goes on with shop by itself" in raised.value.sentence


def test_what_stays_is_named_with_the_secret_that_belongs_to_it(
    stubs: Stubs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = {"Bucket": "shop-data", "DataKey": "arn:key", "HmacSecret": "arn:secret"}
    stack = MagicMock(parameters=dict, outputs=lambda: outputs, delete=list)
    stack.status.side_effect = ["CREATE_COMPLETE", "DELETE_COMPLETE"]
    monkeypatch.setattr("ingestion.cli.destroy.Stack", lambda *_: stack)
    monkeypatch.setattr("ingestion.cli.destroy.connect", lambda *_: stubs.aws)
    stubs.of("s3").add_client_error("head_bucket", "404", http_status_code=404)
    destroy("shop", yes=True)
    said = capsys.readouterr().out
    assert all(name in said for name in outputs.values())


def test_a_change_set_without_changes_is_no_error(stubs: Stubs) -> None:
    stub = stubs.of("cloudformation")
    stub.add_response("describe_stacks", described("CREATE_COMPLETE"))
    stub.add_response("describe_stacks", described("CREATE_COMPLETE"))
    stub.add_response("create_change_set", {"Id": "arn:change", "StackId": "arn:shop"})
    why = "The submitted information didn't contain changes. Submit different information to create a change set."
    stub.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": why, "Changes": []})
    stub.add_response("delete_change_set", {})
    stub.add_response("describe_stacks", described("CREATE_COMPLETE"))
    assert Stack(stubs.aws, "shop", sleep=lambda _: None).create_change_set("https://template", {}, set()) == []


def test_a_bucket_of_another_account_is_not_used(stubs: Stubs) -> None:
    stubs.of("s3").add_client_error("head_bucket", "403", http_status_code=403)
    with pytest.raises(UserError, match="belongs to another account"):
        Artifacts(stubs.aws, "shop").make()


@pytest.mark.parametrize("call", ["make", "remove"])
def test_a_bucket_that_cannot_be_asked_for_is_told_as_what_it_was(
    stubs: Stubs, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    artifacts = Artifacts(stubs.aws, "shop")
    stubs.of("s3").add_client_error("head_bucket", "400", "Bad Request", http_status_code=400)
    with pytest.raises(UserError, match="AWS refused HeadBucket: 400"):
        getattr(artifacts, call)()

    def dropped(**_: Any) -> None:
        raise ConnectionClosedError(endpoint_url="https://s3")

    monkeypatch.setattr(stubs.client("s3"), "head_bucket", dropped)
    with pytest.raises(UserError, match="AWS was not reached"):
        getattr(artifacts, call)()


def test_a_stack_name_that_makes_no_bucket_name_is_refused_first(stubs: Stubs) -> None:
    Artifacts(stubs.aws, "s" * 27)
    with pytest.raises(UserError, match="too long by 1 characters"):
        Artifacts(stubs.aws, "s" * 28)


def test_zips_that_were_not_made_name_the_command_that_makes_them(stubs: Stubs, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="make package"):
        Artifacts(stubs.aws, "shop").upload_code(tmp_path, "arm64")


def test_an_orchestrator_that_fails_is_told_with_its_log(stubs: Stubs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.cli.operate.connect", lambda *_: stubs.aws)
    found = described("CREATE_COMPLETE")
    found["Stacks"][0]["Outputs"] = [{"OutputKey": "OrchestratorFunction", "OutputValue": "shop-orchestrator"}]
    stubs.of("cloudformation").add_response("describe_stacks", found)
    body = io.BytesIO(b'{"errorMessage": "no such rule"}')
    stubs.of("lambda").add_response("invoke", {"FunctionError": "Unhandled", "Payload": body})
    with pytest.raises(UserError, match="no such rule; its log is /aws/lambda/shop-orchestrator"):
        start()
