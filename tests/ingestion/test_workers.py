from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.workers import Workers, worker_count
from tests.support.paths import ROOT
from tests.support.workers import PromptWorkers


def slow_square() -> Callable[[int], int]:
    def work(number: int) -> int:
        time.sleep(0.03 * (number % 3))
        return number * number

    return work


def process_id() -> Callable[[object], int]:
    return lambda _: os.getpid()


def failing() -> Callable[[int], int]:
    def work(number: int) -> int:
        if number == 7:
            raise UserError("seven")
        return number

    return work


def dying() -> Callable[[int], bytes]:
    def work(number: int) -> bytes:
        if number == 7 and multiprocessing.parent_process():
            os.kill(os.getpid(), signal.SIGKILL)
        return bytes(1 << 20)

    return work


def numbered(count: int) -> Iterator[tuple[str, int]]:
    return ((str(number), number) for number in range(count))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_results_come_in_the_order_of_the_tasks(count: int) -> None:
    with PromptWorkers(count, slow_square, inline=2) as workers:
        assert list(workers.map(numbered(30))) == [(str(number), number**2) for number in range(30)]
    assert not multiprocessing.active_children()


def until_elsewhere() -> Iterator[tuple[None, None]]:
    """Tasks for as long as processes take to start."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        yield None, None
        time.sleep(0.005)


def test_tasks_run_in_other_processes_once_these_have_started() -> None:
    seen = set()
    with Workers(2, process_id) as workers:
        for _, where in workers.map(until_elsewhere()):
            seen.add(where)
            if len(seen) == 3:
                break
    assert os.getpid() in seen
    assert len(seen) == 3


def test_a_small_input_starts_no_process() -> None:
    with Workers(2, process_id, inline=5) as workers:
        assert {where for _, where in workers.map(numbered(5))} == {os.getpid()}
        assert not multiprocessing.active_children()


def test_the_processes_that_a_short_input_did_not_need_are_ended() -> None:
    with Workers(2, process_id, inline=0) as workers:
        assert len(list(workers.map(numbered(1)))) == 1
        assert len(multiprocessing.active_children()) == 2
    assert not multiprocessing.active_children()


def test_few_tasks_are_on_their_way() -> None:
    read = 0

    def tasks() -> Iterator[tuple[int, int]]:
        nonlocal read
        for number in range(300):
            read += 1
            yield number, 1

    with PromptWorkers(2, slow_square, inline=0) as workers:
        for number, _ in workers.map(tasks()):
            assert read - number <= 6


@pytest.mark.parametrize("count", [1, 2])
def test_results_of_the_tasks_before_an_error_come_first(count: int) -> None:
    def tasks() -> Iterator[tuple[str, int]]:
        yield from numbered(20)
        raise UserError("the file ends here")

    with PromptWorkers(count, slow_square, inline=1) as workers:
        results = workers.map(tasks())
        assert [next(results)[0] for _ in range(20)] == [str(number) for number in range(20)]
        with pytest.raises(UserError, match="the file ends here"):
            next(results)


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_in_a_task_is_raised_in_its_turn(count: int) -> None:
    with PromptWorkers(count, failing, inline=1) as workers:
        results = workers.map(numbered(20))
        assert [next(results)[0] for _ in range(7)] == [str(number) for number in range(7)]
        with pytest.raises(UserError, match="seven"):
            next(results)


def test_a_killed_worker_is_one_sentence_and_no_hang() -> None:
    with PromptWorkers(2, dying, inline=1) as workers, pytest.raises(UserError, match="a worker process was killed"):
        list(workers.map(numbered(20)))
    assert not multiprocessing.active_children()


def test_at_least_one_process() -> None:
    with pytest.raises(UserError, match="--workers must be 1 or more, not 0"):
        worker_count(0)
    assert worker_count(3) == 3
    assert worker_count(None) >= 1


KILLED = """
import itertools, multiprocessing, os, signal, sys
from ingestion.workers import Workers
from tests.ingestion.test_workers import slow_square
if __name__ == "__main__":
    with Workers(2, slow_square, inline=0) as workers:
        for number, (_, square) in enumerate(workers.map((1, 1) for _ in itertools.count())):
            if number == 500:
                print(*(process.pid for process in multiprocessing.active_children()), flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
"""


def is_running(process: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_workers_end_with_a_parent_that_was_killed() -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, capture_output=True, text=True, check=False)
    workers = list(map(int, done.stdout.split()))
    assert (done.returncode, len(workers)) == (-signal.SIGKILL, 2), done.stderr
    deadline = time.monotonic() + 60
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, workers))
    assert done.stderr == ""
