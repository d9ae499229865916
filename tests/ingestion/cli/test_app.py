from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.command import run
from tests.support.paths import ROOT

COMMANDS = (
    "cost", "demo", "deploy", "destroy", "dialects", "env", "replay", "report", "resend", "simulate", "start", "status",
    "stop", "upload",
)  # fmt: skip


def test_help_lists_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert f" {command} " in done.stdout


@pytest.mark.parametrize("package", ["boto3", "dbt"])
def test_the_command_line_starts_without_slow_imports(package: str) -> None:
    code = f"import ingestion.cli.app, sys; assert {package!r} not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_script_of_an_earlier_installation_finds_the_command() -> None:
    code = "import sys; from ingestion.cli import main; sys.argv = ['shoplake', 'dialects']; main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "rees46" in done.stdout) == (0, True)
