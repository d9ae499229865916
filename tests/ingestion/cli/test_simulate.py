from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.command import COMMAND, run
from tests.support.firehose_server import StandIn
from tests.support.paths import ROOT


def test_simulate_sends_raw_lines(firehose: StandIn, tmp_path: Path) -> None:
    done = run(
        *("simulate", "--events", "3000", "--hours", "1", "--start", "2025-03-01", "--to", "firehose:shop"),
        *("--lake", tmp_path / "lake"),
        **firehose.environment,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(firehose.lines) == 3_000
    assert any(b'"ip_address"' in line for line in firehose.lines)
    assert not any(b'"received_at"' in line for line in firehose.lines)
    assert f"3,000 lines sent to shop: {len(firehose.records)} records" in done.stdout
    assert not (tmp_path / "lake").exists()


def test_a_live_run_sends_until_it_is_interrupted(firehose: StandIn, tmp_path: Path) -> None:
    command = [*COMMAND, "simulate", "--follow", "--rate", "20", "--buffer-seconds", "1", "--to", "firehose:shop"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | firehose.environment, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while firehose.calls < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"{len(firehose.lines):,} lines sent to shop" in output
    assert firehose.calls >= 2


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_reports_no_more_lines_than_were_sent(
    firehose: StandIn, tmp_path: Path, how: signal.Signals
) -> None:
    command = [*COMMAND, "simulate", "--events", "2000000", "--to", "firehose:shop", "--start", "2025-03-01"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | firehose.environment, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while firehose.calls < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(how)
    _, errors = process.communicate(timeout=30)
    time.sleep(0.2)
    sent = firehose.lines
    assert 0 < len(sent) < 2_000_000
    if how is signal.SIGINT:
        assert process.returncode == 130
        reported = int(errors.split(" lines had been sent to shop")[0].split()[-1].replace(",", ""))
        assert 0 < reported <= len(sent)
