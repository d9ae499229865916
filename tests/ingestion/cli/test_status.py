from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import run


def test_missing_and_unknown_credentials_are_one_message_of_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    none = run("status")
    assert (none.returncode, none.stderr.count("\n")) == (2, 1)
    assert "no AWS credentials were found" in none.stderr
    profile = run("status", "--profile", "work")
    assert (profile.returncode, profile.stderr.count("\n")) == (2, 1)
    assert "work" in profile.stderr


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [("notaurl", "AWS_ENDPOINT_URL must be a URL"), ("http://127.0.0.1:1", "AWS was not reached")],
)
def test_an_endpoint_that_cannot_work_is_one_message_of_the_command(endpoint: str, message: str) -> None:
    done = run(
        "status",
        AWS_ENDPOINT_URL=endpoint,
        AWS_REGION="eu-central-1",
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        AWS_MAX_ATTEMPTS="1",
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert message in done.stderr
