from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from ingestion.errors import UserError
from ingestion.stack.artifacts import Artifacts
from tests.support.stubbed_aws import StubbedSession


def test_a_bucket_of_another_account_is_not_used(stubs: StubbedSession) -> None:
    stubs.stubber("s3").add_client_error("head_bucket", "403", http_status_code=403)
    with pytest.raises(UserError, match="belongs to another account"):
        Artifacts(stubs.aws, "shop").create()


@pytest.mark.parametrize("method", ["create", "remove"])
def test_an_error_while_looking_for_the_bucket_is_reported_as_it_is(
    stubs: StubbedSession, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    artifacts = Artifacts(stubs.aws, "shop")
    stubs.stubber("s3").add_client_error("head_bucket", "400", "Bad Request", http_status_code=400)
    with pytest.raises(UserError, match="AWS refused HeadBucket: 400"):
        getattr(artifacts, method)()

    def connection_closed(**_: Any) -> None:
        raise ConnectionClosedError(endpoint_url="https://s3")

    monkeypatch.setattr(stubs.client("s3"), "head_bucket", connection_closed)
    with pytest.raises(UserError, match="AWS was not reached"):
        getattr(artifacts, method)()


def test_a_stack_name_that_is_too_long_for_the_bucket_is_rejected_before_any_call(stubs: StubbedSession) -> None:
    Artifacts(stubs.aws, "s" * 27)
    with pytest.raises(UserError, match="too long by 1 characters"):
        Artifacts(stubs.aws, "s" * 28)


def test_missing_zips_name_the_command_that_builds_them(stubs: StubbedSession, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="make package"):
        Artifacts(stubs.aws, "shop").upload_code(tmp_path, "arm64")
