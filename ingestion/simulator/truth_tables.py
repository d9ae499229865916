"""Writes the truth about visits and orders to `<lake>/truth/`, one gzip CSV file for each table, shop and date."""

from __future__ import annotations

import gzip
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from ingestion.errors import UserError
from ingestion.simulator.meant import Meant
from ingestion.simulator.run import Run, moment
from ingestion.simulator.stream import LONGEST_DELAY
from ingestion.simulator.touches import WINDOW_DAYS
from ingestion.simulator.traffic import DAY

TRUTH: Final = Path("truth")
# A visit has its last session within two days, and the date on which drawing begins is not complete.
_INCOMPLETE_DAYS: Final = 3


def earlier_runs(run: Run, past: Sequence[Run]) -> list[Run]:
    """The runs of the same shop that a run continues, in the order of time."""
    runs = [other for other in past if _is_same_shop(other, run) and other.end <= run.start]
    return sorted(runs, key=lambda other: other.start)


def is_continued(run: Run, past: Sequence[Run]) -> bool:
    """Whether the lake already holds a continuation of the run, whose truth is the later one."""
    return any(_is_same_shop(other, run) and other.start >= run.end for other in past)


def _is_same_shop(other: Run, run: Run) -> bool:
    return (other.seed, other.opened) == (run.seed, run.opened) and not other.followed


def meant_of(lake: Path, run: Run) -> Meant:
    """Record the visits of a run, and of the earlier runs that are drawn again, into the lake's truth.

    Files of dates that can no longer change stay as they are.
    """
    drawn_from = run.start - LONGEST_DELAY
    first_date = 0 if drawn_from <= run.opened else drawn_from // DAY + _INCOMPLETE_DAYS
    first_touch_date = first_date and first_date + WINDOW_DAYS
    shop = f"{run.seed}-{moment(run.opened):%Y%m%dT%H%M}"

    def write(name: str, columns: tuple[str, ...], date: int, rows: list[str]) -> None:
        path = lake / TRUTH / name / f"{shop}-{np.datetime64(date, 'D')}.csv.gz"
        text = "\n".join([",".join(columns), *rows, ""])
        # not igzip, because the generator's function has a zip without it
        replace_file(path, gzip.compress(text.encode(), compresslevel=1, mtime=0))

    return Meant(write, run.end, first_date, first_touch_date)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file of the truth; readers never see a part of it.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise UserError(
            f"cannot write {path}: {error.strerror}; fix the cause and run the same command again"
        ) from error
