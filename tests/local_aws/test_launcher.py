"""Failures before the start have a one-sentence message, and only our own processes are stopped."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import install, processes
from local_aws.__main__ import main
from local_aws.errors import UserError
from local_aws.launcher import Launcher


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[int]:
    """A background process with `our mark` in its command line."""
    command = [sys.executable, "-c", "import time; time.sleep(60)", "our mark"]
    pid = processes.start(command, log=tmp_path / "log", environment=dict(os.environ), folder=tmp_path)
    yield pid
    processes.stop(pid, "our mark")


def test_a_process_is_identified_by_its_mark_from_its_start(sleeper: int) -> None:
    assert processes.runs(sleeper, "our mark")
    assert not processes.runs(sleeper, "another mark")


def test_only_a_process_with_our_mark_is_stopped(sleeper: int) -> None:
    processes.stop(sleeper, "another mark")
    assert processes.runs(sleeper, "our mark")
    processes.stop(sleeper, "our mark")
    assert not processes.runs(sleeper, "our mark")


def test_too_little_memory_is_reported_before_any_download(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"MB of memory are free, but \d+ MB are needed"):
        Launcher(tmp_path, heap_mb=10_000_000).up()


def test_a_port_in_use_is_reported_before_any_download(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} is in use"):
            Launcher(tmp_path, heap_mb=64).up(port)


def test_the_message_without_maven_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="install Maven"):
        install.trino(tmp_path, print)


@pytest.mark.parametrize("command", [["status"], ["env"], ["sql", "select 1"], ["down"]])
def test_commands_that_need_a_running_aws_print_how_to_start_it(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--state", str(tmp_path), *command])
    printed = capsys.readouterr()
    assert f"python -m local_aws --state {tmp_path} up" in printed.out + printed.err
    assert status == {"status": 1, "down": 0}.get(command[0], 2)


def test_a_state_folder_that_cannot_be_created_has_a_one_line_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["--state", str(tmp_path / "file" / "state"), "up"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_instance_file_has_a_clear_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "instance.json").write_text("{")
    assert main(["--state", str(tmp_path), "status"]) == 2
    assert "instance.json is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("damaged", ["trino_pid", "endpoint"])
def test_an_instance_file_with_values_of_the_wrong_type_is_damaged(
    tmp_path: Path, damaged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = {"endpoint": "http://127.0.0.1:1", "trino": "http://127.0.0.1:2", "emulator_pid": 1, "trino_pid": 2}
    (tmp_path / "instance.json").write_text(json.dumps(fields | {damaged: ["1"]}))
    assert main(["--state", str(tmp_path), "down"]) == 2
    assert "instance.json is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[1]", "{", '{"gateway": 1}', '{"gateway": "x", "trino": 1}'])
def test_a_damaged_port_file_is_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports.json").write_text(text)
    assert Launcher(tmp_path)._last_ports() == {}


@pytest.mark.parametrize(
    ("option", "value"), [("--port", "99999"), ("--port", "abc"), ("--memory", "10"), ("--memory", "much")]
)
def test_an_invalid_option_value_is_rejected(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["up", option, value])
    message = capsys.readouterr().err
    assert value in message
    assert "invalid _" not in message


def test_an_empty_folder_name_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--state", "", "status"])
    assert "the name of the folder is empty" in capsys.readouterr().err


def test_a_single_running_process_is_reported_and_stopped(
    tmp_path: Path, sleeper: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "runs", lambda pid, mark: pid == sleeper and _alive(pid))
    fields = {"endpoint": "http://127.0.0.1:1", "trino": "http://127.0.0.1:2", "emulator_pid": 0, "trino_pid": sleeper}
    (tmp_path / "instance.json").write_text(json.dumps(fields))
    assert main(["--state", str(tmp_path), "status"]) == 1
    assert "only Trino runs" in capsys.readouterr().out
    assert main(["--state", str(tmp_path), "down"]) == 0
    assert "Stopped" in capsys.readouterr().out
    assert not _alive(sleeper)


def test_different_paths_to_a_state_folder_name_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    monkeypatch.chdir(tmp_path / "folder")
    spellings = [Path("../folder/state"), tmp_path / "link" / "state", Path("state")]
    assert {Launcher(spelling).state for spelling in spellings} == {tmp_path / "folder" / "state"}


def test_the_instance_file_stays_while_its_process_may_be_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)", "local_aws.emulator", "/moved/since"]
    pid = processes.start(command, log=tmp_path / "log", environment=dict(os.environ), folder=tmp_path)
    fields = {"endpoint": "http://127.0.0.1:1", "trino": "http://127.0.0.1:2", "emulator_pid": pid, "trino_pid": 0}
    (tmp_path / "instance.json").write_text(json.dumps(fields))
    try:
        assert main(["--state", str(tmp_path), "down"]) == 2
        assert f"kill {pid}" in capsys.readouterr().err
        assert (tmp_path / "instance.json").exists()
    finally:
        processes.stop(pid, "/moved/since")
    assert main(["--state", str(tmp_path), "down"]) == 0
    assert not (tmp_path / "instance.json").exists()


def _alive(pid: int) -> bool:
    return bool(processes._command_line(pid))
