"""Defines a simulated period of a shop, and how many lines are sent in each of its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from ingestion.simulator.bots import Bot, daily_share
from ingestion.simulator.faults import Rates
from ingestion.simulator.habits import Habits
from ingestion.simulator.shop import Ints
from ingestion.simulator.traffic import DAY, MINUTE, SECOND, intensity

_LINES_A_STEP: Final = 9_000
_LINES_A_SESSION: Final = 4.6
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Run:
    """One simulated period of a shop. Times in microseconds since 1970; the same run gives the same bytes.

    `lines` is how many lines arrive in [start, end). `fresh` is how many of them visitors of this period cause; the
    others come from bots and earlier runs. `opened` is when the shop's first run began. A `followed` run was sent at a
    constant rate in real time and carries nothing over to later runs. Runs of one shop over the same period with a
    different `draw` have different visits.
    """

    seed: int
    opened: int
    start: int
    end: int
    lines: int
    fresh: int
    lines_a_day: float
    rates: Rates
    habits: Habits = field(default_factory=Habits)
    followed: bool = False
    draw: int = 0

    @property
    def bot_lines(self) -> int:
        return round(self.lines * self.rates.bot)

    def entropy(self, step_start: int, part: int) -> list[int]:
        """The seed of a step; each part of the simulation has its own."""
        return [self.seed, self.start // SECOND, step_start // SECOND, part, *([self.draw] if self.draw else [])]

    @property
    def new_visitors_a_day(self) -> int:
        """How many visitors come for the first time each day."""
        return max(int(self.lines_a_day / _LINES_A_SESSION * 0.7), 5)

    def edges(self) -> Ints:
        """The bounds of the steps. They are round times, no step crosses an hour, and each has some thousand lines."""
        minutes = next((m for m in (60, 30, 20, 15, 10, 5, 2) if self.lines_a_day * m / 1440 < _LINES_A_STEP), 1)
        step = minutes * MINUTE
        inner = np.arange(self.start // step + 1, -(-self.end // step)) * step
        return np.concatenate(([self.start], inner, [self.end]))


def quotas(run: Run) -> list[tuple[int, int, int]]:
    """Start, end and line count of each step: the run's fresh lines, distributed by the daily and weekly curve."""
    edges = run.edges()
    weight = intensity((edges[:-1] + edges[1:]) // 2) * np.diff(edges)
    sums = np.round(np.cumsum(weight) / weight.sum() * run.fresh).astype(np.int64)
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), np.diff(sums, prepend=0).tolist(), strict=True))


def bot_quotas(run: Run, bot: Bot, edges: Ints) -> list[int]:
    """Line count of a bot in each step, by its daily curve."""
    weight = np.array([daily_share(bot.kind, at) for at in edges[:-1].tolist()]) * np.diff(edges)
    total = bot_total(run, bot)
    counts: list[int] = np.diff(np.round(np.cumsum(weight) / weight.sum() * total).astype(np.int64), prepend=0).tolist()
    return counts


def bot_total(run: Run, bot: Bot) -> int:
    """How many lines a bot sends in a run."""
    return int(run.bot_lines * bot.share)


def average_days(start: int, end: int) -> float:
    """The traffic in [start, end) in average days, by the daily and weekly curve."""
    middle = np.arange(start, end, 5 * MINUTE) + 150 * SECOND
    return (end - start) / DAY * float(intensity(middle).mean())


def moment(microseconds: int) -> datetime:
    """Microseconds since 1970 as an aware time."""
    return _EPOCH + timedelta(microseconds=microseconds)
