from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.doctor.finding import Level
from ingestion.doctor.keys import examine_keys
from ingestion.lake.key_file import path_of, use_keys

KEY = "an address key for tests"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    use_keys(tmp_path, KEY.encode())
    return tmp_path


def test_keys_that_only_their_owner_can_read(lake: Path) -> None:
    [finding] = examine_keys(lake, {"SHOPLAKE_HMAC_KEY": KEY}).findings
    assert (finding.level, "mode 0600" in finding.sentence) == (Level.ok, True)
    assert KEY not in finding.sentence


def test_a_lake_without_keys_is_well(tmp_path: Path) -> None:
    [finding] = examine_keys(tmp_path, {}).findings
    assert finding.level is Level.ok


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_keys_that_others_can_read(lake: Path, mode: int) -> None:
    path_of(lake).chmod(mode)
    [finding] = examine_keys(lake, {}).findings
    assert (finding.level, finding.command) == (Level.problem, f"chmod 600 {path_of(lake)}")
    path_of(lake).chmod(0o600)
    assert examine_keys(lake, {}).problems == 0


def test_another_key_in_the_environment(lake: Path) -> None:
    [_, finding] = examine_keys(lake, {"SHOPLAKE_HMAC_KEY": "the key of another lake"}).findings
    assert (finding.level, finding.command) == (Level.problem, "unset SHOPLAKE_HMAC_KEY")


def test_a_damaged_key_file(lake: Path) -> None:
    path_of(lake).write_text("{")
    [finding] = examine_keys(lake, {}).findings
    assert (finding.level, "put back the copy" in finding.sentence) == (Level.problem, True)
