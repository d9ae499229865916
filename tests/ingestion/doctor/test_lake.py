from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.doctor.finding import Finding, Level
from ingestion.doctor.lake import examine_lake, lake_facts
from ingestion.warehouse.chosen_objects import Counted, digest

NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)
HOUR = "dt=2026-03-10/hour=07"


def put(lake: Path, path: str, content: bytes | None = None) -> Path:
    file = lake / "bronze/events" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(b"{}\n") if content is None else content)
    return file


def loaded(*names: str, unreadable: tuple[str, ...] = ()) -> Counted:
    return Counted(len(names), digest(names), frozenset(unreadable))


def only(findings: list[Finding], level: Level) -> Finding:
    [found] = [one for one in findings if one.level is level]
    return found


def test_every_object_is_loaded(tmp_path: Path) -> None:
    put(tmp_path, f"{HOUR}/a.gz")
    section = examine_lake(tmp_path, {"2026-03-10 07": loaded("a.gz")}, NOW)
    assert [one.level for one in section.findings] == [Level.ok, Level.ok]
    assert "1 object of 1 arrival hour, the newest 2026-03-10 07:00 UTC, 3 hours ago" in section.findings[0].sentence


def test_a_lake_that_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, f"{HOUR}/a.gz")
    monkeypatch.chdir(tmp_path)
    assert lake_facts(Path(), {}).new == {"2026-03-10 07": 1}


def test_no_lake_and_an_empty_one(tmp_path: Path) -> None:
    for lake, sentence in ((tmp_path / "lake", "There is no lake at"), (tmp_path, "holds no events yet")):
        found = only(examine_lake(lake, {}, NOW).findings, Level.problem)
        assert (sentence in found.sentence, found.command) == (True, "shoplake simulate")
        found = only(examine_lake(lake, {"2026-03-10 07": loaded("a.gz")}, NOW).findings, Level.problem)
        assert "the tables were loaded from one (1 arrival hour): correct the place" in found.sentence
        assert found.command == "export SHOPLAKE_LAKE=FOLDER"
    assert not (tmp_path / "lake").exists()


def test_objects_of_a_known_and_of_a_new_hour_are_not_loaded_yet(tmp_path: Path) -> None:
    for path in (f"{HOUR}/a.gz", f"{HOUR}/b.gz", "dt=2026-03-10/hour=09/c.gz"):
        put(tmp_path, path)
    facts = lake_facts(tmp_path, {"2026-03-10 07": loaded("a.gz")})
    assert facts.new == {"2026-03-10 07": 1, "2026-03-10 09": 1}
    found = only(examine_lake(tmp_path, {"2026-03-10 07": loaded("a.gz")}, NOW).findings, Level.note)
    assert (found.sentence[:15], found.command) == ("Not loaded yet:", "dbt build")


def test_nothing_is_compared_while_the_warehouse_cannot_be_read(tmp_path: Path) -> None:
    put(tmp_path, f"{HOUR}/a.gz")
    assert len(examine_lake(tmp_path, None, NOW).findings) == 1


@pytest.mark.parametrize("now", [("b.gz",), ()])
def test_objects_that_are_gone(tmp_path: Path, now: tuple[str, ...]) -> None:
    put(tmp_path, "dt=2026-03-10/hour=09/c.gz")
    for name in now:
        put(tmp_path, f"{HOUR}/{name}")
    ledger = {"2026-03-10 07": loaded("a.gz"), "2026-03-10 09": loaded("c.gz")}
    found = only(examine_lake(tmp_path, ledger, NOW).findings, Level.problem)
    assert "lacks objects that were loaded, of 1 arrival hour: 2026-03-10 07:00" in found.sentence
    assert found.command == "dbt build --full-refresh"


def test_unreadable_objects_new_and_known_and_in_no_hour(tmp_path: Path) -> None:
    put(tmp_path, f"{HOUR}/a.gz")
    put(tmp_path, f"{HOUR}/known.gz", b"")
    put(tmp_path, "dt=2026-03-10/hour=09/new.gz", b"plain text")
    put(tmp_path, "dt=backfill/b.gz")
    ledger = {"2026-03-10 07": loaded("a.gz", unreadable=("known.gz",))}
    facts = lake_facts(tmp_path, ledger)
    assert facts.unreadable == {
        f"{HOUR}/known.gz": "is empty",
        "dt=2026-03-10/hour=09/new.gz": "is no gzip file",
        "dt=backfill/b.gz": "is in a folder that is no date and hour",
    }
    assert facts.new == {}
    found = only(examine_lake(tmp_path, ledger, NOW).findings, Level.problem)
    assert found.command
    assert os.system(found.command) == 0
    assert lake_facts(tmp_path, ledger).unreadable == {}
    assert len(list((tmp_path / "unreadable").iterdir())) == 3


def test_an_object_that_was_mended(tmp_path: Path) -> None:
    put(tmp_path, f"{HOUR}/a.gz")
    put(tmp_path, f"{HOUR}/known.gz")
    section = examine_lake(tmp_path, {"2026-03-10 07": loaded("a.gz", unreadable=("known.gz",))}, NOW)
    assert only(section.findings, Level.note).sentence == f"Can be read again: {HOUR}/known.gz"


def test_only_so_many_bytes_of_new_objects_are_decompressed(tmp_path: Path) -> None:
    size = put(tmp_path, f"{HOUR}/a.gz").stat().st_size
    put(tmp_path, f"{HOUR}/b.gz", b"plain text")
    facts = lake_facts(tmp_path, {}, most_bytes=size)
    assert (facts.unexamined, facts.unreadable, facts.new) == (1, {}, {"2026-03-10 07": 2})


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    folder = tmp_path / "bronze/events"
    folder.mkdir(parents=True)
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.gz"))).touch()
    found = only(examine_lake(tmp_path, {}, NOW).findings, Level.problem)
    assert "is not UTF-8" in found.sentence
