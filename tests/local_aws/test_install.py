"""Downloads: unnecessary jars are left out, and failures have a one-sentence message."""

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
    """The repository of a fake Maven, which copies its files; it is empty at first."""
    repository = tmp_path / "repository"
    repository.mkdir()
    script = tmp_path / "bin" / "mvn"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        'for given in "$@"; do case $given in -DoutputDirectory=*) target=${given#-DoutputDirectory=};; esac; done\n'
        f'cp {repository}/* "$target" || {{ echo "[ERROR] no such artifact"; echo "[ERROR] [Help 1]"; exit 1; }}\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    return repository


def _files(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*.jar"))


def test_unnecessary_jars_are_not_unpacked_and_identical_ones_are_stored_once(tmp_path: Path, maven: Path) -> None:
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


def test_an_incomplete_download_is_repeated(tmp_path: Path, maven: Path) -> None:
    _archives(maven)
    home = install.trino(tmp_path / "cache", print)
    (home / "complete").unlink()
    (home / "lib" / "server.jar").write_text("half")
    assert (install.trino(tmp_path / "cache", print) / "lib" / "server.jar").read_text() == "jar"


def test_a_damaged_archive_has_a_clear_message(tmp_path: Path, maven: Path) -> None:
    _archives(maven)
    (maven / f"trino-hive-{versions.TRINO}.zip").write_bytes(b"half of a zip")
    with pytest.raises(UserError, match=r"Trino archive is damaged .* remove io/trino from Maven's local repository"):
        install.trino(tmp_path / "cache", print)


def test_mavens_first_error_is_reported(tmp_path: Path, maven: Path) -> None:
    with pytest.raises(UserError, match=r"cannot download .*server-core.*: \[ERROR\] no such artifact$"):
        install.trino(tmp_path / "cache", print)


def test_a_cache_that_is_not_writable_has_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match=r"cannot write to .* set LOCAL_AWS_CACHE"),
        install.one_at_a_time(tmp_path / "file" / "cache", print),
    ):
        pass


def test_two_installations_run_one_after_the_other(tmp_path: Path) -> None:
    messages: list[str] = []
    order: list[str] = []
    is_waiting = threading.Event()

    def second() -> None:
        def report(text: str) -> None:
            messages.append(text)
            is_waiting.set()

        with install.one_at_a_time(tmp_path, report):
            order.append("second")

    with install.one_at_a_time(tmp_path, print):
        other = threading.Thread(target=second)
        other.start()
        assert is_waiting.wait(10)
        order.append("first")
    other.join()
    assert order == ["first", "second"]
    assert "Waiting for another `up`" in messages[0]
