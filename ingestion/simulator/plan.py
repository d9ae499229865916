"""Turns the options of a command into the run to simulate. The caller passes the current time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from ingestion.errors import UserError
from ingestion.simulator.faults import Rates
from ingestion.simulator.habits import Habits, with_shares
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
class RunOptions:
    """The options that the user gave; None for a default."""

    events: int | None = None
    days: int | None = None
    hours: int | None = None
    start: str | None = None
    seed: int | None = None
    more: str | None = None
    rates: tuple[tuple[str, float | None], ...] = ()
    shares: tuple[str, ...] = ()


def plan_run(options: RunOptions, past: Sequence[Run], now: datetime) -> Run:
    """The run of a period; with `more`, the continuation of the lake's last run. `fresh` is not counted yet.

    Raises
    ------
    UserError
        An option is out of range, or two of them exclude each other.
    """
    _check(options)
    if options.more is not None:
        return _continued(options, options.more, past, now)
    length = options.hours * HOUR if options.hours is not None else (options.days or DEFAULT_DAYS) * DAY
    this_hour = microseconds(now) // HOUR * HOUR
    start = this_hour - length if options.start is None else _start(options.start)
    lines = options.events if options.events is not None else DEFAULT_EVENTS
    return Run(
        seed=DEFAULT_SEED if options.seed is None else options.seed,
        opened=start,
        start=start,
        end=start + length,
        lines=lines,
        fresh=lines,
        lines_a_day=lines / average_days(start, start + length),
        rates=_rates(options, Rates()),
        habits=with_shares(Habits(), options.shares),
    )


def plan_following(options: RunOptions, past: Sequence[Run], now: datetime, lines_a_second: float) -> Run:
    """The run that sends in real time from now on. It continues the shop of the lake, if the lake has one."""
    for option in ("events", "days", "hours", "start", "more"):
        if getattr(options, option) is not None:
            raise UserError(
                f"--{option} and --follow exclude each other, because --follow sends from now on until Ctrl-C"
            )
    if not 0.1 <= lines_a_second <= 5_000:
        raise UserError(f"--rate must be from 0.1 to 5000 lines a second, not {lines_a_second:g}")
    _check(options)
    last = past[-1] if past else None
    start = microseconds(now)
    return Run(
        seed=options.seed if options.seed is not None else last.seed if last else DEFAULT_SEED,
        opened=last.opened if last else start,
        start=start,
        end=start,
        lines=0,
        fresh=0,
        lines_a_day=lines_a_second * 86_400,
        rates=_rates(options, last.rates if last else Rates()),
        habits=with_shares(last.habits if last else Habits(), options.shares),
        followed=True,
    )


def _continued(options: RunOptions, more: str, past: Sequence[Run], now: datetime) -> Run:
    for option in ("days", "hours", "start"):
        if getattr(options, option) is not None:
            raise UserError(
                f"--{option} and --more exclude each other, because --more continues where the last run ended"
            )
    runs = [run for run in past if not run.followed]
    if not runs:
        raise UserError(
            "--more continues a simulated shop, but this lake has none: run the command without --more first"
        )
    last = runs[-1]
    if options.seed not in (None, last.seed):
        raise UserError(f"the shop in this lake has seed {last.seed}: omit --seed, or use another --lake")
    end = last.end + _length(more)
    # A build on Athena does not read hours that have not begun. Only a later build that looks back far enough would
    # find their events. A shop with a --start in the future has no such limit, because the user chose those hours.
    this_hour_ends = microseconds(now) // HOUR * HOUR + HOUR
    if last.end == this_hour_ends:
        raise UserError(
            f"the shop in this lake has already reached the end of this hour, {moment(last.end):%H:%M} UTC, and later "
            "events would be in the future: try again then, or use another --lake with a --start some days ago"
        )
    if last.end < this_hour_ends:
        end = min(end, this_hour_ends)
    lines = (
        options.events if options.events is not None else max(round(last.lines_a_day * average_days(last.end, end)), 1)
    )
    return Run(
        seed=last.seed,
        opened=last.opened,
        start=last.end,
        end=end,
        lines=lines,
        fresh=lines,
        lines_a_day=last.lines_a_day,
        rates=_rates(options, last.rates),
        habits=with_shares(last.habits, options.shares),
    )


def _length(more: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", more)
    length = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < length <= MOST_DAYS * DAY:
        raise UserError(f"--more must be a whole number with m, h or d, such as 30m, 1h or 2d, not {more!r}")
    return length


def shortened(options: RunOptions, run: Run) -> str | None:
    """A sentence for the user if the run is shorter than `more`; otherwise None."""
    if options.more is None or run.end == run.start + _length(options.more):
        return None
    return (
        f"--more {options.more} stops at {moment(run.end):%H:%M} UTC, the end of this hour: the rest is in the future"
    )


def _rates(options: RunOptions, defaults: Rates) -> Rates:
    given = {name: value for name, value in options.rates if value is not None}
    return Rates(**asdict(defaults) | given)


def _start(text: str) -> int:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"--start must be a date or a time such as 2026-11-01 or 2026-11-01T08:00, not {text!r}"
        ) from None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    if not _EARLIEST <= time <= _LATEST:
        raise UserError(f"--start must be between 2000-01-02 and 2200-01-01, not {text}")
    return microseconds(time) // MINUTE * MINUTE


def _check(options: RunOptions) -> None:
    if options.events is not None and not 1 <= options.events <= 10**10:
        raise UserError(f"--events must be from 1 to 10,000,000,000, not {options.events}")
    if options.days is not None and options.hours is not None:
        raise UserError("--days and --hours exclude each other: give only one of them")
    if options.days is not None and not 1 <= options.days <= MOST_DAYS:
        raise UserError(f"--days must be from 1 to {MOST_DAYS}, not {options.days}")
    if options.hours is not None and not 1 <= options.hours <= MOST_DAYS * 24:
        raise UserError(f"--hours must be from 1 to {MOST_DAYS * 24}, not {options.hours}")
    if options.seed is not None and not 0 <= options.seed < 2**62:
        raise UserError(f"--seed must be a whole number from 0 to 2^62, not {options.seed}")
    for name, value in options.rates:
        if value is not None and not 0.0 <= value <= 0.5:
            raise UserError(f"--{name}-rate must be a share from 0 to 0.5 (0.02 is 2 %), not {value:g}")


def period(run: Run) -> str:
    """The run's period as text."""
    return f"{moment(run.start):%Y-%m-%d %H:%M} to {moment(run.end):%Y-%m-%d %H:%M} UTC"
