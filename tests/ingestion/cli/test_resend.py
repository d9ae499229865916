from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest

from tests.support.command import STACK_KEYS, events, run, run_impatiently
from tests.support.firehose_server import StandIn


def ids(lines: list[bytes]) -> list[str]:
    return [json.loads(line)["event_id"] for line in lines]


def test_lines_that_the_stream_did_not_take_are_spilled_reported_and_sent_by_resend(
    firehose: StandIn, tmp_path: Path
) -> None:
    path, spill = tmp_path / "events.json", tmp_path / "spill"
    path.write_bytes(events(5))
    firehose.refuses = True
    environment = STACK_KEYS | firehose.environment
    done = run_impatiently("replay", path, "--to", "firehose:shop", "--spill", spill, **environment)
    assert done.returncode == 3
    assert "0 lines sent to shop" in done.stdout
    assert "5 of 5 lines were not taken by shop (ServiceUnavailableException: Slow down.)" in done.stderr
    assert f"shoplake resend --spill {spill}" in done.stderr

    again = run_impatiently("resend", "--spill", spill, **firehose.environment)
    assert again.returncode == 3
    assert "5 lines still wait" in again.stderr

    firehose.refuses = False
    sent = run("resend", "--spill", spill, **firehose.environment)
    assert (sent.returncode, sent.stderr) == (0, "")
    assert "5 lines sent to shop" in sent.stdout
    assert ids(firehose.lines) == ["0", "1", "2", "3", "4"]
    assert "nothing waits" in run("resend", "--spill", spill, **firehose.environment).stdout


def error_output(*records: bytes) -> bytes:
    """As Firehose writes it: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html."""
    failure = {"attemptsMade": 4, "arrivalTimestamp": 1_773_133_200_000, "errorCode": "Lambda.FunctionError"}
    return b"".join(
        json.dumps(failure | {"rawData": base64.b64encode(record).decode()}).encode() + b"\n" for record in records
    )


def test_records_that_the_door_failed_on_are_sent_again_unchanged(firehose: StandIn, tmp_path: Path) -> None:
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
    done = run_impatiently("resend", failed, "--to", "firehose:shop", "--spill", spill, **firehose.environment)
    assert done.returncode == 3
    assert "1 of 1 lines were not taken by shop" in done.stderr
    # what was sent would be sent again
    assert "and not this command again" in done.stderr
    assert "failed records in" not in done.stdout
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
def test_a_file_that_is_no_error_output_is_one_sentence_and_nothing_is_sent(
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
