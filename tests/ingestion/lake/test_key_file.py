from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.lake.key_file import FILE, Origin, fingerprint, path_of, read_keys, rotate_addresses, use_keys
from tests.support.paths import ROOT

GIVEN = b"a key that the user gave"
OTHER = b"another key of the user"


def add_object(lake: Path, *lines: bytes, hour: str = "00") -> None:
    path = lake / f"bronze/events/dt=2026-01-01/hour={hour}/a.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"\n".join(lines)))


def test_a_lake_gets_both_keys_at_its_first_use_and_keeps_them(tmp_path: Path) -> None:
    lake = tmp_path / "deep" / "lake"
    first, sentences = use_keys(lake, None)
    assert first.origin is Origin.generated
    assert len(first.addresses) == len(first.ids) == 64
    assert first.addresses != first.ids
    assert stat.S_IMODE(path_of(lake).stat().st_mode) == 0o600
    [sentence] = sentences
    assert str(path_of(lake)) in sentence
    assert "counts twice" in sentence
    assert "another pseudonym" in sentence
    assert use_keys(lake, None) == (first, [])
    assert sorted(path.name for path in lake.iterdir()) == [f".{FILE}.lock", FILE]


def test_nothing_prints_the_keys(tmp_path: Path) -> None:
    keys, sentences = use_keys(tmp_path, None)
    for key in (keys.addresses.decode(), keys.ids.decode()):
        assert key not in f"{keys!r} {sentences} {fingerprint(keys.ids)} {fingerprint(keys.addresses)}"
    assert fingerprint(keys.ids) != fingerprint(keys.addresses)


def test_a_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        use_keys(tmp_path, None)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path_of(tmp_path).stat().st_mode) == 0o600


def test_the_first_key_that_is_given_becomes_the_address_key(tmp_path: Path) -> None:
    keys, _ = use_keys(tmp_path, GIVEN)
    assert (keys.addresses, keys.origin) == (GIVEN, Origin.given)
    # later, the lake's own key is used without the variable
    assert use_keys(tmp_path, None) == use_keys(tmp_path, GIVEN) == (keys, [])


def test_a_key_that_is_given_later_replaces_a_generated_one_and_says_so_once(tmp_path: Path) -> None:
    generated, _ = use_keys(tmp_path, None)
    add_object(tmp_path, b"{}")
    keys, [sentence] = use_keys(tmp_path, GIVEN)
    assert (keys.addresses, keys.ids) == (GIVEN, generated.ids)
    assert "another pseudonym" in sentence
    assert use_keys(tmp_path, GIVEN) == (keys, [])


def test_a_key_that_is_given_before_the_first_event_changes_no_pseudonym(tmp_path: Path) -> None:
    use_keys(tmp_path, None)
    _, [sentence] = use_keys(tmp_path, GIVEN)
    assert "pseudonym" not in sentence


@pytest.mark.parametrize("rotated", [False, True])
def test_another_key_than_the_one_that_was_chosen_stops_and_names_the_command(tmp_path: Path, rotated: bool) -> None:
    use_keys(tmp_path, GIVEN)
    if rotated:
        # the old key may still be in the environment of another shell
        rotate_addresses(tmp_path, None)
    before = path_of(tmp_path).read_bytes()
    with pytest.raises(UserError, match=f"shoplake keys rotate --lake {tmp_path}"):
        use_keys(tmp_path, GIVEN if rotated else OTHER)
    assert path_of(tmp_path).read_bytes() == before


def test_rotating_replaces_the_address_key_alone(tmp_path: Path) -> None:
    first, _ = use_keys(tmp_path, None)
    second = rotate_addresses(tmp_path, None)
    third = rotate_addresses(tmp_path, OTHER)
    assert len({first.addresses, second.addresses, third.addresses}) == 3
    assert first.ids == second.ids == third.ids
    assert third.addresses == OTHER
    assert read_keys(tmp_path) == third
    # the old key is gone
    assert first.addresses not in path_of(tmp_path).read_bytes()
    with pytest.raises(UserError, match="has already"):
        rotate_addresses(tmp_path, OTHER)


def test_a_lake_without_keys_has_none_to_rotate(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no keys yet"):
        rotate_addresses(tmp_path, None)
    assert list(tmp_path.iterdir()) == []


def damaged(text: str) -> list[str]:
    content = json.loads(text)
    return [
        "",
        text[: len(text) // 2],
        "[]",
        "{}",
        '"a"',
        json.dumps(content | {"version": 2}),
        json.dumps(content | {"ids": ""}),
        json.dumps(content | {"ids": "too short"}),
        json.dumps(content | {"ids": 7}),
        json.dumps(content | {"addresses_are": "stolen"}),
        json.dumps({"keys": [{"kty": "RSA"}]}),
    ]


def test_a_file_that_is_damaged_or_foreign_stops_and_stays(tmp_path: Path) -> None:
    use_keys(tmp_path, None)
    for content in [*map(str.encode, damaged(path_of(tmp_path).read_text())), b"\xff\xfe\x00"]:
        path_of(tmp_path).write_bytes(content)
        for work in (lambda: use_keys(tmp_path, None), lambda: use_keys(tmp_path, GIVEN), lambda: read_keys(tmp_path)):
            with pytest.raises(UserError, match=f"{FILE} is damaged"):
                work()
        assert path_of(tmp_path).read_bytes() == content


def test_a_file_that_cannot_be_read_or_written_stops(tmp_path: Path) -> None:
    (tmp_path / "a" / FILE).mkdir(parents=True)
    with pytest.raises(UserError, match="cannot read the keys"):
        use_keys(tmp_path / "a", None)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write to the lake"):
        use_keys(tmp_path / "file", None)


@pytest.mark.parametrize("prefix", ["c", "r", "k"])
def test_a_lake_with_ids_of_other_keys_says_that_they_count_a_second_time(tmp_path: Path, prefix: str) -> None:
    for hour in range(3):
        add_object(tmp_path, b'{"event_id":"own"}', hour=f"0{hour}")
    add_object(tmp_path, b'{"event_id":"own"}\n{"event_id":"%s-%s"}' % (prefix.encode(), b"0" * 32), hour="04")
    _, sentences = use_keys(tmp_path, None)
    assert "count a second time" in sentences[1]
    assert use_keys(tmp_path, None)[1] == []


def test_a_lake_whose_events_all_have_ids_of_their_own_has_nothing_to_fear(tmp_path: Path) -> None:
    add_object(tmp_path, b'{"event_id":"own"}')
    (tmp_path / "bronze/events/dt=2026-01-01/hour=00/b.gz").write_bytes(b"no gzip")
    assert len(use_keys(tmp_path, None)[1]) == 1


def test_processes_that_begin_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ingestion.lake.key_file import use_keys; "
        "sys.stdin.read(); keys, told = use_keys(Path(sys.argv[1]), None); print(keys.ids.decode(), len(told))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "lake")]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) for _ in range(6)]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    answers = [process.stdout.read().split() for process in started if process.stdout]
    assert [process.wait() for process in started] == [0] * 6
    assert len({ids for ids, _ in answers}) == 1
    # one of them made the file and says so
    assert sorted(told for _, told in answers) == ["0"] * 5 + ["1"]


def test_a_writer_that_was_killed_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    (tmp_path / f".{FILE}.{os.getpid()}").write_text("half a f")
    keys, _ = use_keys(tmp_path, None)
    assert read_keys(tmp_path) == keys
