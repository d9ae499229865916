from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion.lake.key_file import path_of
from tests.support.command import EVENT, events, lines, run
from tests.support.firehose_server import StandIn
from tests.support.paths import CASES

KEY = "a key that the user gave"
OTHER = "another key of the user"
BY_ADDRESS = json.dumps(EVENT | {"ip": "203.0.113.7"}).encode()


def hashes(lake: Path) -> set[str]:
    return {json.loads(line)["visitor_hash"] for line in lines(lake)}


def test_addresses_become_pseudonyms_without_any_preparation(tmp_path: Path) -> None:
    done = run("replay", "-", "--lake", tmp_path / "lake", stdin=BY_ADDRESS)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(path_of(tmp_path / "lake")) in done.stdout
    assert "keep a copy" in done.stdout
    again = run("replay", "-", "--lake", tmp_path / "lake", stdin=BY_ADDRESS)
    assert "keep a copy" not in again.stdout
    assert len(hashes(tmp_path / "lake")) == 1
    assert len({json.loads(line)["event_id"] for line in lines(tmp_path / "lake")}) == 1


def test_a_key_of_the_environment_is_adopted_once_and_kept(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    run("replay", "-", "--lake", lake, stdin=BY_ADDRESS, SHOPLAKE_HMAC_KEY=KEY)
    without = run("replay", "-", "--lake", lake, stdin=BY_ADDRESS, SHOPLAKE_HMAC_KEY="")
    assert without.returncode == 0
    assert len(hashes(lake)) == 1
    differs = run("replay", "-", "--lake", lake, stdin=BY_ADDRESS, SHOPLAKE_HMAC_KEY=OTHER)
    assert (differs.returncode, differs.stderr.count("\n")) == (2, 1)
    assert f"shoplake keys rotate --lake {lake}" in differs.stderr
    rotated = run("keys", "rotate", "--yes", "--lake", lake, SHOPLAKE_HMAC_KEY=OTHER)
    assert (rotated.returncode, rotated.stderr) == (0, "")
    assert "another pseudonym" in rotated.stdout
    assert run("replay", "-", "--lake", lake, stdin=BY_ADDRESS, SHOPLAKE_HMAC_KEY=OTHER).returncode == 0
    assert len(hashes(lake)) == 2
    # the ids outlive the rotation
    assert len({json.loads(line)["event_id"] for line in lines(lake)}) == 1


def test_a_file_that_is_replayed_before_and_after_a_key_is_given_counts_once(tmp_path: Path) -> None:
    path = CASES / "hostile/replay_again_with_key.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    run("replay", path, "--lake", tmp_path, SHOPLAKE_HMAC_KEY="")
    adopted = run("replay", path, "--lake", tmp_path, SHOPLAKE_HMAC_KEY=KEY)
    assert "is now the address key of the lake" in adopted.stdout
    found = [json.loads(line) for line in lines(tmp_path)]
    assert (len(found), len({line["event_id"] for line in found})) == (4, 2)
    assert "example.com" not in str(found)


@pytest.mark.parametrize(
    "command", [("replay", "-"), ("simulate", "--events", "10"), ("keys", "rotate", "--yes"), ("keys", "show")]
)
def test_a_short_key_is_refused_before_anything_is_written(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(*command, "--lake", tmp_path / "lake", stdin=events(1), SHOPLAKE_HMAC_KEY="secret")
    assert (done.returncode, done.stdout if command[1] != "show" else "", done.stderr.count("\n")) == (2, "", 1)
    assert "SHOPLAKE_HMAC_KEY has 6 bytes, and a key needs at least 16" in done.stderr
    assert not (tmp_path / "lake").exists()


def test_show_names_the_keys_and_prints_none(tmp_path: Path) -> None:
    nothing = run("keys", "show", "--lake", tmp_path)
    assert (nothing.returncode, list(tmp_path.iterdir())) == (0, [])
    assert "has no keys yet" in nothing.stdout
    run("replay", "-", "--lake", tmp_path, stdin=events(1), SHOPLAKE_HMAC_KEY=KEY)
    shown = run("keys", "show", "--lake", tmp_path, SHOPLAKE_HMAC_KEY=KEY)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "mode 0600" in shown.stdout
    assert "given in SHOPLAKE_HMAC_KEY" in shown.stdout
    content = json.loads(path_of(tmp_path).read_text())
    assert content["addresses"] == KEY
    assert content["ids"] not in shown.stdout
    assert KEY not in shown.stdout
    # the fingerprint of the variable is that of the lake's key
    words = [line.split("fingerprint ")[1].split(",")[0] for line in shown.stdout.splitlines() if "fingerprint" in line]
    assert words[0] == words[2] != words[1]


def test_a_file_that_others_can_read_is_named(tmp_path: Path) -> None:
    run("replay", "-", "--lake", tmp_path, stdin=events(1))
    path_of(tmp_path).chmod(0o644)
    done = run("replay", "-", "--lake", tmp_path, stdin=events(1))
    assert done.returncode == 0
    assert f"chmod 600 {path_of(tmp_path)}" in done.stderr


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    path_of(tmp_path).write_text("{")
    for command in (("replay", "-"), ("keys", "show"), ("keys", "rotate", "--yes")):
        done = run(*command, "--lake", tmp_path, stdin=events(1))
        assert (done.returncode, done.stderr.count("\n"), "is damaged" in done.stderr) == (2, 1, True)


def test_rotating_asks_first(tmp_path: Path) -> None:
    run("replay", "-", "--lake", tmp_path, stdin=events(1))
    before = path_of(tmp_path).read_bytes()
    done = run("keys", "rotate", "--lake", tmp_path, stdin=b"n\n")
    assert (done.returncode, path_of(tmp_path).read_bytes()) == (2, before)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "SHOPLAKE_HMAC_KEY and SHOPLAKE_ID_KEY are not set"),
        ({"SHOPLAKE_HMAC_KEY": KEY}, "and SHOPLAKE_ID_KEY is not set"),
        ({"SHOPLAKE_ID_KEY": KEY}, "and SHOPLAKE_HMAC_KEY is not set"),
        ({"SHOPLAKE_HMAC_KEY": KEY, "SHOPLAKE_ID_KEY": "short"}, "SHOPLAKE_ID_KEY has 5 bytes"),
    ],
)
def test_nothing_is_sent_to_a_stream_without_both_keys_of_its_stack(
    firehose: StandIn, tmp_path: Path, given: dict[str, str], missing: str
) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(events(5))
    environment = {"SHOPLAKE_HMAC_KEY": "", "SHOPLAKE_ID_KEY": ""} | given | firehose.environment
    done = run("replay", path, "--to", "firehose:shop-events", **environment)
    assert (done.returncode, done.stderr.count("\n"), firehose.calls) == (2, 1, 0)
    assert missing in done.stderr
    if "short" not in given.values():
        assert 'eval "$(shoplake env --keys --stack shop)"' in done.stderr
