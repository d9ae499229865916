"""Background processes. Process ids are reused, so a process is identified by its command line as well."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

_GRACE_S = 20.0
_ENDED = {"Z", "X"}
_ATTEMPTS = 50


def start(command: list[str], *, log: Path, environment: dict[str, str], folder: Path) -> int:
    """Start a process that outlives this one, and return its process id."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=folder,
            start_new_session=True,
        ).pid


def runs(pid: int, mark: str) -> bool:
    """Whether process `pid` runs and has `mark` in its command line."""
    return mark in _command_line(pid)


def stop(pid: int, mark: str) -> None:
    """Stop process `pid` if its command line holds `mark`: by SIGTERM, and after 20 seconds by SIGKILL."""
    for stop_signal in (signal.SIGTERM, signal.SIGKILL):
        if not runs(pid, mark):
            return
        os.kill(pid, stop_signal)
        deadline = time.monotonic() + _GRACE_S
        while runs(pid, mark) and time.monotonic() < deadline:
            time.sleep(0.05)


def _command_line(pid: int) -> str:
    """The command line of a process; empty for one that has ended, even if nobody has waited for it."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    if not Path("/proc/self").exists():
        done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return done.stdout
    process = Path("/proc") / str(pid)
    try:
        for _ in range(_ATTEMPTS):
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            if line or state in _ENDED:
                return line
            # the command line is empty for a moment after exec, and always for a kernel thread
            time.sleep(0.01)
    except OSError:
        pass
    return ""
