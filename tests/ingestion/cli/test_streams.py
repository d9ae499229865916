"""Output on a terminal or pipe of any encoding, and one whose reader goes away."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ingestion.cli.streams import nearest
from tests.support.command import COMMAND, lines

LOCALES = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "cp1252": {"PYTHONIOENCODING": "cp1252:strict"},
    "C": {"LANG": "C", "LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "dumb": {"NO_COLOR": "1", "TERM": "dumb"},
    "unbuffered": {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "ascii"},
}
EVENT = (
    '{"event_id": "1", "event_type": "view_item", "event_time": "2026-03-10T06:00:00Z", "user_id": "u", '
    '"product_id": "p", "product_name": "Käse ☃"}\n'
)


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONUTF8", "PYTHONUNBUFFERED")}
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, check=False, cwd=folder, env=kept | {"COLUMNS": "120"} | variables
    )


def test_what_cannot_be_shown_becomes_what_looks_like_it() -> None:
    assert nearest("Crème brûlée █ … ⠋ ☃ \udcff") == "Creme brulee # . . ? ?"
    assert nearest("plain") == "plain"


@pytest.mark.parametrize("locale", LOCALES)
def test_a_trial_and_a_replay_print_and_load_the_same_in_every_locale(tmp_path: Path, locale: str) -> None:
    name = os.fsdecode(b"gr\xf6\xdfe \xe2\x98\x83.jsonl")
    (tmp_path / name).write_text(EVENT + "no event: Käse ☃\n", encoding="utf-8")
    tried = run(tmp_path, "dialects", "try", name, **LOCALES[locale])
    loaded = run(tmp_path, "replay", name, **LOCALES[locale])
    assert (tried.returncode, loaded.returncode, tried.stderr, loaded.stderr) == (0, 0, b"", b"")
    assert b"2 lines read, 1 events accepted" in tried.stdout
    assert b"1 objects" in loaded.stdout
    stored = b"".join(lines(tmp_path / "lake"))
    assert "Käse ☃".encode() in stored
    assert "gr\ufffd\ufffde ☃.jsonl:2".encode() in stored


@pytest.mark.parametrize("command", [["replay"], ["dialects", "try"], ["dialects", "draft"]])
def test_a_file_that_is_missing_and_whose_name_is_not_utf_8_is_one_sentence(tmp_path: Path, command: list[str]) -> None:
    done = run(tmp_path, *command, os.fsdecode(b"no\xff.csv"))
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert "no\ufffd.csv".encode() in done.stderr


def test_a_dialect_that_is_printed_into_a_file_is_utf_8_in_every_locale(tmp_path: Path) -> None:
    (tmp_path / "größe.csv").write_text("Datum,Größe\n2026-03-10 06:00:00,7\n", encoding="utf-8")
    drafts = {run(tmp_path, "dialects", "draft", "größe.csv", **LOCALES[name]).stdout for name in ("C", "latin-1")}
    [draft] = drafts
    assert "größe" in draft.decode()


@pytest.mark.parametrize("command", ["shoplake dialects", "shoplake dialects show canonical", "shoplake --help"])
def test_a_reader_that_goes_away_ends_nothing_and_prints_nothing(tmp_path: Path, command: str) -> None:
    arguments = [*COMMAND, *command.split()[1:]]
    done = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$@" | true', "bash", *arguments],
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_replay_whose_reader_goes_away_still_loads_the_file(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(EVENT, encoding="utf-8")
    script = 'set -o pipefail; "$@" | true'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *COMMAND, "replay", "events.jsonl"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(lines(tmp_path / "lake")) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$@" > /dev/full', "bash", *COMMAND, "dialects"], capture_output=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (2, b"the output cannot be written: No space left on device\n")
