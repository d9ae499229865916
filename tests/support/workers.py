"""Workers that tests can rely on to be used."""

from __future__ import annotations

from ingestion.workers import Result, Task, Workers


class PromptWorkers(Workers[Task, Result]):
    """Workers that wait for their processes, so that no task runs in this one after the first `inline` tasks."""

    def _start(self) -> None:
        super()._start()
        assert self._is_ready.wait(120)
