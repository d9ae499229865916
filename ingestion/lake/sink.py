"""The interface of a destination for lines: the lake on this machine, or a delivery stream."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol


class Sink(Protocol):
    """Writes lines, each one canonical JSON object without a newline."""

    def write(self, lines: Iterable[bytes], arrived_at: datetime) -> None:
        """Write lines that arrived at that (aware) time."""

    def close(self) -> None:
        """Complete everything that was written, so that readers see it."""
