from __future__ import annotations

import gzip
import json
import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.keys import Keys
from tests.support.command import COMMAND, EVENT, STACK_KEYS, events, lines, run
from tests.support.firehose_server import StandIn
from tests.support.paths import ROOT


def test_replay_loads_a_file_and_prints_a_summary(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(events(3) + b'{"event_type": "view"}\n{"cut')
    done = run("replay", path, "--lake", tmp_path / "lake")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"events\.json +5 +3 +2 +unknown_event_type 1, unparseable 1", done.stdout)
    assert re.search(r"1 objects, [\d,]+ bytes written; [\d,]+ rows/s", done.stdout)
    assert "Next: dbt build" in done.stdout
    assert len(lines(tmp_path / "lake")) == 5


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    done = run("replay", "-", "--lake", tmp_path / "lake", "--quiet", stdin=events(1))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_addresses_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    event = json.dumps(EVENT | {"ip": "unknown"}).encode()
    done = run("replay", "-", "--lake", tmp_path / "lake", stdin=event)
    assert "1 IP addresses were dropped without a visitor_hash: they could not be read" in done.stdout


@pytest.mark.parametrize("text", ["[]", "[[[", "[\n["])
def test_a_file_without_any_record_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    done = run("replay", tmp_path / "a.json", "--lake", tmp_path / "lake")
    assert (done.returncode, done.stderr.strip()) == (0, "a.json holds no record: nothing of it was loaded")


@pytest.mark.parametrize("command", [["replay", "--lake"], ["dialects", "try"], ["dialects", "draft"]])
def test_no_address_and_no_control_character_of_a_name_is_printed(tmp_path: Path, command: list[str]) -> None:
    folder = tmp_path / "of max@example.com"
    folder.mkdir()
    arguments = [*command, *([str(tmp_path / "lake")] if "--lake" in command else [])]
    texts = [events(1).decode() + "bad\n", "", "a,b@example.com\n1,2\n", "event;time\n\x1b[2J;x\nc@example.com;y\n"]
    for number, text in enumerate(texts):
        path = folder / f"ann@example.com \x1b[31m{number}.csv"
        path.write_text(text)
        done = run(*arguments, path)
        assert done.stdout + done.stderr
        assert not re.search(r"Traceback|@example|\x1b", done.stdout + done.stderr)


def test_a_file_without_any_accepted_line_fails_and_asks_for_the_dialect(tmp_path: Path) -> None:
    path = tmp_path / "views [red].json"
    path.write_bytes(b'{"event_type": "view"}\n')
    (tmp_path / "good.json").write_bytes(events(2))
    done = run("replay", path, tmp_path / "good.json", "--lake", tmp_path / "lake")
    assert done.returncode == 1
    assert re.search(r"^views \[red\]\.json +1 +0 +1 ", done.stdout, re.MULTILINE)
    sentence = "no line of views [red].json was accepted (unknown_event_type): is --dialect canonical the right one?"
    assert sentence in done.stderr
    assert "Next: dbt build" not in done.stdout
    # the lines of the other file are in the lake
    assert len(lines(tmp_path / "lake")) == 3
    assert sentence in run("replay", path, "--quiet", "--lake", tmp_path / "lake").stderr


def test_a_mistyped_time_format_fails(tmp_path: Path) -> None:
    dialect = tmp_path / "shop.yml"
    dialect.write_text('description: d\nrename: {ts: event_time}\ntime: {format: "%d.%m.%y"}\n')
    export = b'{"ts": "07.10.2025", "event_type": "search"}\n' * 3
    done = run("replay", "-", "--dialect", dialect, "--lake", tmp_path / "lake", stdin=export)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no line of stdin was accepted (bad_event_time)" in done.stderr


HALF_EMPTY = b"".join(
    json.dumps(EVENT | {"event_type": "purchase", "order_id": "o", "price": 1} | change).encode() + b"\n"
    for change in ({}, {}, {}, {"price": None})
)


def test_events_that_lack_what_they_should_have_are_printed_and_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(HALF_EMPTY)
    done = run("replay", path, "--lake", tmp_path / "lake")
    assert done.returncode == 0
    assert "accepted, but not full: 1 of 4 purchases without price or line_total (25 %)" in done.stdout
    [warning] = done.stderr.splitlines()
    assert warning.startswith("25 % of the purchases in export.json have no price or line_total (1 of 4; ")
    assert "`shoplake dialects try export.json --dialect canonical`" in warning
    path.write_bytes(HALF_EMPTY + HALF_EMPTY.splitlines(keepends=True)[0] * 20)
    few = run("replay", path, "--lake", tmp_path / "lake")
    assert "1 of 24 purchases without price or line_total (4 %)" in few.stdout
    assert few.stderr == ""


def test_one_warning_for_many_files_with_the_same_gap(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.json" for number in range(3)]
    for path in paths:
        path.write_bytes(HALF_EMPTY)
    done = run("replay", *paths, "--lake", tmp_path / "lake")
    [warning] = done.stderr.splitlines()
    assert "0.json and 2 other files have no price" in warning


def unreadable(directory: Path) -> Path:
    path = directory / "unreadable"
    # A link to itself, which not even root can read.
    path.symlink_to(path)
    return path


def empty(directory: Path) -> Path:
    path = directory / "empty"
    path.touch()
    return path


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda directory: directory / "missing.csv", "there is no file"),
        (lambda directory: directory, "is a directory"),
        (unreadable, "cannot read"),
        (empty, "is empty"),
    ],
)
def test_a_file_that_cannot_be_read_stops_the_command_before_anything_is_written(
    tmp_path: Path, make: Callable[[Path], Path], sentence: str
) -> None:
    good = tmp_path / "good.json"
    good.write_bytes(events(1))
    done = run("replay", good, make(tmp_path), "--lake", tmp_path / "lake")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-", "--dialect", "rees64"], "did you mean rees46?"),
        (["-", "--dialect", "missing.yml"], "cannot read dialect missing.yml"),
        (["-", "-"], "stdin can be read only once"),
    ],
)
def test_a_wrong_argument_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    done = run("replay", *arguments, "--lake", tmp_path / "lake", stdin=events(1))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_truncated_gzip_is_loaded_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "events.json.gz"
    path.write_bytes(gzip.compress(events(50_000))[:-3_000])
    done = run("replay", path, "--lake", tmp_path / "lake")
    assert done.returncode == 1
    assert "damaged or truncated gzip" in done.stderr
    assert 0 < len(lines(tmp_path / "lake")) < 50_000


def limit_file_size() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


def test_a_full_disk_is_one_sentence_and_leaves_no_partial_object(tmp_path: Path) -> None:
    noise = b"".join(json.dumps(EVENT | {"event_id": os.urandom(200).hex()}).encode() + b"\n" for _ in range(5_000))
    done = run("replay", "-", "--lake", tmp_path / "lake", stdin=noise, before=limit_file_size)
    assert done.returncode == 2
    assert "cannot write to the lake" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "lake").rglob("*.gz"))
    assert run("replay", "-", "--lake", tmp_path / "lake", stdin=noise).returncode == 0
    assert len(lines(tmp_path / "lake")) == 5_000


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_stopped_replay_leaves_no_partial_object(tmp_path: Path, sent: int, code: int) -> None:
    lake = tmp_path / "lake"
    with subprocess.Popen(
        [*COMMAND, "replay", "-", "--lake", str(lake)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(events(20_000))
        process.stdin.flush()
        deadline = time.monotonic() + 20
        while not list(lake.rglob("*.gz")) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert list((lake / ".incoming").iterdir()), "the replay did not begin to write"
        process.send_signal(sent)
        process.stdin.close()
        error = process.stderr.read().decode()
    assert process.returncode == code
    assert "Traceback" not in error
    assert not list((lake / "bronze").rglob("*.gz"))
    if sent != signal.SIGKILL:
        assert error.count("\n") == 1
        assert error.startswith("Interrupted")
    again = run("replay", "-", "--lake", lake, stdin=events(20_000))
    assert again.returncode == 0
    assert len({json.loads(line)["event_id"] for line in lines(lake)}) == len(lines(lake)) == 20_000
    assert not list((lake / ".incoming").iterdir())


def test_replay_to_firehose_passes_the_door_on_this_machine_and_the_streams_door_unchanged(
    firehose: StandIn, tmp_path: Path
) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(events(5) + b'{"event_type": "view", "ip": "203.0.113.7"}\n')
    environment = STACK_KEYS | firehose.environment
    done = run("replay", path, "--to", "firehose:shop", **environment)
    assert done.returncode == 0, done.stderr
    assert "6 lines sent to shop: 1 records" in done.stdout
    assert "unknown_event_type 1" in done.stdout
    assert all("received_at" in json.loads(line) for line in firehose.lines)
    assert b"203.0.113.7" not in b"".join(firehose.records)
    stack = Keys(*(key.encode() for key in STACK_KEYS.values()))
    arrived = Door(load_dialect("rees46"), stack).admit(b"".join(firehose.records), received_at=datetime.now(UTC))
    assert (arrived.accepted, arrived.rejected) == (5, {"unknown_event_type": 1})
    assert all(b'"seal"' not in line for line in arrived.lines)
