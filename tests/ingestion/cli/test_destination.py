from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingestion.cli import destination
from ingestion.errors import Interrupted
from tests.ingestion.firehose.sinks import AT, THROTTLED, lines_of, open_sink
from tests.support.command import run
from tests.support.fake_firehose import FakeFirehose


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["simulate", "--to", "kinesis:x"], "--to takes lake or firehose:NAME"),
        (["simulate", "--to", "firehose:a b"], "--to takes lake or firehose:NAME"),
        (["resend", "pyproject.toml"], "--to firehose:NAME"),
        (["resend", "no/such/file", "--to", "firehose:shop"], "cannot read no/such/file"),
        (["resend", "--spill", "pyproject.toml"], "is a file: give the folder"),
        (["resend", "--to", "firehose:shop"], "--to goes with files"),
        (["simulate", "--more", "1h", "--to", "firehose:shop"], "--more continues the runs of a lake"),
    ],
)
def test_wrong_options_are_one_sentence(arguments: list[str], sentence: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_credentials_and_region_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    nothing: dict[str, Any] = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }
    small = ("simulate", "--events", "10", "--hours", "1", "--to", "firehose:shop")
    without_region = run(*small, **nothing)
    assert (without_region.returncode, without_region.stderr.count("\n")) == (2, 1)
    assert "export AWS_REGION" in without_region.stderr
    without_credentials = run(*small, AWS_REGION="us-east-1", **nothing)
    assert (without_credentials.returncode, without_credentials.stderr.count("\n")) == (2, 1)
    assert "no AWS credentials were found" in without_credentials.stderr
    without_url = run(*small, AWS_REGION="us-east-1", AWS_ENDPOINT_URL="notaurl", **nothing)
    assert (without_url.returncode, without_url.stderr.count("\n")) == (2, 1)
    assert "Invalid endpoint: notaurl" in without_url.stderr


def test_an_interrupted_run_says_one_way_to_send_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sink = open_sink(FakeFirehose([set(), *[THROTTLED] * 99]), tmp_path, give_up_after=1)
    monkeypatch.setattr(destination, "open_sink", lambda *_: sink)

    def interrupted() -> None:
        with destination.sending("shop", tmp_path):
            sink.write(lines_of(40_000), AT)
            raise Interrupted(2)

    with pytest.raises(Interrupted) as raised:
        interrupted()
    assert sink.sent.lines_sent > 0
    assert sink.sent.lines_spilled > 0
    sentence = raised.value.sentence
    assert "if it is run again, it sends all of them, and dbt keeps one copy of each" in sentence
    assert f"wait in {tmp_path / 'shop'}" in sentence
    assert "resend" not in sentence + capsys.readouterr().err
