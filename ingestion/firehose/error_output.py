"""Reads the records that Firehose stores when the door fails: JSON lines, each with one record in base64.

Source: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from ingestion.errors import UserError
from ingestion.gunzip import MAGIC


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The given files, and the files in the given folders.

    Raises
    ------
    UserError
        There are no files.
    """
    found: list[Path] = []
    for path in paths:
        inside = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        found += inside if path.is_dir() else [path]
    if not found:
        raise UserError(f"no file was found in {', '.join(map(str, paths))}")
    return found


def failed_records(paths: Iterable[Path]) -> Iterator[bytes]:
    """The records, byte for byte as producers sent them.

    Raises
    ------
    UserError
        A file cannot be read, or does not have this format.
    """
    for path in paths:
        try:
            with path.open("rb") as file:
                packed = file.read(len(MAGIC)) == MAGIC
            with gzip.open(path, "rb") if packed else path.open("rb") as lines:
                yield from (_record(line, f"line {number} of {path}") for number, line in enumerate(lines, 1))
        except (OSError, EOFError, zlib.error) as error:
            raise UserError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _record(line: bytes, where: str) -> bytes:
    try:
        return base64.b64decode(json.loads(line)["rawData"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{where} has no rawData in base64: give files that Firehose stored in errors/firehose/"
        ) from error
