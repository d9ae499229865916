"""`make package`: builds the zips of the Lambda functions from wheels of the locked versions. Same input, same bytes.

door-<arch>.zip contains the door, the orchestrator, the emptier and the watcher; generator-<arch>.zip contains numpy as
well. boto3 comes with the Lambda runtime. The zips contain no bytecode, because bytecode would depend on the machine.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from ingestion.errors import UserError

ROOT: Final = Path(__file__).parents[2]
LOCK: Final = ROOT / "requirements-dev.lock"
OUT: Final = ROOT / "dist" / "lambda"
ARCHITECTURES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}
PYTHON: Final = "3.13"
_DOOR: Final = ("aws-lambda-powertools", "jmespath", "msgspec", "pyyaml", "typing-extensions")
PACKAGES: Final = {"door": _DOOR, "generator": (*_DOOR, "numpy")}
# the rooms that the handlers import, directly or not; a test compares them with the imports
ROOMS: Final = ("detection", "door", "firehose", "handlers", "lake", "simulator")

# Lambda: 250 MB unzipped. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_UNZIPPED_BYTES: Final = 250 * 1024 * 1024
COMPRESSION_LEVEL: Final = 9
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
# files that a function never reads: tests, bytecode, files for C compilers and type checkers, metadata for pip
_is_needless: Final = re.compile(
    r"(^|/)(tests?|__pycache__)/|\.(pyc|pyi|pxd|h|a|f90)$|\.dist-info/(RECORD|WHEEL|entry_points\.txt)$|\.data/"
).search


def main() -> None:
    """Entry point; prints a UserError to stderr and exits with 2."""
    parser = argparse.ArgumentParser(prog="make package", description=__doc__)
    parser.add_argument("--arch", choices=sorted(ARCHITECTURES), default="arm64")
    parser.add_argument("--python", default=PYTHON, help="version of the Lambda runtime")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    try:
        for path in build(options.arch, options.python, options.out):
            print(f"{path}: {_sizes(path)}")
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def build(arch: str = "arm64", python: str = PYTHON, out: Path = OUT) -> list[Path]:
    """Build the zips for an architecture and a Python version; return their paths.

    Raises
    ------
    UserError
        A wheel cannot be downloaded, or a zip is larger than Lambda accepts.
    """
    with tempfile.TemporaryDirectory() as folder:
        wheels = download(PACKAGES["generator"], arch, python, Path(folder))
        out.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, packages in PACKAGES.items():
            path = out / f"{name}-{arch}.zip"
            write_zip(path, [*sources(), *(entry for package in packages for entry in unpacked(wheels[package]))])
            if unzipped_bytes(path) > MAX_UNZIPPED_BYTES:
                raise UserError(f"{path} has {_sizes(path)}: Lambda accepts at most 250 MB unzipped")
            paths.append(path)
    return paths


def download(packages: Iterable[str], arch: str, python: str, folder: Path) -> dict[str, Path]:
    """Download the wheels of the locked versions, checked against the hashes of the lock; return them by package."""
    requirements = folder / "requirements.txt"
    requirements.write_text("".join(locked(LOCK.read_text(), packages, python)))
    machine = ARCHITECTURES[arch]
    tags = [f"manylinux_2_28_{machine}", f"manylinux_2_27_{machine}", f"manylinux2014_{machine}"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--require-hashes", "--only-binary=:all:", "--python-version", python, "--implementation", "cp"),
            *(argument for tag in tags for argument in ("--platform", tag)),
            *("--dest", str(folder), "--requirement", str(requirements)),
        ],
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"pip could not download the wheels for Python {python} on {arch}: {reason}")
    return {normalized(path.name.split("-")[0]): path for path in folder.glob("*.whl")}


def locked(lock: str, packages: Iterable[str], python: str) -> Iterator[str]:
    """Yield the entries of a lock file for some packages and a version of Python, with their hashes.

    The markers are evaluated here, because pip evaluates them for the Python that it runs on, not for its target.
    """
    target = {"python_version": python, "python_full_version": f"{python}.0"}
    entries: dict[str, str] = {}
    for pinned, hashes in re.findall(r"^(\S+==.*?) \\\n((?:    --hash=.*\n)+)", lock, re.MULTILINE):
        requirement = Requirement(pinned)
        if requirement.marker is None or requirement.marker.evaluate(target):
            entries[requirement.name] = f"{requirement.name}{requirement.specifier} \\\n{hashes}"
    for package in packages:
        if package not in entries:
            raise UserError(f"{LOCK.name} has no {package}: regenerate the lock file, see CONTRIBUTING.md")
        yield entries[package]


def normalized(name: str) -> str:
    """The name of a package as the lock file writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def sources() -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of our own files: the rooms that the functions import, and the dialects."""
    package = ROOT / "ingestion"
    rooms = [path for room in ROOMS for path in (package / room).rglob("*.py")]
    for path in sorted([*package.glob("*.py"), *rooms, *package.glob("door/dialects/*.yml")]):
        name = path.relative_to(ROOT).as_posix()
        if not _is_needless(name):
            yield name, path.read_bytes()


def unpacked(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of the files in a wheel, without those that a function never reads."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.endswith("/") and not _is_needless(name):
                yield name, archive.read(name)


def write_zip(path: Path, entries: Iterable[tuple[str, bytes]]) -> None:
    """Write a zip; the same entries give the same bytes, in any order and at any time."""
    partial = path.with_name(f".{path.name}")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content, compresslevel=COMPRESSION_LEVEL)
    partial.replace(path)


def unzipped_bytes(path: Path) -> int:
    """Total size of the files in a zip."""
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist())


def _sizes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB, {unzipped_bytes(path) / 1e6:.1f} MB unzipped"


if __name__ == "__main__":
    main()
