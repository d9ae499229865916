from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.lake.key_file import FILE
from ingestion.stack import package
from ingestion.stack.package import ROOMS, build, locked, sources, unpacked, write_zip
from tests.project.test_rooms import INGESTION, imported

HOST = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")

# runs in a fresh interpreter without site-packages: only the unzipped folder and the packages of the Lambda runtime
IMPORT = """
import sys
sys.path[:0] = sys.argv[1:3]
from importlib import import_module
import_module(f"ingestion.handlers.{sys.argv[3]}").handler
unwanted = [name for name in ("typer", "rich", "duckdb", "dbt") if name in sys.modules]
assert not unwanted, unwanted
assert import_module("msgspec").__file__.startswith(sys.argv[1])
"""


def test_the_same_entries_give_the_same_bytes(tmp_path: Path) -> None:
    entries = [(f"a/{number}.py", b"x = 1\n" * number) for number in range(50)]
    write_zip(tmp_path / "one.zip", entries)
    write_zip(tmp_path / "two.zip", reversed(entries))
    digests = {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("one.zip", "two.zip")}
    assert len(digests) == 1
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == sorted(name for name, _ in entries)
    assert {(info.date_time, info.external_attr >> 16) for info in infos} == {((1980, 1, 1, 0, 0, 0), 0o100644)}


def test_of_our_files_only_those_that_run_are_packed() -> None:
    keys = [INGESTION / "door" / FILE, INGESTION / "door" / "dialects" / FILE]
    try:
        for path in keys:
            path.write_text("{}")
        names = [name for name, _ in sources()]
    finally:
        for path in keys:
            path.unlink()
    assert not [name for name in names if FILE in name]
    assert "ingestion/handlers/door.py" in names
    assert "ingestion/door/dialects/canonical.yml" in names
    # a dialect may name a function in a file beside it
    assert {"ingestion/door/dialects/snowplow.yml", "ingestion/door/dialects/snowplow.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or not name.startswith("ingestion/")]
    assert {name.split("/")[1] for name in names if name.count("/") > 1} == set(ROOMS)


def test_the_rooms_in_a_zip_are_those_that_the_handlers_import() -> None:
    rooms, waiting = set(), ["handlers"]
    while waiting:
        room = waiting.pop()
        rooms.add(room)
        names = [name.split(".") for path in (INGESTION / room).glob("*.py") for name in imported(path)]
        imports = {name[1] for name in names if name[0] == "ingestion" and (INGESTION / name[1]).is_dir()}
        waiting += imports - rooms
    assert set(ROOMS) == rooms


def test_of_a_wheel_only_files_that_run_are_packed(tmp_path: Path) -> None:
    wanted = [
        "numpy/__init__.py",
        "numpy/_core/a.so",
        "numpy-2.dist-info/METADATA",
        "numpy-2.dist-info/licenses/LICENSE",
    ]
    needless = [
        "numpy/tests/test_a.py",
        "numpy/__pycache__/a.pyc",
        "numpy/a.pyi",
        "numpy/a.h",
        "numpy-2.dist-info/RECORD",
    ]
    wheel = tmp_path / "numpy.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in [*wanted, *needless]:
            archive.writestr(name, "")
    assert [name for name, _ in unpacked(wheel)] == wanted


LOCKED = """\
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via shoplake (pyproject.toml)
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
    # via shoplake (pyproject.toml)
pyyaml==6.0.3 \\
    --hash=sha256:dd
    # via shoplake (pyproject.toml)
"""


def test_versions_and_hashes_are_those_of_the_lock_for_the_target_python() -> None:
    (numpy,) = locked(LOCKED, ["numpy"], "3.13")
    assert numpy.split() == ["numpy==2.5.5", "\\", "--hash=sha256:cc"]
    older, yaml = locked(LOCKED, ["numpy", "pyyaml"], "3.11")
    assert older.split() == ["numpy==2.4.6", "\\", "--hash=sha256:aa", "\\", "--hash=sha256:bb"]
    assert yaml.startswith("pyyaml==6.0.3")


def test_a_package_that_is_not_locked_is_reported() -> None:
    with pytest.raises(UserError, match="has no pandas: regenerate the lock file"):
        list(locked(LOCKED, ["pandas"], "3.13"))


def test_a_zip_that_is_too_large_for_lambda_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("any/__init__.py", "x" * 1_000)
    monkeypatch.setattr(package, "download", lambda packages, *_: dict.fromkeys(packages, wheel))
    monkeypatch.setattr(package, "PACKAGES", {"generator": ("any",)})
    monkeypatch.setattr(package, "MAX_UNZIPPED_BYTES", 1_000)
    with pytest.raises(UserError, match="Lambda accepts at most 250 MB unzipped"):
        build(out=tmp_path / "out")


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if HOST is None:
        pytest.skip(f"there are no Lambda functions for {platform.machine()}")
    folder = tmp_path_factory.mktemp("zips")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.MonkeyPatch.context() as patch:
        # takes a third of the time, and nothing here looks at the size
        patch.setattr(package, "COMPRESSION_LEVEL", 1)
        try:
            build(HOST, python, folder)
        except UserError as error:
            pytest.skip(f"needs a package index or pip's cache: {error}")
    runtime = folder / "runtime"
    runtime.mkdir()
    for name in RUNTIME:
        (runtime / name).symlink_to(Path(sys.prefix) / "lib" / f"python{python}" / "site-packages" / name)
    return folder


@pytest.mark.parametrize(
    ("name", "handler"),
    [("door", "door"), ("door", "orchestrator"), ("door", "emptier"), ("generator", "generator")],
)
def test_a_handler_needs_only_its_zip_and_the_runtime(zips: Path, name: str, handler: str) -> None:
    unzipped = zips / name
    with zipfile.ZipFile(zips / f"{name}-{HOST}.zip") as archive:
        archive.extractall(unzipped)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", IMPORT, str(unzipped), str(zips / "runtime"), handler],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
