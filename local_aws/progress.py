"""Says what happens during a start, which takes half a minute, and minutes on a busy machine."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

Report = Callable[[str], None]

_AGAIN_S: Final = 10.0
_EMULATOR: Final = "Waiting for the emulator to answer"
_TRINO: Final = "Waiting for Trino, which loads its plugins: some 25 seconds of work for one processor"
_QUERY: Final = "Waiting until a query on a table works: Trino answers, and finds its catalogs next"


class Addresses(Protocol):
    """Where the two processes answer."""

    @property
    def endpoint(self) -> str: ...

    @property
    def trino(self) -> str: ...


class Progress:
    """Reports each step of a start once, and again from time to time with the seconds since it began.

    Parameters
    ----------
    begun
        When the start began, by `time.monotonic`.
    """

    def __init__(self, addresses: Addresses, report: Report, begun: float) -> None:
        self._addresses = addresses
        self._report = report
        self._begun = begun
        self._last = ""
        self._told_at = begun

    def tell(self) -> None:
        step, now = self._step(), time.monotonic()
        if step != self._last:
            self._report(f"{step} ...")
        elif now - self._told_at < _AGAIN_S:
            return
        else:
            self._report(f"{step} ({now - self._begun:.0f} s) ...")
        self._last, self._told_at = step, now

    def _step(self) -> str:
        if not _answers(self._addresses.endpoint):
            return _EMULATOR
        info = _answer(f"{self._addresses.trino}/v1/info")
        return _TRINO if info is None or info.get("starting", True) else _QUERY


@contextmanager
def repeated(report: Report, text: str) -> Iterator[None]:
    """Report that something is still at work, every ten seconds while the block runs."""
    done, begun = threading.Event(), time.monotonic()

    def tell() -> None:
        while not done.wait(_AGAIN_S):
            report(f"{text} ({time.monotonic() - begun:.0f} s) ...")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _answer(url: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            found: dict[str, Any] = json.loads(response.read())
    except (OSError, ValueError):
        return None
    return found
