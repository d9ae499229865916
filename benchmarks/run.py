"""Time and memory of the whole product, each step in its own process: `make benchmark`, see README.md in this folder.

Every figure is the wall time and peak memory (maximum resident set size) of one command.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from ingestion.workers import all_cores

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
START = "2026-10-01"
DAYS = 30
CSV_ROWS = 500_000
REES46_COLUMNS = (
    "event_time", "event_type", "product_id", "category_id", "category_code", "brand", "price", "user_id",
    "user_session",
)  # fmt: skip
REPEATS = 3


@dataclass(frozen=True)
class Figure:
    """One line of the results; `limit` is the documented limit, in the unit of `value`."""

    name: str
    value: float
    unit: str
    limit: str
    gigabytes: float
    runs: tuple[float, ...]


class Bench:
    """Runs commands in a work folder and records their time and memory."""

    def __init__(self, work: Path, events: int) -> None:
        self.work = work
        self.events = events
        self.figures: list[Figure] = []
        (work / "profiles").mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "profiles.yml.example", work / "profiles" / "profiles.yml")

    def run(self, *command: str, lake: Path | None = None, warehouse: Path | None = None) -> tuple[float, float]:
        """Seconds and gigabytes of one command; a failed command stops the benchmark."""
        environment = os.environ | {
            "DO_NOT_TRACK": "1",
            "SHOPLAKE_TARGET": "local",
            "SHOPLAKE_LAKE": str(lake or self.work / "none"),
            "SHOPLAKE_WAREHOUSE": str(warehouse or self.work / "none.duckdb"),
        }
        log = os.open(self.work / "last.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        begun = time.monotonic()
        process = os.posix_spawn(
            str(BIN / command[0]),
            command,
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)],
        )
        _, status, usage = os.wait4(process, 0)
        seconds = time.monotonic() - begun
        os.close(log)
        if status:
            sys.exit(f"{' '.join(command)} failed, see {self.work / 'last.log'}")
        print(f"  {seconds:7.1f} s {usage.ru_maxrss / 1e6:5.2f} GB  {' '.join(command)[:90]}", flush=True)
        return seconds, usage.ru_maxrss / 1e6

    def dbt(self, *command: str, lake: Path | None = None, warehouse: Path | None = None) -> tuple[float, float]:
        return self.run(
            "dbt", *command,
            "--profiles-dir", str(self.work / "profiles"), "--target-path", str(self.work / "target"),
            lake=lake, warehouse=warehouse,
        )  # fmt: skip

    def note(self, name: str, unit: str, limit: str, runs: list[tuple[float, float]], rows: int = 0) -> None:
        """Record the median, in seconds or, if `rows` is given, in rows per second."""
        seconds = statistics.median(second for second, _ in runs)
        value = rows / seconds if rows else seconds
        memory = max(gigabytes for _, gigabytes in runs)
        self.figures.append(Figure(name, value, unit, limit, memory, tuple(round(second, 2) for second, _ in runs)))

    def simulated(self, name: str, *options: str) -> Path:
        """A lake, simulated unless an earlier run left it complete."""
        lake = self.work / name
        # truth.before remains if a benchmark was killed while its additional events were in the lake
        if not (lake / "truth" / "simulation.json").is_file() or (lake / "truth.before").exists():
            shutil.rmtree(lake, ignore_errors=True)
            self.run("shoplake", "simulate", "--lake", str(lake), *options)
        return lake

    def with_workers(self, *command: str) -> dict[int, list[tuple[float, float]]]:
        """Runs that fill a new lake, with one process and with one for each core, in turns."""
        runs: dict[int, list[tuple[float, float]]] = {1: [], all_cores(): []}
        for _ in range(REPEATS):
            for workers, done in runs.items():
                shutil.rmtree(self.work / "small", ignore_errors=True)
                done.append(
                    self.run(*command, "--lake", str(self.work / "small"), "--workers", str(workers)),
                )
        return runs

    def simulate(self) -> None:
        runs = self.with_workers("shoplake", "simulate", "--events", "750000", "--start", START)
        for workers, done in runs.items():
            limit = "15 s, 512 MB" if workers == 1 else ""
            self.note(f"simulate 750,000 events into the lake, workers: {workers}", "s", limit, done)

    def replay(self) -> None:
        file = self.work / "rees46.csv"
        write_rees46(file, CSV_ROWS)
        runs = self.with_workers("shoplake", "replay", str(file), "--dialect", "rees46")
        for workers, done in runs.items():
            limit = "60,000 rows/s" if workers == 1 else ""
            name = f"replay {CSV_ROWS:,} rows of a REES46 CSV, workers: {workers}"
            self.note(name, "rows/s", limit, done, rows=CSV_ROWS)

    def parse(self) -> None:
        runs = [self.dbt("parse", "--no-partial-parse") for _ in range(REPEATS)]
        self.note("dbt parse, nothing cached", "s", "5 s", runs)

    def builds(self) -> None:
        """A first build, one with nothing new, one with 1 % more events; then the latter on a tenth of the history."""
        seconds = {}
        delta = self.events // 100
        for name, share, days in (("whole", 1, DAYS), ("tenth", 10, DAYS // 10)):
            start = datetime.fromisoformat(START) + timedelta(days=DAYS - days)
            lake = self.simulated(
                name, "--events", str(self.events // share), "--days", str(days), "--start", start.date().isoformat()
            )
            warehouse = self.work / f"{name}.duckdb"
            before = self.work / f"{name}.before.duckdb"
            for path in (warehouse, before):
                path.unlink(missing_ok=True)
            first = self.dbt("run", lake=lake, warehouse=warehouse)
            if name == "whole":
                self.note(f"first build of {self.events:,} events, no tests", "s", "120 s, 8 GB", [first])
                again = [self.dbt("run", lake=lake, warehouse=warehouse) for _ in range(REPEATS)]
                self.note("build again, nothing new", "s", "10 s", again)
            shutil.copy(warehouse, before)
            known = set(lake.glob("bronze/events/*/*/*.gz"))
            truth = lake / "truth"
            shutil.copytree(truth, truth.with_suffix(".before"))
            self.run("shoplake", "simulate", "--lake", str(lake), "--more", "7h", "--events", str(delta))
            runs = []
            for _ in range(REPEATS):
                shutil.copy(before, warehouse)
                runs.append(self.dbt("run", lake=lake, warehouse=warehouse))
            shutil.copytree(truth.with_suffix(".before"), truth, dirs_exist_ok=True)
            for path in set(lake.glob("bronze/events/*/*/*.gz")) - known:
                path.unlink()
            shutil.rmtree(truth.with_suffix(".before"))
            seconds[name] = statistics.median(second for second, _ in runs)
            history = "all" if share == 1 else "a tenth"
            limit = "15 s" if share == 1 else ""
            self.note(f"build after {delta:,} more events, on {history} of the history", "s", limit, runs)
            before.unlink()
        ratio = seconds["whole"] / seconds["tenth"]
        self.figures.append(Figure("  the same delta: all history over a tenth", ratio, "times", "1.3 times", 0, ()))


def write_rees46(file: Path, rows: int) -> None:
    """A CSV file with the format and the share of empty fields of the REES46 data set; always the same bytes."""
    rng = random.Random(46)
    moment = datetime(2019, 10, 1, tzinfo=UTC)
    categories = ["", "electronics.smartphone", "appliances.kitchen.washer", "furniture.living_room.sofa", ""]
    brands = ["", "samsung", "apple", "xiaomi", "huawei", "lucente", "artel"]
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(REES46_COLUMNS)
        for row in rees46_rows(rng, rows, moment, categories, brands):
            writer.writerow(row)


def rees46_rows(
    rng: random.Random, rows: int, moment: datetime, categories: list[str], brands: list[str]
) -> Iterator[tuple[object, ...]]:
    for _ in range(rows):
        moment += timedelta(seconds=rng.choice((0, 0, 0, 1)))
        user = rng.randrange(512_000_000, 560_000_000)
        yield (
            moment.strftime("%Y-%m-%d %H:%M:%S UTC"),
            rng.choices(("view", "cart", "purchase"), (96, 2, 2))[0],
            rng.randrange(1_000_000, 60_000_000),
            2053013550000000000 + rng.randrange(600),
            rng.choice(categories),
            rng.choice(brands),
            f"{rng.randrange(1, 250_000) / 100:.2f}",
            user,
            f"{user:08x}-8bb3-4e00-8c23-{rng.getrandbits(48):012x}",
        )


def results(figures: list[Figure], events: int) -> str:
    """The results as Markdown, with date, machine and versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        f"# {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, DuckDB {version('duckdb')}, dbt-core {version('dbt-core')}, "
        f"dbt-duckdb {version('dbt-duckdb')}; {events:,} events. Medians; the single runs in seconds behind them.",
        "",
        "| what | measured | to reach | peak memory | runs |",
        "|---|---|---|---|---|",
    ]
    for figure in figures:
        value = f"{figure.value:,.0f}" if figure.unit == "rows/s" else f"{figure.value:,.2f}"
        peak = f"{figure.gigabytes:.2f} GB" if figure.gigabytes else ""
        runs = ", ".join(map(str, figure.runs))
        lines.append(f"| {figure.name} | {value} {figure.unit} | {figure.limit} | {peak} | {runs} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--events", type=int, default=25_900_000, help="events of the first build (default: 25,900,000)"
    )
    parser.add_argument(
        "--work", type=Path, default=ROOT / "benchmarks" / "work", help="folder for lakes and warehouses"
    )
    parser.add_argument("--only", choices=["simulate", "replay", "parse", "builds"], nargs="+", help="just these")
    parser.add_argument("--out", type=Path, help="write the results there too (default: print)")
    asked = parser.parse_args()
    os.chdir(ROOT)
    bench = Bench(asked.work.resolve(), asked.events)
    steps: dict[str, Callable[[], None]] = {
        "simulate": bench.simulate,
        "replay": bench.replay,
        "parse": bench.parse,
        "builds": bench.builds,
    }
    for name, step in steps.items():
        if not asked.only or name in asked.only:
            print(f"{name}:", flush=True)
            step()
    text = results(bench.figures, asked.events)
    print("\n" + text)
    if asked.out:
        asked.out.write_text(text)


if __name__ == "__main__":
    main()
