"""`shoplake` as its users type it, in a process of its own."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.paths import ROOT

EVENT = {"event_type": "view_item", "event_time": "2025-03-01T11:00:00Z", "user_id": "u"}
COMMAND = [sys.executable, "-m", "ingestion.cli"]


def run(
    *arguments: str | Path, stdin: bytes = b"", before: Callable[[], None] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", **environment},
        preexec_fn=before,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def events(count: int) -> bytes:
    return b"".join(json.dumps(EVENT | {"event_id": str(number)}).encode() + b"\n" for number in range(count))


def lines(lake: Path) -> list[bytes]:
    paths = sorted((lake / "bronze").rglob("*.gz"))
    return [line for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]
