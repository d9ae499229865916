"""From what the user asked to the run that is simulated; the clock is passed in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from ingestion.errors import UserError
from ingestion.simulator.faults import Rates
from ingestion.simulator.run import Run, average_days, moment
from ingestion.simulator.traffic import DAY, HOUR, MINUTE
from ingestion.simulator.truth import microseconds

DEFAULT_EVENTS: Final = 300_000
DEFAULT_DAYS: Final = 3
DEFAULT_SEED: Final = 7
MOST_DAYS: Final = 3_660
_UNITS: Final = {"m": MINUTE, "h": HOUR, "d": DAY}
_EARLIEST: Final = datetime(2000, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """The options as given; None where the user left the choice to us."""

    events: int | None = None
    days: int | None = None
    hours: int | None = None
    start: str | None = None
    seed: int | None = None
    more: str | None = None
    rates: tuple[tuple[str, float | None], ...] = ()


def plan_run(asked: Asked, past: Sequence[Run], now: datetime) -> Run:
    """The run of a period; with `more`, the one that follows the lake's last. `fresh` is not counted yet.

    Raises
    ------
    UserError
        An option is out of range, or two of them exclude each other.
    """
    _check(asked)
    if asked.more is not None:
        return _continued(asked, asked.more, past, now)
    length = asked.hours * HOUR if asked.hours is not None else (asked.days or DEFAULT_DAYS) * DAY
    this_hour = microseconds(now) // HOUR * HOUR
    start = this_hour - length if asked.start is None else _start(asked.start)
    lines = asked.events if asked.events is not None else DEFAULT_EVENTS
    return Run(
        seed=DEFAULT_SEED if asked.seed is None else asked.seed,
        opened=start,
        start=start,
        end=start + length,
        lines=lines,
        fresh=lines,
        lines_a_day=lines / average_days(start, start + length),
        rates=_rates(asked, Rates()),
    )


def plan_following(asked: Asked, past: Sequence[Run], now: datetime, lines_a_second: float) -> Run:
    """The run that goes on in real time from now, of the shop that the lake already has, if it has one."""
    for option in ("events", "days", "hours", "start", "more"):
        if getattr(asked, option) is not None:
            raise UserError(f"--{option} and --follow exclude each other: --follow sends from now on, until Ctrl-C")
    if not 0.1 <= lines_a_second <= 5_000:
        raise UserError(f"--rate must be from 0.1 to 5000 lines a second, not {lines_a_second:g}")
    _check(asked)
    last = past[-1] if past else None
    start = microseconds(now)
    return Run(
        seed=asked.seed if asked.seed is not None else last.seed if last else DEFAULT_SEED,
        opened=last.opened if last else start,
        start=start,
        end=start,
        lines=0,
        fresh=0,
        lines_a_day=lines_a_second * 86_400,
        rates=_rates(asked, last.rates if last else Rates()),
        followed=True,
    )


def _continued(asked: Asked, more: str, past: Sequence[Run], now: datetime) -> Run:
    for option in ("days", "hours", "start"):
        if getattr(asked, option) is not None:
            raise UserError(f"--{option} and --more exclude each other: --more goes on where the last run ended")
    runs = [run for run in past if not run.followed]
    if not runs:
        raise UserError("--more goes on with a simulated shop, and this lake has none yet; leave --more out once")
    last = runs[-1]
    if asked.seed not in (None, last.seed):
        raise UserError(f"the shop in this lake has seed {last.seed}; leave --seed out, or use another --lake")
    end = last.end + _length(more)
    # An hour that has not begun is beyond what a build on Athena reads, and would be found only if a later one looked
    # back so far. A shop that was started there has all its hours there, by somebody's choice.
    this_hour_ends = microseconds(now) // HOUR * HOUR + HOUR
    if last.end == this_hour_ends:
        raise UserError(
            f"the shop in this lake has already reached the end of this hour, {moment(last.end):%H:%M} UTC, and what "
            "would arrive later is the future: try again then, or begin with --start some days ago in another --lake"
        )
    if last.end < this_hour_ends:
        end = min(end, this_hour_ends)
    lines = asked.events if asked.events is not None else max(round(last.lines_a_day * average_days(last.end, end)), 1)
    return Run(
        seed=last.seed,
        opened=last.opened,
        start=last.end,
        end=end,
        lines=lines,
        fresh=lines,
        lines_a_day=last.lines_a_day,
        rates=_rates(asked, last.rates),
    )


def _length(more: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", more)
    length = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < length <= MOST_DAYS * DAY:
        raise UserError(f"--more takes a whole number of m, h or d, as in 30m, 1h or 2d, not {more!r}")
    return length


def shortened(asked: Asked, run: Run) -> str | None:
    """The sentence for a run that ends before `more` does; None for another."""
    if asked.more is None or run.end == run.start + _length(asked.more):
        return None
    return f"--more {asked.more} stops at {moment(run.end):%H:%M} UTC, where this hour ends: the rest is the future"


def _rates(asked: Asked, otherwise: Rates) -> Rates:
    given = {name: value for name, value in asked.rates if value is not None}
    return Rates(**asdict(otherwise) | given)


def _start(text: str) -> int:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"--start takes a date or a time such as 2026-11-01 or 2026-11-01T08:00, not {text!r}"
        ) from None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    if not _EARLIEST <= time <= _LATEST:
        raise UserError(f"--start must lie between 2000-01-02 and 2200-01-01, not at {text}")
    return microseconds(time) // MINUTE * MINUTE


def _check(asked: Asked) -> None:
    if asked.events is not None and not 1 <= asked.events <= 10**10:
        raise UserError(f"--events must be from 1 to 10,000,000,000, not {asked.events}")
    if asked.days is not None and asked.hours is not None:
        raise UserError("--days and --hours exclude each other; give one of them")
    if asked.days is not None and not 1 <= asked.days <= MOST_DAYS:
        raise UserError(f"--days must be from 1 to {MOST_DAYS}, not {asked.days}")
    if asked.hours is not None and not 1 <= asked.hours <= MOST_DAYS * 24:
        raise UserError(f"--hours must be from 1 to {MOST_DAYS * 24}, not {asked.hours}")
    if asked.seed is not None and not 0 <= asked.seed < 2**62:
        raise UserError(f"--seed must be a whole number from 0 to 2^62, not {asked.seed}")
    for name, value in asked.rates:
        if value is not None and not 0.0 <= value <= 0.5:
            raise UserError(f"--{name}-rate is a share from 0 to 0.5 (0.02 is 2 %), not {value:g}")


def period(run: Run) -> str:
    """The run's period as a reader writes it."""
    return f"{moment(run.start):%Y-%m-%d %H:%M} to {moment(run.end):%Y-%m-%d %H:%M} UTC"
