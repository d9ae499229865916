"""Run `shoplake` in a process of its own, as its users do."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.paths import ROOT

EVENT = {"event_type": "view_item", "event_time": "2025-03-01T11:00:00Z", "user_id": "u", "product_id": "p"}
STACK_KEYS = {"SHOPLAKE_HMAC_KEY": "the address key of the stack", "SHOPLAKE_ID_KEY": "the id key of the stack"}
COMMAND = [sys.executable, "-m", "ingestion.cli"]


def run(
    *arguments: str | Path, stdin: bytes = b"", before: Callable[[], None] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command; `before` runs in the new process first, to set a limit for example."""
    return _run(COMMAND, arguments, stdin, before, environment)


def run_impatiently(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that gives up a batch for Firehose after half a second instead of two minutes."""
    code = (
        "import ingestion.firehose.sink as sink; sink.FirehoseSink.__init__.__kwdefaults__['give_up_after'] = 0.5; "
        "import ingestion.cli.app as cli; cli.main()"
    )
    return _run([sys.executable, "-c", code], arguments, b"", None, environment)


def _run(
    command: Sequence[str],
    arguments: Sequence[str | Path],
    stdin: bytes,
    before: Callable[[], None] | None,
    environment: Mapping[str, str],
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*command, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", **environment},
        preexec_fn=before,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def events(count: int) -> bytes:
    """Return JSON lines whose event_ids are 0, 1, 2 ..."""
    return b"".join(json.dumps(EVENT | {"event_id": str(number)}).encode() + b"\n" for number in range(count))


def lines(lake: Path) -> list[bytes]:
    """Return every line of bronze."""
    paths = sorted((lake / "bronze").rglob("*.gz"))
    return [line for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]
