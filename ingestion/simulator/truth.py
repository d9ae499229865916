"""Records the truth about simulated lines in `<lake>/truth/`: the runs, their faults, and the bots."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingestion.errors import UserError
from ingestion.simulator.faults import TAGS, Rates, Tags
from ingestion.simulator.habits import Habits
from ingestion.simulator.run import Run, moment
from ingestion.simulator.stream import Batch, Simulation
from ingestion.simulator.truth_tables import TRUTH, replace_file

RUNS: Final = TRUTH / "simulation.json"
BOTS: Final = TRUTH / "bots.jsonl"
_TIMES: Final = ("opened", "start", "end")


class Tally:
    """Counts the lines of batches by their faults."""

    def __init__(self) -> None:
        self.lines = 0
        self._by_tags: NDArray[np.int64] = np.zeros(256, dtype=np.int64)
        self._uncounted: list[Tags] = []

    def add(self, batch: Batch) -> None:
        self.lines += len(batch.tags)
        self._uncounted.append(batch.tags)
        # Many small calls to numpy cost more than counting itself.
        if len(self._uncounted) == 500:
            self._count()

    def _count(self) -> None:
        if self._uncounted:
            self._by_tags += np.bincount(np.concatenate(self._uncounted), minlength=256)
            self._uncounted.clear()

    def counts(self) -> dict[str, int]:
        """Lines by kind of fault; a line with two faults counts for both."""
        self._count()
        tags = np.arange(256)
        return {name: int(self._by_tags[tags & bit > 0].sum()) for name, bit in TAGS.items()}


def read_runs(lake: Path) -> list[Run]:
    """The runs of a lake in order; empty if nothing was simulated.

    Raises
    ------
    UserError
        The file was not written by the simulator.
    """
    path = lake / RUNS
    try:
        entries = json.loads(path.read_bytes())["runs"]
        return [_run(entry) for entry in entries]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} was not written by `shoplake simulate`: restore it, or simulate into another --lake"
        ) from error


def write_truth(
    lake: Path, run: Run, tally: Tally, simulation: Simulation, hash_address: Callable[[str], str | None]
) -> None:
    """Add a run to the lake's truth; a repeated run replaces its entry."""
    entries = [_entry(earlier) | {"counts": counts} for earlier, counts in _with_counts(lake) if earlier != run]
    entries.append(_entry(run) | {"counts": {"lines": tally.lines} | tally.counts()})
    bots = [
        {
            "seed": run.seed,
            "bot": bot.kind,
            "anonymous_id": bot.anonymous_id,
            "visitor_hashes": [hash_address(address) for address in bot.addresses],
            "user_agent": bot.user_agent,
        }
        for bot in simulation.bots
    ]
    others = [bot for bot in _read_bots(lake) if bot.get("seed") != run.seed]
    replace_file(lake / BOTS, "".join(json.dumps(bot) + "\n" for bot in others + bots).encode())
    replace_file(lake / RUNS, (json.dumps({"runs": entries}, indent=2) + "\n").encode())


def _with_counts(lake: Path) -> list[tuple[Run, dict[str, int]]]:
    runs = read_runs(lake)
    if not runs:
        return []
    entries = json.loads((lake / RUNS).read_bytes())["runs"]
    return [(run, entry.get("counts", {})) for run, entry in zip(runs, entries, strict=True)]


def _read_bots(lake: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in (lake / BOTS).read_text(encoding="utf-8").splitlines()]
    except (FileNotFoundError, ValueError):
        return []


def _entry(run: Run) -> dict[str, Any]:
    # A lake only has runs with draw 0, and its file is older than that field.
    return {name: value for name, value in asdict(run).items() if name != "draw"} | {
        name: moment(getattr(run, name)).isoformat() for name in _TIMES
    }


def _run(entry: dict[str, Any]) -> Run:
    fields = {name: entry[name] for name in Run.__dataclass_fields__ if name not in ("draw", "habits")}
    for name in _TIMES:
        fields[name] = microseconds(datetime.fromisoformat(fields[name]))
    # a file of an earlier version has no habits
    return Run(**fields | {"rates": Rates(**fields["rates"]), "habits": Habits(**entry.get("habits", {}))})


def microseconds(time: datetime) -> int:
    """An aware time as microseconds since 1970."""
    since = time.astimezone(UTC) - moment(0)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
