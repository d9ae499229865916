"""What a user meets while workers run: the same lake, and one sentence for each end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ingestion.simulator.lakes import files
from tests.support.command import COMMAND, EVENT, events, lines, run
from tests.support.paths import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


def test_replay_with_workers_loads_the_same_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(events(60_000) + b'{"event_type": "view"}\n')
    summaries = []
    for count in ("1", "2"):
        lake = tmp_path / count
        done = run("replay", path, "--arrival", "event", "--lake", lake, "--workers", count)
        assert (done.returncode, done.stderr) == (0, "")
        summaries.append(re.findall(r"events\.json +60,001 +60,000 +1 .*", done.stdout))
    assert summaries[0] == summaries[1] != []
    first, second = (
        [json.loads(line) | {"replayed_at": ""} for line in lines(tmp_path / count)] for count in ("1", "2")
    )
    assert first == second


def test_simulate_with_workers_gives_the_same_files(tmp_path: Path) -> None:
    for count in ("1", "2"):
        done = run("simulate", "--events", "110000", "--days", "1", "--lake", tmp_path / count, "--workers", count)
        assert (done.returncode, done.stderr) == (0, "")
    assert files(tmp_path / "1") == files(tmp_path / "2")


@pytest.mark.parametrize("command", [["replay", "-"], ["simulate"]])
def test_no_workers_is_one_sentence(tmp_path: Path, command: list[str]) -> None:
    done = run(*command, "--lake", tmp_path / "lake", "--workers", "0", stdin=events(1))
    assert (done.returncode, done.stderr) == (2, "--workers must be 1 or more, not 0\n")
    assert not (tmp_path / "lake").exists()


def children(process: int) -> list[int]:
    """The worker processes of a command."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == process and b"spawn_main" in (path.parent / "cmdline").read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def replaying(lake: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A replay of endless lines whose two workers have taken lines, and their process ids."""
    with subprocess.Popen(
        [*COMMAND, "replay", "-", "--lake", str(lake), "--workers", "2"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        some = events(5_000)

        def is_at_work() -> bool:
            assert process.stdin is not None
            process.stdin.write(some)
            process.stdin.flush()
            return sum(map(worked, children(process.pid))) == 2

        wait_for(is_at_work)
        workers = children(process.pid)
        yield process, workers
        process.stdin.close()
        process.wait(120)
    wait_for(lambda: not any(map(is_running, workers)))


def worked(process: int) -> bool:
    """Whether a worker computed for a second, which is more than it needs to start."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11]) >= os.sysconf("SC_CLK_TCK")
    except OSError:
        return False


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_stopped_replay_leaves_no_worker_and_no_partial_object(tmp_path: Path, sent: int, code: int) -> None:
    with replaying(tmp_path / "lake") as (process, _):
        process.send_signal(sent)
        assert process.stderr is not None
        error = process.stderr.read().decode()
    assert process.returncode == code
    assert error.count("\n") == (0 if sent == signal.SIGKILL else 1)
    assert error.startswith("Interrupted") == (sent != signal.SIGKILL)
    assert "Traceback" not in error
    for path in (tmp_path / "lake" / "bronze").rglob("*.gz"):
        assert subprocess.run(["gzip", "--test", path], check=False).returncode == 0
    assert run("replay", "-", "--lake", tmp_path / "lake", stdin=events(1)).returncode == 0
    assert not list((tmp_path / "lake" / ".incoming").iterdir())


def test_ctrl_c_in_a_terminal_which_reaches_the_workers_too_is_one_sentence(tmp_path: Path) -> None:
    with replaying(tmp_path / "lake") as (process, workers):
        for each in (*workers, process.pid):
            os.kill(each, signal.SIGINT)
        assert process.stderr is not None
        error = process.stderr.read().decode()
    assert process.returncode == 130
    assert error.startswith("Interrupted")
    assert error.count("\n") == 1


def test_a_killed_worker_is_one_sentence_and_leaves_no_partial_object(tmp_path: Path) -> None:
    with replaying(tmp_path / "lake") as (process, workers):
        os.kill(workers[0], signal.SIGKILL)
        assert process.stdin is not None
        assert process.stderr is not None
        while process.poll() is None:
            try:
                process.stdin.write(events(5_000))
                process.stdin.flush()
            except BrokenPipeError:
                break
        error = process.stderr.read().decode()
    assert process.returncode == 2
    assert error.startswith("a worker process was killed, perhaps because memory ran out")
    assert error.count("\n") == 1
    assert not list((tmp_path / "lake" / ".incoming").iterdir())


def test_a_full_disk_is_the_same_sentence_with_workers(tmp_path: Path) -> None:
    noise = [EVENT | {"event_id": os.urandom(200).hex()} for _ in range(5_000)]
    path = tmp_path / "noise.json"
    path.write_bytes(b"".join(json.dumps(event).encode() + b"\n" for event in noise * 12))
    errors = []
    for count in ("1", "2"):
        done = run("replay", path, "--lake", tmp_path / "lake", "--workers", count, before=limit_file_size)
        assert done.returncode == 2
        errors.append(done.stderr)
    assert errors[0] == errors[1]
    assert errors[0].startswith("cannot write to the lake")
    assert not list((tmp_path / "lake").rglob("*.gz"))


def limit_file_size() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
