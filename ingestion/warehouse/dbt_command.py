"""dbt in this process, which Ctrl-C interrupts as it does dbt's own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from ingestion.errors import Interrupted

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest


# where dbt was interrupted; and, if it had not read its flags yet, that it could not read one
_NOT_SHOWN: Final = ("MainEncounteredError", "MainStackTrace", "ArtifactUploadError")


class _DbtInterrupted(Interrupted, KeyboardInterrupt):
    """What dbt takes for Ctrl-C: it lets the models that are running end. A process that ends while they run aborts."""


def run_dbt(
    arguments: Sequence[str], manifest: Manifest | None = None, callbacks: Sequence[Callable[[Any], None]] = ()
) -> dbtRunnerResult:
    """Run a dbt command to its end.

    Parameters
    ----------
    manifest
        The parsed project; None if dbt is to parse it.
    callbacks
        Get every event of dbt's log.

    Raises
    ------
    Interrupted
        The user stopped the command, by SIGINT or SIGTERM. A second signal ends the process at once.
    """
    # dbt takes two seconds to import.
    from dbt.cli.main import dbtRunner

    with _interruptible():
        result = dbtRunner(manifest=manifest, callbacks=list(callbacks)).invoke(list(arguments))
    # dbt catches even Ctrl-C
    if isinstance(result.exception, Interrupted):
        interrupted = Interrupted(result.exception.exit_code - 128)
        interrupted.sentence = "the next run completes what this one left undone; run the same command again"
        raise interrupted
    return result


@contextmanager
def _interruptible() -> Iterator[None]:
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # a signal that is ignored, as in a background process of a shell, stays so
    ours = [number for number, handler in former.items() if callable(handler)]
    if threading.current_thread() is not threading.main_thread():
        ours = []
    for number in ours:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, former[number])


def _interrupt(signal_number: int, _: FrameType | None) -> NoReturn:
    signal.signal(signal_number, signal.SIG_DFL)
    _hide_what_follows()
    raise _DbtInterrupted(signal_number)


def _hide_what_follows() -> None:
    """Keep dbt from printing what only tells how it was interrupted."""
    from dbt_common.events.event_manager_client import get_event_manager

    def quiet(shows: Callable[[Any], bool]) -> Callable[[Any], bool]:
        return lambda message: message.info.name not in _NOT_SHOWN and shows(message)

    for logger in get_event_manager().loggers:
        logger.filter = quiet(logger.filter)
