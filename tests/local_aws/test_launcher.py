"""What can go wrong before anything runs is one sentence; only our own processes are ended."""

from __future__ import annotations

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
    """A process in the background with `our mark` in its command line."""
    command = [sys.executable, "-c", "import time; time.sleep(60)", "our mark"]
    pid = processes.start(command, log=tmp_path / "log", environment=dict(os.environ), folder=tmp_path)
    yield pid
    processes.stop(pid, "our mark")


def test_a_process_is_known_by_its_mark_from_the_first_moment(sleeper: int) -> None:
    assert processes.runs(sleeper, "our mark")
    assert not processes.runs(sleeper, "another mark")


def test_a_process_is_ended_if_it_is_ours(sleeper: int) -> None:
    processes.stop(sleeper, "another mark")
    assert processes.runs(sleeper, "our mark")
    processes.stop(sleeper, "our mark")
    assert not processes.runs(sleeper, "our mark")


def test_too_little_memory_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"MB of memory are free and \d+ are needed"):
        Launcher(tmp_path, heap_mb=10_000_000).up()


def test_a_port_in_use_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} is in use"):
            Launcher(tmp_path, heap_mb=64).up(port)


def test_without_maven_the_sentence_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="install Maven"):
        install.trino(tmp_path, print)


@pytest.mark.parametrize("command", [["status"], ["env"], ["sql", "select 1"], ["down"]])
def test_what_needs_a_running_aws_says_that_none_runs(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--state", str(tmp_path), *command])
    said = capsys.readouterr()
    assert "python -m local_aws up" in said.out + said.err
    assert status == {"status": 1, "down": 0}.get(command[0], 2)
