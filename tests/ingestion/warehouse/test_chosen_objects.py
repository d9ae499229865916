from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.warehouse import object_problem
from ingestion.warehouse.chosen_objects import NO_HOUR, ChosenObjects, digest, locate

WHOLE = gzip.compress(b"{}\n")
HOUR = "2026-03-10 06"
FOLDER = "dt=2026-03-10/hour=06"


class Lake:
    """A lake, and a ledger that counts what was chosen of it."""

    def __init__(self, folder: Path) -> None:
        self.events = folder / "bronze/events"
        self.objects = ChosenObjects()
        self.ledger: list[dict[str, Any]] = []

    def put(self, path: str, content: bytes = WHOLE) -> None:
        (self.events / path).parent.mkdir(parents=True, exist_ok=True)
        (self.events / path).write_bytes(content)

    def remove(self, path: str) -> None:
        (self.events / path).unlink()

    def choose(self, *due: str) -> dict[str, str]:
        """State by object of what the next build reads; the hours that are due select the window by hours."""
        files = [str(path) for path in self.events.rglob("*.gz")]
        rows = [{"file": file, "is_due": locate(file).arrival_hour in due} for file in files]
        self.missing = self.objects.choose(rows, self.ledger, bool(due))
        return {f"{row['arrival_hour']} {row['object_name']}": row["object_state"] for row in self.objects.chosen()}

    def count(self) -> None:
        """Put what was chosen into the ledger, as loads does."""
        hours: dict[str, list[dict[str, str]]] = {}
        for row in self.objects.chosen():
            hours.setdefault(row["arrival_hour"], []).append(row)
        self.ledger = [row for row in self.ledger if row["arrival_hour"] not in hours]
        for hour, rows in hours.items():
            names = [row["object_name"] for row in rows if row["object_state"] == "readable"]
            unreadable = sorted(row["object_name"] for row in rows if row["object_state"] not in ("readable", "gone"))
            if names or unreadable:
                self.ledger.append(
                    {
                        "arrival_hour": hour,
                        "object_count": len(names),
                        "object_digest": digest(names),
                        "unreadable_objects": json.dumps(unreadable) if unreadable else None,
                    }
                )

    def build(self, *due: str) -> dict[str, str]:
        chosen = self.choose(*due)
        self.count()
        return chosen


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_new_objects_are_chosen_once(lake: Lake) -> None:
    lake.put(f"{FOLDER}/a.gz")
    assert lake.build() == {f"{HOUR} a.gz": "readable"}
    assert lake.build() == {}
    lake.put(f"{FOLDER}/b.gz")
    assert lake.build() == {f"{HOUR} a.gz": "readable", f"{HOUR} b.gz": "readable"}


def test_an_object_without_a_line_is_chosen_once(lake: Lake) -> None:
    lake.put(f"{FOLDER}/a.gz", gzip.compress(b""))
    assert lake.build() == {f"{HOUR} a.gz": "readable"}
    assert lake.build() == {}


@pytest.mark.parametrize("other", [[], ["b.gz"]])
def test_an_unreadable_object_is_chosen_when_it_was_mended(lake: Lake, other: list[str]) -> None:
    lake.put(f"{FOLDER}/a.gz", b"")
    for name in other:
        lake.put(f"{FOLDER}/{name}")
    others = {f"{HOUR} {name}": "readable" for name in other}
    assert lake.build() == {f"{HOUR} a.gz": "is empty"} | others
    assert lake.build() == {}
    lake.put(f"{FOLDER}/a.gz")
    assert lake.build() == {f"{HOUR} a.gz": "readable"} | others
    assert lake.build() == {}


@pytest.mark.parametrize("other", [[], ["b.gz"]])
def test_an_unreadable_object_that_was_moved_away_leaves_the_ledger(lake: Lake, other: list[str]) -> None:
    lake.put(f"{FOLDER}/a.gz", b"")
    for name in other:
        lake.put(f"{FOLDER}/{name}")
    lake.build()
    lake.remove(f"{FOLDER}/a.gz")
    assert lake.build() == ({f"{HOUR} {name}": "readable" for name in other} or {f"{HOUR} ": "gone"})
    assert lake.build() == {}
    assert [row["unreadable_objects"] for row in lake.ledger] == [None for _ in other]


def test_an_unreadable_object_is_named_by_every_build(lake: Lake) -> None:
    lake.put(f"{FOLDER}/a.gz", b"")
    for _ in range(3):
        lake.build()
        assert lake.objects.unreadable() == [{"object_path": f"{FOLDER}/a.gz", "problem": "is empty"}]


def test_only_new_hours_and_unreadable_objects_are_inspected(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.put("dt=2026-03-10/hour=05/old.gz")
    lake.put(f"{FOLDER}/good.gz")
    lake.put(f"{FOLDER}/bad.gz", b"")
    lake.build()
    inspected: list[str] = []
    inspect = object_problem.problems_of

    def noting(files: list[str]) -> dict[str, str | None]:
        inspected.extend(Path(file).name for file in files)
        return inspect(files)

    monkeypatch.setattr(object_problem, "problems_of", noting)
    lake.build()
    assert inspected == ["bad.gz"]
    lake.put("dt=2026-03-10/hour=07/new.gz")
    lake.build()
    assert inspected == ["bad.gz", "bad.gz", "new.gz"]


@pytest.mark.parametrize(
    "path",
    [
        "dt=backfill/hour=06/a.gz", "dt=2026-02-30/hour=06/a.gz", "dt=2026-03-10/hour=xx/a.gz", "a.gz",
        "dt=2026-03-10/hour=6/a.gz", "dt=2026-03-10/hour=24/a.gz", "dt=2026-3-10/hour=06/a.gz", "dt=2026-03-10/a.gz",
        "dt=2026-03-10/hour=06/part=1/a.gz", "dt=0001-01-01/hour=00/a.gz", "dt=2026%2D03-10/hour=06/a.gz",
        "old/dt=2026-03-10/hour=06/a.gz",
    ],
)  # fmt: skip
def test_an_object_in_no_hour_is_in_a_row_of_its_own_until_it_is_moved(lake: Lake, path: str) -> None:
    lake.put(path)
    assert lake.build() == {f"{NO_HOUR} {path}": "is in a folder that is no date and hour"}
    assert not lake.objects.is_chosen(str(lake.events / path))
    assert lake.build() == {}
    lake.remove(path)
    lake.put(f"{FOLDER}/a.gz")
    assert lake.build() == {f"{NO_HOUR} ": "gone", f"{HOUR} a.gz": "readable"}
    assert [row["arrival_hour"] for row in lake.ledger] == [HOUR]


def test_an_hour_that_lost_an_object_is_not_read(lake: Lake) -> None:
    lake.put(f"{FOLDER}/a.gz")
    lake.put(f"{FOLDER}/b.gz")
    lake.build()
    lake.remove(f"{FOLDER}/a.gz")
    assert lake.build() == {}
    assert lake.missing == HOUR


@pytest.mark.parametrize("due", [(), (HOUR,)])
def test_an_object_that_broke_after_it_was_read_is_a_lost_one(lake: Lake, due: tuple[str, ...]) -> None:
    lake.put(f"{FOLDER}/a.gz")
    lake.build(*due)
    lake.put(f"{FOLDER}/a.gz", b"")
    lake.put(f"{FOLDER}/b.gz")
    assert lake.build(*due) == {}
    assert lake.missing == HOUR
    assert lake.objects.unreadable() == [{"object_path": f"{FOLDER}/a.gz", "problem": "is empty"}]


def test_by_hours_only_the_hours_that_are_due_are_read(lake: Lake) -> None:
    lake.put("dt=2026-03-10/hour=01/a.gz")
    lake.put(f"{FOLDER}/a.gz")
    assert lake.build(HOUR) == {f"{HOUR} a.gz": "readable"}
    assert lake.build(HOUR) == {f"{HOUR} a.gz": "readable"}


def test_by_hours_a_mended_object_is_read_however_old_it_is(lake: Lake) -> None:
    lake.put("dt=2026-03-10/hour=01/a.gz", b"")
    lake.put("dt=2026-03-10/hour=01/b.gz", b"")
    lake.build("2026-03-10 01")
    lake.put(f"{FOLDER}/a.gz")
    assert lake.build(HOUR) == {f"{HOUR} a.gz": "readable"}
    lake.put("dt=2026-03-10/hour=01/a.gz")
    lake.put("dt=2026-03-10/hour=01/c.gz", b"")
    assert lake.build(HOUR) == {
        f"{HOUR} a.gz": "readable",
        "2026-03-10 01 a.gz": "readable",
        "2026-03-10 01 b.gz": "is empty",
        "2026-03-10 01 c.gz": "is empty",
    }


def test_an_earlier_choice_is_forgotten(lake: Lake) -> None:
    lake.put(f"{FOLDER}/a.gz")
    lake.build()
    lake.build()
    assert not lake.objects.is_chosen(str(lake.events / FOLDER / "a.gz"))


def test_the_functions_of_sql_prune_files_before_duckdb_opens_one(lake: Lake) -> None:
    lake.put(f"{FOLDER}/it's whole.gz")
    lake.put(f"{FOLDER}/a.gz", b"")
    lake.put("dt=backfill/hour=06/a.gz", b"")
    events = str(lake.events).replace("'", "''")
    source = (
        f"read_json('{events}/dt=*/hour=*/*.gz', format = 'newline_delimited', filename = true,"
        " columns = {'event_id': 'VARCHAR', 'raw': 'VARCHAR'}, hive_partitioning = true,"
        " hive_types = {'dt': 'VARCHAR', 'hour': 'VARCHAR'})"
    )
    with duckdb.connect() as connection:
        lake.objects.register(connection)
        cursor = connection.cursor()
        [(missing,)] = cursor.execute(
            "select choose_objects("
            f"(select list({{'file': file, 'is_due': false}}) from glob('{events}/*/*/*.gz')), [], false)"
        ).fetchall()
        assert missing == ""
        assert cursor.execute(f"select count(*) from {source} where is_chosen(filename)").fetchall() == [(1,)]
        assert cursor.execute(f"select count(*) from {source} where is_readable(filename)").fetchall() == [(1,)]
        assert cursor.execute("select unnest(unreadable_objects(), recursive := true)").fetchall() == [
            (f"{FOLDER}/a.gz", "is empty"),
            ("dt=backfill/hour=06/a.gz", "is in a folder that is no date and hour"),
        ]
        assert len(cursor.execute("select unnest(chosen_objects(), recursive := true)").fetchall()) == 3
        with pytest.raises(duckdb.IOException):
            cursor.execute(f"select count(*) from {source}").fetchall()
