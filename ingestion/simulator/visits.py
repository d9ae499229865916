"""Draws the visits of one step of simulated time, and the lines that they send at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ingestion.simulator import faults
from ingestion.simulator.events import BACKEND, LANDING
from ingestion.simulator.faults import Arrivals, Tags
from ingestion.simulator.fragments import Fragments
from ingestion.simulator.journeys import draw_sessions
from ingestion.simulator.lines import Ids, format_lines
from ingestion.simulator.meant import Meant
from ingestion.simulator.orders import amounts_of
from ingestion.simulator.run import Run
from ingestion.simulator.shop import Ints
from ingestion.simulator.traffic import DAY
from ingestion.simulator.truth_rows import Drawn


@dataclass(slots=True)
class Lines:
    """Lines with their arrival (microseconds since 1970) and their faults."""

    at: Ints
    tags: Tags
    text: list[str]

    @classmethod
    def empty(cls) -> Self:
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8), [])

    def part(self, positions: Ints) -> Lines:
        return Lines(self.at[positions], self.tags[positions], [self.text[p] for p in positions.tolist()])


@dataclass(frozen=True, slots=True)
class Step:
    """Visits that begin in [start, end) and send `quota` lines before `until`; microseconds since 1970."""

    start: int
    end: int
    quota: int
    until: int


def visit_lines(
    run: Run, step: Step, fragments: Fragments, arriving_from: int, arriving_to: int, meant: Meant | None = None
) -> Lines:
    """The lines of the step's visits that arrive in [arriving_from, arriving_to), in no particular order.

    The draw depends only on the run and the step, so that a later run can draw the same visits again.
    `meant` records the visits.
    """
    if step.quota <= 0:
        return Lines.empty()
    count = step.quota // 4 + 40
    while True:
        rng = np.random.default_rng(run.entropy(step.start, 1))
        sessions, events = draw_sessions(
            rng, fragments.shop, run.habits, step.start, step.end, run.new_visitors_a_day, count
        )
        meant_at = events.at
        clocks = faults.wrong_clocks(rng, len(sessions.origin), run.rates.skew)
        arrivals = faults.send(rng, events, run.rates, clocks)
        origin = sessions.origin[events.session[arrivals.event]]
        sums = np.cumsum(np.bincount(origin[arrivals.at < step.until], minlength=count))
        whole = int(np.searchsorted(sums, step.quota, side="right"))
        missing = step.quota - (int(sums[whole - 1]) if whole else 0)
        if whole + missing <= count:
            break
        count *= 2

    # Visitors who leave at once fill the quota exactly.
    fills = (origin >= whole) & (origin < whole + missing) & (events.kind[arrivals.event] == LANDING)
    fills &= (events.session[arrivals.event] < sessions.drawn) & (np.arange(len(origin)) < len(events.at))
    arrivals.at = np.where(fills, np.minimum(arrivals.prompt, step.until - 1), arrivals.at)
    arrivals.tags[fills] &= np.uint8(255 - faults.LATE)
    is_sent = (origin < whole) | fills
    entries = np.flatnonzero(is_sent & (arrivals.at >= arriving_from) & (arrivals.at < arriving_to))
    if not len(entries) and meant is None:
        return Lines.empty()
    draws = rng.integers(0, 1 << 40, len(events.at))
    own = slice(0, len(events.at))
    drawn = Drawn(
        sessions=sessions,
        events=events,
        at=meant_at,
        is_sent=is_sent[own],
        arrives_at=arrivals.at[own],
        tags=arrivals.tags[own],
        amounts=amounts_of(sessions, events, fragments.prices(step.start // DAY), run.habits, run.seed),
        ids=Ids(rng.bytes(16 * (len(events.at) + len(sessions.origin))), len(events.at)),
    )
    if meant is not None:
        meant.add(step.start, drawn)
    return _format_arrivals(run, step, fragments, drawn, draws, arrivals, entries)


def _format_arrivals(
    run: Run, step: Step, fragments: Fragments, drawn: Drawn, draws: Ints, arrivals: Arrivals, entries: Ints
) -> Lines:
    """Format the arrivals at these positions, and apply their faults to the lines."""
    sessions, events = drawn.sessions, drawn.events
    chosen, source = np.unique(arrivals.event[entries], return_inverse=True)
    # From the shop's second day on, members have a field that the contract does not know.
    has_tier = events.is_known & (events.kind < BACKEND) & (sessions.started_at >= run.opened + DAY)[events.session]
    day = step.start // DAY
    texts = format_lines(fragments, sessions, events, drawn.amounts, chosen, has_tier, day, run.seed, drawn.ids)
    # The first arrivals are the events themselves; copies follow.
    own = arrivals.tags[: len(events.at)][chosen]
    for position in np.flatnonzero(own & faults.MALFORMED).tolist():
        texts[position] = faults.malform(texts[position], int(draws[chosen[position]]))
    for position in np.flatnonzero(own & faults.PERSONAL).tolist():
        event = chosen[position]
        texts[position] = faults.leak(texts[position], int(events.kind[event]), int(draws[event]))

    tags, event_of = arrivals.tags[entries], arrivals.event[entries]
    is_whole = tags & faults.MALFORMED == 0
    tags[has_tier[event_of] & is_whole] |= faults.NEW_FIELD
    text = [texts[position] for position in source.tolist()]
    for position in np.flatnonzero(arrivals.is_resent[entries] & is_whole).tolist():
        text[position] = f'{text[position][:-1]},"attempt":2}}'
    return Lines(arrivals.at[entries], tags, text)
