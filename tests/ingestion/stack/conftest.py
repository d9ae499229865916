"""An emulated AWS without Athena (so without Trino and Maven), and stand-ins for the functions of the stack."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from ingestion.cli.app import main
from local_aws import install, processes
from local_aws.errors import UserError
from local_aws.launcher import free_port
from tests.support.paths import ROOT

Shoplake = Callable[..., subprocess.CompletedProcess[str]]

_ORCHESTRATOR = """
import os
import boto3

def handler(event, context):
    events = boto3.client("events")
    change = {"start": events.enable_rule, "stop": events.disable_rule}.get(event["action"])
    for name in ("SHOPLAKE_GENERATOR_RULE", "SHOPLAKE_BUILD_RULE"):
        if change:
            change(Name=os.environ[name])
    return {"action": event["action"]}
"""
_EMPTIER = """
import json
import urllib.request
import boto3

def handler(event, context):
    properties = event["ResourceProperties"]
    if event["RequestType"] == "Delete" and properties["EmptyOnDelete"] == "true":
        boto3.resource("s3").Bucket(properties["Bucket"]).object_versions.delete()
    answer = {"Status": "SUCCESS", "PhysicalResourceId": properties["Bucket"]}
    answer |= {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    request = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request)
"""
_DOOR = """
def handler(event, context):
    return {"records": [{"recordId": r["recordId"], "result": "Ok", "data": r["data"]} for r in event["records"]]}
"""
_NOTHING = "def handler(event, context):\n    return {}\n"


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One emulated AWS for all tests of this folder; none of them runs a query."""
    try:
        # the other worker may install at the same time
        with install.one_at_a_time(install.cache_folder(), print):
            python = install.emulator_python(install.cache_folder(), print)
    except UserError as error:
        pytest.skip(str(error))
    state = tmp_path_factory.mktemp("aws")
    (state / "data" / "tmp").mkdir(parents=True)
    (state / "python").mkdir()
    (state / "python" / "local_aws").symlink_to(ROOT / "local_aws", target_is_directory=True)
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "TMPDIR": str(state / "data" / "tmp"),
        "PYTHONPATH": str(state / "python"),
    }
    command = [str(python), "-m", "local_aws.emulator", "--state", str(state)]
    pid = processes.start(
        [*command, "--trino", "http://127.0.0.1:1", "--firehose-time-scale", "0.05"],
        log=state / "logs" / "emulator.log",
        environment=inherited | settings,
        folder=state,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        processes.stop(pid, str(state))


def wait_for(url: str) -> None:
    """Wait until something responds at `url`, whatever the response is."""
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url)
        except urllib.error.HTTPError:
            return
        except OSError:
            assert time.monotonic() < deadline, "the emulator did not start"
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="session")
def zips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Zips as `make package` names them, with stand-ins for the functions."""
    folder = tmp_path_factory.mktemp("zips")
    handlers = {
        "generator": _NOTHING,
        "watcher": _NOTHING,
        "orchestrator": _ORCHESTRATOR,
        "emptier": _EMPTIER,
        "door": _DOOR,
    }
    for name in ("door", "generator"):
        with zipfile.ZipFile(folder / f"{name}-x86_64.zip", "w") as archive:
            for package in ("ingestion", "ingestion/handlers"):
                archive.writestr(f"{package}/__init__.py", "")
            for handler, source in handlers.items():
                archive.writestr(f"ingestion/handlers/{handler}.py", source)
    return folder


@pytest.fixture(scope="session")
def aws_environment(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
    }


@pytest.fixture(scope="session")
def shoplake(aws_environment: dict[str, str]) -> Shoplake:
    """Run a command of the CLI against the emulator, in this process and with a short polling interval.

    A process per command would spend most of its time on imports and on waiting between two polls.
    """

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ["shoplake", *map(str, arguments)]
        stdout, stderr = io.StringIO(), io.StringIO()
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(stdout), redirect_stderr(stderr):
            for name, value in ({"COLUMNS": "200"} | aws_environment | environment).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", command)
            patch.setattr("ingestion.stack.stack._POLL_S", 0.1)
            try:
                main()
                code = 0
            except SystemExit as stop:
                code = int(stop.code or 0)
            finally:
                for number, handler in handlers.items():
                    signal.signal(number, handler)
        return subprocess.CompletedProcess(command, code, stdout.getvalue(), stderr.getvalue())

    return run
