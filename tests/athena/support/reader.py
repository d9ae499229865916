"""A reader who queries tables over and over while something else happens."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from local_aws.athena_client import QueryFailedError


@dataclass
class Readings:
    """What a reader saw.

    Attributes
    ----------
    counts
        How often each table was read.
    errors
        The messages of queries that failed.
    """

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


@contextmanager
def reading(tables: Sequence[str], query: Callable[[str], object]) -> Iterator[Readings]:
    """Count the rows of each table in turn, until the block ends."""
    readings = Readings()
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            for table in tables:
                if ended.is_set():
                    return
                try:
                    query(f"select count(*) from {table}")
                    readings.counts[table] += 1
                except QueryFailedError as error:
                    readings.errors.append(f"{table}: {error}")

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield readings
    finally:
        ended.set()
        thread.join()
