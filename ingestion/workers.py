"""Runs a function over tasks in several processes, and returns the results in the order of the tasks.

Each worker has a pipe of its own, so that its death is noticed whatever it was doing, and so that it ends with the
parent. With `concurrent.futures.ProcessPoolExecutor`, whose workers share pipes, one that is killed while it sends a
result leaves the parent waiting, and workers outlive a parent that is killed.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from ingestion.errors import UserError

MOST_CORES: Final = 16
"""The most workers by default: one process reads for about nine."""
INLINE_TASKS: Final = 4

_LOST: Final = (
    "a worker process was killed, perhaps because memory ran out; no incomplete object is visible, so run the same "
    "command again, with fewer --workers"
)

Kept = TypeVar("Kept")
Task = TypeVar("Task")
Result = TypeVar("Result")


def all_cores() -> int:
    """The number of cores that this process may use, at most MOST_CORES."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_CORES)


def worker_count(asked: int | None) -> int:
    """The number of workers that the option --workers asks for; without it, all cores.

    Raises
    ------
    UserError
        It is less than 1.
    """
    if asked is None:
        return all_cores()
    if asked < 1:
        raise UserError(f"--workers must be 1 or more, not {asked}")
    return asked


class Workers(Generic[Task, Result]):
    """Worker processes for one kind of task. Use it as a context manager: at its end no worker is left.

    Parameters
    ----------
    count
        How many processes. With 1, tasks run in this process.
    make
        Called once in each process, this one included; returns the function that turns a task into its result. It,
        tasks and results must be picklable.
    inline
        How many tasks run in this process before others are started, so that a small input does not pay for them.
    """

    def __init__(self, count: int, make: Callable[[], Callable[[Task], Result]], *, inline: int = INLINE_TASKS) -> None:
        self._count = count
        self._make = make
        self._inline = inline
        self._processes: list[SpawnProcess] = []
        self._threads: list[threading.Thread] = []
        self._jobs: queue.SimpleQueue[tuple[Task, Future[Result]] | None] = queue.SimpleQueue()
        self._is_ready = threading.Event()

    def map(self, tasks: Iterable[tuple[Kept, Task]]) -> Iterator[tuple[Kept, Result]]:
        """Yield the result of each task in order, with what is kept in this process beside it.

        At most three tasks for each worker are on their way, so that memory is bounded.

        If `tasks` raises an exception, the results of the tasks before it come first.

        Raises
        ------
        UserError
            A worker was killed.
        """
        work = self._make()
        waiting: deque[tuple[Kept, Future[Result]]] = deque()
        iterator = iter(tasks)
        failure: Exception | None = None
        number = 0
        while True:
            try:
                kept, task = next(iterator)
            except StopIteration:
                break
            except Exception as error:
                failure = error
                break
            if self._count > 1 and number == self._inline:
                self._start()
            number += 1
            if not self._is_ready.is_set():
                yield kept, work(task)
                continue
            future: Future[Result] = Future()
            waiting.append((kept, future))
            self._jobs.put((task, future))
            while waiting and (waiting[0][1].done() or len(waiting) >= 3 * self._count):
                yield _first(waiting)
        while waiting:
            yield _first(waiting)
        if failure is not None:
            raise failure

    def _start(self) -> None:
        # imported here, because a small input needs none of it
        from multiprocessing import get_context

        # A process with threads must not fork, and the parent has one that compresses.
        context = get_context("spawn")
        for number in range(self._count):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(theirs, self._make), name=f"shoplake-worker-{number}", daemon=True
            )
            with _interrupts_held():
                process.start()
            theirs.close()
            self._processes.append(process)
            thread = threading.Thread(target=self._feed, args=(ours,), name=process.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _feed(self, worker: Connection[object, object]) -> None:
        """Body of a thread: hands jobs to one worker and takes its results."""
        with worker:
            try:
                worker.recv()
            except (EOFError, OSError):
                # The other jobs are taken by other workers, or fail with them, but a death must not go unnoticed.
                self._fail_next()
                return
            self._is_ready.set()
            while (job := self._jobs.get()) is not None:
                task, future = job
                try:
                    worker.send(task)
                    answer: tuple[Result, Exception | None] = worker.recv()  # type: ignore[assignment]
                except (EOFError, OSError):
                    future.set_exception(UserError(_LOST))
                    return
                except Exception as unpicklable:
                    future.set_exception(unpicklable)
                    continue
                if answer[1] is not None:
                    future.set_exception(answer[1])
                else:
                    future.set_result(answer[0])

    def _fail_next(self) -> None:
        self._is_ready.set()
        if (job := self._jobs.get()) is not None:
            job[1].set_exception(UserError(_LOST))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A worker keeps nothing, so it need not be asked to end, not even while it starts.
        for process in self._processes:
            process.terminate()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.join()


def _first(waiting: deque[tuple[Kept, Future[Result]]]) -> tuple[Kept, Result]:
    kept, future = waiting.popleft()
    return kept, future.result()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Start a process that Ctrl-C in a terminal does not reach: the parent answers it and ends its workers."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(parent: Connection[object, object], make: Callable[[], Callable[[Task], Result]]) -> None:
    """Body of a worker: ends when the parent closes the pipe, or is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    work = make()
    with suppress(EOFError, OSError):
        parent.send(None)
        while True:
            task: Task = parent.recv()  # type: ignore[assignment]
            answer: tuple[Result | None, Exception | None]
            try:
                answer = work(task), None
            except Exception as error:
                error.add_note(f"in a worker process:\n{traceback.format_exc()}")
                answer = None, error
            parent.send(answer)
