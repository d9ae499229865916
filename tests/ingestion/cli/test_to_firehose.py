from __future__ import annotations

import base64
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import COMMAND, EVENT, events, run
from tests.support.firehose_server import StandIn, stand_in
from tests.support.paths import ROOT

IMPATIENT = "import ingestion.firehose.sink as sink; sink.FirehoseSink.__init__.__kwdefaults__['give_up_after'] = 0.5"


@pytest.fixture
def firehose() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server


def impatient(*arguments: str | Path, firehose: StandIn) -> subprocess.CompletedProcess[str]:
    """The command line, giving a batch up after half a second."""
    code = f"{IMPATIENT}; import ingestion.cli.app as cli; cli.main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=os.environ | firehose.environment,
        text=True,
    )


def ids(lines: list[bytes]) -> list[str]:
    return [json.loads(line)["event_id"] for line in lines]


def test_simulate_sends_raw_lines(firehose: StandIn, tmp_path: Path) -> None:
    done = run(
        *("simulate", "--events", "3000", "--hours", "1", "--start", "2025-03-01", "--to", "firehose:shop"),
        *("--lake", tmp_path / "lake"),
        **firehose.environment,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(firehose.lines) == 3_000
    assert any(b'"ip_address"' in line for line in firehose.lines)
    assert not any(b'"received_at"' in line for line in firehose.lines)
    assert f"3,000 lines sent to shop: {len(firehose.records)} records" in done.stdout
    assert not (tmp_path / "lake").exists()


def test_simulate_live_sends_until_it_is_told_to_stop(firehose: StandIn, tmp_path: Path) -> None:
    command = [*COMMAND, "simulate", "--follow", "--rate", "20", "--buffer-seconds", "1", "--to", "firehose:shop"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | firehose.environment, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while firehose.calls < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"{len(firehose.lines):,} lines sent to shop" in output
    assert firehose.calls >= 2


def test_replay_sends_what_passed_the_door_here(firehose: StandIn, tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(events(5) + b'{"event_type": "view", "ip": "203.0.113.7"}\n')
    done = run("replay", path, "--to", "firehose:shop", SHOPLAKE_HMAC_KEY="secret", **firehose.environment)
    assert done.returncode == 0, done.stderr
    assert "6 lines sent to shop: 1 records" in done.stdout
    assert "unknown_event_type 1" in done.stdout
    assert all("received_at" in json.loads(line) for line in firehose.lines)
    assert b"203.0.113.7" not in b"".join(firehose.records)


def test_what_is_not_taken_is_kept_told_and_sent_by_resend(firehose: StandIn, tmp_path: Path) -> None:
    path, spill = tmp_path / "events.json", tmp_path / "spill"
    path.write_bytes(events(5))
    firehose.refuses = True
    done = impatient("replay", path, "--to", "firehose:shop", "--spill", spill, firehose=firehose)
    assert done.returncode == 3
    assert "0 lines sent to shop" in done.stdout
    assert "5 of 5 lines were not taken by shop (ServiceUnavailableException: Slow down.)" in done.stderr
    assert f"shoplake resend --spill {spill}" in done.stderr

    again = impatient("resend", "--spill", spill, firehose=firehose)
    assert again.returncode == 3
    assert "5 lines still wait" in again.stderr

    firehose.refuses = False
    sent = run("resend", "--spill", spill, **firehose.environment)
    assert (sent.returncode, sent.stderr) == (0, "")
    assert "5 lines sent to shop" in sent.stdout
    assert ids(firehose.lines) == ["0", "1", "2", "3", "4"]
    assert "nothing waits" in run("resend", "--spill", spill, **firehose.environment).stdout


@pytest.mark.parametrize("person", [{"user_id": "anna@example.com"}, {"ip_address": "203.0.113.7"}])
def test_replay_without_the_streams_key_sends_nobody_who_would_be_lost(
    firehose: StandIn, tmp_path: Path, person: dict[str, str]
) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(events(5) + json.dumps(EVENT | person).encode() + b"\n")
    done = run("replay", path, "--to", "firehose:shop", SHOPLAKE_HMAC_KEY="", **firehose.environment)
    assert (done.returncode, done.stderr.count("\n"), firehose.calls) == (2, 1, 0)
    assert "set SHOPLAKE_HMAC_KEY" in done.stderr
    with_key = run("replay", path, "--to", "firehose:shop", SHOPLAKE_HMAC_KEY="secret", **firehose.environment)
    assert (with_key.returncode, len(firehose.lines)) == (0, 6)


def error_output(*records: bytes) -> bytes:
    """As Firehose writes it: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html."""
    failure = {"attemptsMade": 4, "arrivalTimestamp": 1_773_133_200_000, "errorCode": "Lambda.FunctionError"}
    return b"".join(
        json.dumps(failure | {"rawData": base64.b64encode(record).decode()}).encode() + b"\n" for record in records
    )


def test_what_the_door_failed_on_is_sent_again_as_it_came(firehose: StandIn, tmp_path: Path) -> None:
    person = b'{"event_id": "1", "ip_address": "203.0.113.7", "user_id": "anna@example.com"}'
    folder = tmp_path / "failed" / "dt=2026-03-10" / "hour=09"
    folder.mkdir(parents=True)
    (folder / "plain").write_bytes(error_output(person + b"\n{cut\n", b'\xef\xbb\xbf{"event_id": "2"}'))
    (folder / "packed.gz").write_bytes(gzip.compress(error_output(b'{"event_id": "3"}\r\n')))
    done = run("resend", tmp_path / "failed", "--to", "firehose:shop", SHOPLAKE_HMAC_KEY="", **firehose.environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert firehose.lines == [b'{"event_id": "3"}\r', person, b"{cut", b'{"event_id": "2"}']
    assert "all of the 3 failed records in 2 files" in done.stdout
    assert len(list(folder.iterdir())) == 2


def test_failed_records_that_are_not_taken_wait_and_fail_the_command(firehose: StandIn, tmp_path: Path) -> None:
    failed, spill = tmp_path / "failed", tmp_path / "spill"
    failed.write_bytes(error_output(b'{"event_id": "1"}'))
    firehose.refuses = True
    done = impatient("resend", failed, "--to", "firehose:shop", "--spill", spill, firehose=firehose)
    assert done.returncode == 3
    assert "1 of 1 lines were not taken by shop" in done.stderr
    assert "that is all" not in done.stdout
    firehose.refuses = False
    assert run("resend", "--spill", spill, **firehose.environment).returncode == 0
    assert firehose.lines == [b'{"event_id": "1"}']


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (error_output(b"{}") + b'{"event_id": "1"}\n', "line 2 of"),
        (b'{"rawData": "no base64!"}\n', "line 1 of"),
        (gzip.compress(error_output(b"{}") * 50)[:-20], "cannot read"),
    ],
)
def test_something_else_than_error_output_is_one_sentence_and_nothing_is_sent(
    firehose: StandIn, tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "failed"
    path.write_bytes(content)
    done = run("resend", path, "--to", "firehose:shop", **firehose.environment)
    assert (done.returncode, done.stderr.count("\n"), firehose.calls) == (2, 1, 0)
    assert sentence in done.stderr


def test_a_last_line_without_a_newline_is_sent_before_its_file_is_removed(firehose: StandIn, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "edited.jsonl").write_bytes(b'{"a":1}\n{"b":2}')
    done = run("resend", "--spill", tmp_path, **firehose.environment)
    assert (done.returncode, firehose.lines) == (0, [b'{"a":1}', b'{"b":2}'])
    assert list((tmp_path / "shop").iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_says_no_more_than_was_sent(firehose: StandIn, tmp_path: Path, how: signal.Signals) -> None:
    command = [*COMMAND, "simulate", "--events", "2000000", "--to", "firehose:shop", "--start", "2025-03-01"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | firehose.environment, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while firehose.calls < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(how)
    _, errors = process.communicate(timeout=30)
    time.sleep(0.2)
    sent = firehose.lines
    assert 0 < len(sent) < 2_000_000
    if how is signal.SIGINT:
        assert process.returncode == 130
        said = int(errors.split(" lines had been sent to shop")[0].split()[-1].replace(",", ""))
        assert 0 < said <= len(sent)


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
    assert "there are no AWS credentials" in without_credentials.stderr
    without_url = run(*small, AWS_REGION="us-east-1", AWS_ENDPOINT_URL="notaurl", **nothing)
    assert (without_url.returncode, without_url.stderr.count("\n")) == (2, 1)
    assert "Invalid endpoint: notaurl" in without_url.stderr
