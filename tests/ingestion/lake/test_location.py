"""The one reading of --lake and SHOPLAKE_LAKE."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.lake.location import lake_folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, and another current folder."""
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "home"


@pytest.mark.parametrize("text", [None, "", Path("lake"), "lake", "./lake", "lake/", "../here/lake"])
def test_no_text_is_the_default_and_a_relative_path_counts_from_the_current_folder(text: str | None) -> None:
    assert lake_folder(text).resolve() == Path.cwd() / "lake"


def test_a_tilde_at_the_beginning_is_the_home_folder_and_only_there(home: Path) -> None:
    assert lake_folder("~/a/lake") == home / "a/lake"
    assert lake_folder("~") == home
    assert lake_folder("./~").absolute() == Path.cwd() / "~"
    assert lake_folder("a/~").absolute() == Path.cwd() / "a/~"


@pytest.mark.parametrize(
    "name", ["*", "?", "[a]", "\\", "%20", "k=v", "{a}", "a b", "'", '"', "$HOME", os.fsdecode(b"\xff")]
)
def test_every_other_character_stands_for_itself(name: str) -> None:
    assert lake_folder(f"a/{name}/lake").absolute() == Path.cwd() / "a" / name / "lake"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("s3://bucket/lake", r"the lake s3://bucket/lake is an address: set SHOPLAKE_LAKE to a path on this machine"),
        ("~no_such_user/lake", r"begins with ~no_such_user, which is nobody's home: write \./~no_such_user/lake"),
        ("file", r"the lake file is a file: give a directory"),
        ("dangling", r"the lake dangling is a link to nowhere, which does not exist: create it first"),
    ],
)
def test_what_cannot_be_a_lake_is_refused(text: str, sentence: str) -> None:
    Path("file").touch()
    Path("dangling").symlink_to("nowhere")
    with pytest.raises(UserError, match=sentence):
        lake_folder(text)


def test_a_link_to_a_folder_is_a_lake() -> None:
    Path("real").mkdir()
    Path("link").symlink_to("real")
    assert lake_folder("link").resolve() == Path.cwd() / "real"
