"""The progress bar that commands share: on stderr, on a terminal only, and only after two seconds."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn

from ingestion.cli.output import err

SHOW_AFTER_SECONDS: Final = 2.0


class ProgressBar:
    """A progress bar that appears on a terminal once the block has run for SHOW_AFTER_SECONDS.

    A context manager. The bar disappears at the end of the block, so that only the summary stays on the screen.

    Parameters
    ----------
    columns
        What the bar shows, as for `rich.progress.Progress`.
    total
        Steps until the work is complete; None while that is unknown.
    show
        False never shows the bar, for example with --quiet.
    fields
        First values of the fields that the columns name.
    """

    def __init__(
        self,
        *columns: ProgressColumn,
        description: str = "",
        total: float | None = None,
        show: bool = True,
        console: Console = err,
        **fields: Any,
    ) -> None:
        self._bar = Progress(*columns, console=console, transient=True)
        self._task = self._bar.add_task(description, total=total, **fields)
        self._timer: threading.Timer | None = None
        if show and console.is_terminal:
            # a timer shows the bar even while the first step is still running
            self._timer = threading.Timer(SHOW_AFTER_SECONDS, self._bar.start)
            self._timer.daemon = True

    def update(
        self,
        completed: float | None = None,
        *,
        advance: float | None = None,
        description: str | None = None,
        total: float | None = None,
        **fields: Any,
    ) -> None:
        """Set or advance the steps done, the description, the total or a field; what is None keeps its value."""
        self._bar.update(
            self._task, completed=completed, advance=advance, description=description, total=total, **fields
        )

    def __enter__(self) -> Self:
        if self._timer:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer.join()
            if self._bar.live.is_started:
                self._bar.stop()
