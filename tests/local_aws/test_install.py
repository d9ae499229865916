"""What is fetched once: half of it is never used, and what fails is a sentence."""

from __future__ import annotations

import io
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from local_aws import install, versions
from local_aws.errors import UserError


def _archives(folder: Path) -> None:
    with tarfile.open(folder / f"trino-server-core-{versions.TRINO}.tar.gz", "w:gz") as server:
        for name in ("lib/server.jar", "lib/snowflake.jar", "bin/launcher"):
            member = tarfile.TarInfo(f"trino-server-core-{versions.TRINO}/{name}")
            member.size = 3
            server.addfile(member, io.BytesIO(b"jar"))
    for plugin in ("hive", "iceberg"):
        with zipfile.ZipFile(folder / f"trino-{plugin}-{versions.TRINO}.zip", "w") as archive:
            for name in ("common.jar", f"{plugin}.jar", "google-cloud-storage.jar"):
                archive.writestr(f"trino-{plugin}/{name}", "common" if name == "common.jar" else plugin)


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Maven that copies what lies in a folder; empty at first."""
    repository = tmp_path / "repository"
    repository.mkdir()
    script = tmp_path / "bin" / "mvn"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        'for given in "$@"; do case $given in -DoutputDirectory=*) target=${given#-DoutputDirectory=};; esac; done\n'
        f'cp {repository}/* "$target" || {{ echo "[ERROR] it is not there"; echo "[ERROR] [Help 1]"; exit 1; }}\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    return repository


def _files(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*.jar"))


def test_what_is_superfluous_is_not_unpacked_and_what_is_twice_is_stored_once(tmp_path: Path, maven: Path) -> None:
    _archives(maven)
    home = install.trino(tmp_path / "cache", print)
    shared = [
        "plugin/hive/common.jar",
        "plugin/hive/hive.jar",
        "plugin/iceberg/common.jar",
        "plugin/iceberg/iceberg.jar",
    ]
    assert _files(home) == ["lib/server.jar", *shared]
    assert (home / shared[0]).samefile(home / shared[2])


def test_what_was_fetched_in_half_is_fetched_again(tmp_path: Path, maven: Path) -> None:
    _archives(maven)
    home = install.trino(tmp_path / "cache", print)
    (home / "complete").unlink()
    (home / "lib" / "server.jar").write_text("half")
    assert (install.trino(tmp_path / "cache", print) / "lib" / "server.jar").read_text() == "jar"


def test_a_damaged_archive_is_one_sentence(tmp_path: Path, maven: Path) -> None:
    _archives(maven)
    (maven / f"trino-hive-{versions.TRINO}.zip").write_bytes(b"half of a zip")
    with pytest.raises(UserError, match=r"archive of Trino is damaged .* remove io/trino in Maven's local repository"):
        install.trino(tmp_path / "cache", print)


def test_mavens_first_error_is_told(tmp_path: Path, maven: Path) -> None:
    with pytest.raises(UserError, match=r"could not fetch .*server-core.*: \[ERROR\] it is not there$"):
        install.trino(tmp_path / "cache", print)


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match=r"cannot be written .* set LOCAL_AWS_CACHE"),
        install.one_at_a_time(tmp_path / "file" / "cache", print),
    ):
        pass


def test_two_that_start_fill_the_cache_one_after_the_other(tmp_path: Path) -> None:
    said: list[str] = []
    order: list[str] = []
    waits = threading.Event()

    def second() -> None:
        def say(text: str) -> None:
            said.append(text)
            waits.set()

        with install.one_at_a_time(tmp_path, say):
            order.append("second")

    with install.one_at_a_time(tmp_path, print):
        other = threading.Thread(target=second)
        other.start()
        assert waits.wait(10)
        order.append("first")
    other.join()
    assert order == ["first", "second"]
    assert "waiting for it" in said[0]
