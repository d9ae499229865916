"""An error of AWS reaches the user as one message with what to do, never as a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)
from moto import mock_aws

from ingestion.errors import UserError
from ingestion.stack.aws import aws_errors_for_user, connect
from tests.support.proxy_page import BROKEN, TEXT, WELL_FORMED, proxy_page
from tests.support.stubbed_aws import StubbedSession


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NoCredentialsError(), "no AWS credentials were found"),
        (NoRegionError(), "give --region"),
        (ProfileNotFound(profile="work"), "work"),
        (UnauthorizedSSOTokenError(), "aws sso login"),
        (EndpointConnectionError(endpoint_url="https://sts"), "AWS was not reached"),
    ],
)
def test_an_error_of_the_sdk_names_what_is_missing(error: Exception, message: str) -> None:
    with pytest.raises(UserError, match=message) as raised, aws_errors_for_user():
        raise error
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "text", "message"),
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
def test_an_error_that_aws_returned_is_explained(stubs: StubbedSession, code: str, text: str, message: str) -> None:
    stubs.stubber("cloudformation").add_client_error("describe_stacks", code, text)
    with pytest.raises(UserError, match=message), aws_errors_for_user():
        stubs.client("cloudformation").describe_stacks()


@pytest.mark.parametrize("page", [BROKEN, WELL_FORMED, TEXT])
@pytest.mark.parametrize("status", [200, 403])
def test_the_page_of_a_proxy_is_not_taken_for_an_answer_of_aws(
    monkeypatch: pytest.MonkeyPatch, status: int, page: bytes
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with proxy_page(status, page) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(UserError, match="something between this machine and AWS answered") as raised:
            connect("eu-central-1", None)
    assert "\n" not in str(raised.value)
    assert "<" not in str(raised.value)


def test_a_mistake_of_ours_stays_a_mistake() -> None:
    with pytest.raises(KeyError), aws_errors_for_user():
        raise KeyError("Account")


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


def test_a_region_that_does_not_exist_is_named_before_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(UserError, match=r"knows no region eu-cental-1: did you mean eu-central-1\? "):
        connect("eu-cental-1", None)
    with pytest.raises(UserError, match="knows no region Frankfurt: is it spelled right"):
        connect("Frankfurt", None)
