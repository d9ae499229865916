"""Generates the lines in the order of arrival, in steps of simulated time, so that memory is bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np

from ingestion.simulator import faults
from ingestion.simulator.bots import Bot, bot_lines, bots_of
from ingestion.simulator.faults import Tags
from ingestion.simulator.fragments import Fragments
from ingestion.simulator.meant import Meant
from ingestion.simulator.run import Run, bot_quotas, bot_total, moment, quotas
from ingestion.simulator.shop import Ints, Shop, open_shop
from ingestion.simulator.traffic import DAY, MINUTE
from ingestion.simulator.visits import Lines, Step, visit_lines

# The last line of a visit may be a refund four weeks later that arrives late. The rest is for its truth: the touches of
# the orders that may still change, in a window of 30 days before them.
LONGEST_DELAY: Final = 40 * DAY
FOREVER: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that reach the door together: `payload` is JSON lines, `tags` holds the faults of each line."""

    received_at: datetime
    payload: bytes
    tags: Tags


class _Pending:
    """Lines that arrive in a later step, by step. Lines that arrive after the last step are dropped."""

    def __init__(self, step_of: Callable[[Ints], Ints]) -> None:
        self._step_of = step_of
        self._waiting: dict[int, tuple[list[int], list[int], list[str]]] = {}

    def add(self, lines: Lines) -> None:
        for step, at, tag, text in zip(
            self._step_of(lines.at).tolist(), lines.at.tolist(), lines.tags.tolist(), lines.text, strict=True
        ):
            waiting = self._waiting.get(step)
            if waiting is None:
                waiting = self._waiting[step] = ([], [], [])
            waiting[0].append(at)
            waiting[1].append(tag)
            waiting[2].append(text)

    def keep(self, lines: Lines, until: int) -> Lines:
        """Keep the lines that arrive at `until` or later, and return the others."""
        self.add(lines.part(np.flatnonzero(lines.at >= until)))
        return lines.part(np.flatnonzero(lines.at < until))

    def take(self, step: int) -> Lines:
        at, tags, text = self._waiting.pop(step, ([], [], []))
        return Lines(np.array(at, dtype=np.int64), np.array(tags, dtype=np.uint8), text)


class Simulation:
    """The shop of a seed, and the lines that it sends."""

    def __init__(self, seed: int) -> None:
        self.shop: Shop = open_shop(seed)
        self.bots: tuple[Bot, ...] = bots_of(seed, self.shop.popularity)
        self._fragments = Fragments(self.shop)

    def carried_over(self, past: Sequence[Run], start: int, end: int, meant: Meant | None = None) -> Lines:
        """Lines of earlier runs that arrive in [start, end): late lines, the rest of visits, and refunds.

        Nothing is stored between runs: the visits are drawn again, and only the lines of that period are formatted.
        `meant` records the visits of all `past` runs.
        """
        found = Lines.empty()
        for run in past:
            for step_start, step_end, quota in quotas(run):
                if step_end > start - LONGEST_DELAY:
                    step = Step(step_start, step_end, quota, run.end)
                    lines = visit_lines(run, step, self._fragments, start, end, meant)
                    found.at = np.concatenate((found.at, lines.at))
                    found.tags = np.concatenate((found.tags, lines.tags))
                    found.text += lines.text
        return found

    def with_fresh(self, run: Run, carried: Lines | None = None) -> Run:
        """The run with its `fresh` lines counted: all lines except those of bots and of earlier runs."""
        bots = sum(bot_total(run, bot) for bot in self.bots)
        return replace(run, fresh=max(run.lines - bots - (len(carried.text) if carried else 0), 0))

    def batches(self, run: Run, carried: Lines | None = None, meant: Meant | None = None) -> Iterator[Batch]:
        """Every line that arrives in the run, in order of arrival, in batches of one minute; `meant` records visits."""
        edges = run.edges()
        pending = _Pending(lambda at: np.searchsorted(edges, at, side="right") - 1)
        if carried:
            pending.add(carried)
        sent = [0] * len(self.bots)
        by_bot = [bot_quotas(run, bot, edges) for bot in self.bots]
        for step, (start, end, quota) in enumerate(quotas(run)):
            visit = Step(start, end, quota, run.end)
            visits = visit_lines(run, visit, self._fragments, run.start, run.end, meant)
            parts = [pending.take(step), pending.keep(visits, end)]
            for number, bot in enumerate(self.bots):
                count = by_bot[number][step]
                parts.append(self._bot(run, bot, number, start, end, sent[number], count))
                sent[number] += count
            yield from _by_minute(parts)

    def follow(self, run: Run, step: int) -> Iterator[Batch]:
        """Lines without end at a constant rate from the run's start, one batch for each step (in microseconds).

        Visits begin half an hour earlier, so that the rate is met from the first step.
        """
        pending = _Pending(lambda at: (at - run.start) // step)
        a_step = run.lines_a_day * step / DAY
        sent = [0] * len(self.bots)
        number = -(30 * MINUTE // step)
        while True:
            start = run.start + number * step
            quota = _lines_in_step(number, a_step * (1 - run.rates.bot))
            visits = visit_lines(run, Step(start, start + step, quota, FOREVER), self._fragments, run.start, FOREVER)
            parts = [pending.take(number), pending.keep(visits, start + step)]
            if number >= 0:
                for position, bot in enumerate(self.bots):
                    count = _lines_in_step(number, a_step * run.rates.bot * bot.share)
                    parts.append(self._bot(run, bot, position, start, start + step, sent[position], count))
                    sent[position] += count
                text = [line for part in parts for line in part.text]
                yield Batch(moment(start + step), _encode(text), np.concatenate([part.tags for part in parts]))
            number += 1

    def _bot(self, run: Run, bot: Bot, number: int, start: int, end: int, from_line: int, count: int) -> Lines:
        rng = np.random.default_rng(run.entropy(start, 2 + number))
        at, text = bot_lines(rng, bot, self._fragments, start, end, from_line, count)
        return Lines(np.minimum(at + 80_000, end - 1), np.full(count, faults.BOT, dtype=np.uint8), text)


def _lines_in_step(number: int, a_step: float) -> int:
    """The number of lines in a step at a constant rate, rounded so that no line is lost over time."""
    return int((number + 1) * a_step // 1 - number * a_step // 1)


def _by_minute(parts: Sequence[Lines]) -> Iterator[Batch]:
    at = np.concatenate([part.at for part in parts])
    if not len(at):
        return
    tags = np.concatenate([part.tags for part in parts])
    text = [line for part in parts for line in part.text]
    order = np.argsort(at, kind="stable")
    at, tags = at[order], tags[order]
    text = [text[position] for position in order.tolist()]
    bounds = [0, *(np.flatnonzero(np.diff(at // MINUTE)) + 1).tolist(), len(at)]
    for first, last in pairwise(bounds):
        yield Batch(moment(int(at[last - 1])), _encode(text[first:last]), tags[first:last])


def _encode(text: list[str]) -> bytes:
    return "\n".join(text).encode("utf-8", "surrogateescape")
