"""dbt commands in processes of their own, forked from a server process that has imported dbt and parsed the project.

A new dbt process spends seconds of CPU time on imports, on boto3's service models and on reading the project; a fork
does not. Every command still runs in its own process, with its own environment, and may be killed. Inside a command,
connections share boto3 clients: dbt-athena creates about two hundred of them in a run, which took half of dbt's CPU
time. support/dbt_in_process.py says what else is kept.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.athena.support.kill import Kill, arm
from tests.support.dbt_in_process import compile_templates, kept_objects, surroundings
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_SERVICES = ("athena", "glue", "s3", "sts")
# they change nothing that dbt parses
_OF_A_RUN = ("PYTEST_CURRENT_TEST", "SHOPLAKE_RUN_OWNER")
_GLOBAL_OPTIONS = ("--no-use-colors", "--log-level-file", "none")


def run(
    arguments: Sequence[str],
    options: Mapping[str, str],
    environment: Mapping[str, str],
    kill: Kill | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one dbt command to its end, or until it kills itself.

    Parameters
    ----------
    options
        Those that every command takes, such as --profiles-dir. The project is parsed once for each of their values.
    """
    with tempfile.TemporaryDirectory(prefix="dbt-") as folder:
        stdout, stderr = Path(folder, "stdout"), Path(folder, "stderr")
        request = {
            "arguments": arguments,
            "options": [word for option in options.items() for word in option],
            "environment": dict(environment),
            "kill": asdict(kill) if kill else None,
            "stdout": str(stdout),
            "stderr": str(stderr),
        }
        server = _server()
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        exit_code = int(server.stdout.readline())
        return subprocess.CompletedProcess(arguments, exit_code, stdout.read_text(), stderr.read_text())


@functools.cache
def _server() -> subprocess.Popen[str]:
    """One for all warehouses. It ends when its standard input closes, as this process ends."""
    command = [sys.executable, "-m", "tests.athena.support.dbt_processes"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def _serve() -> None:
    """Fork a process for every line of standard input, and print its exit code."""
    import boto3
    import botocore.session
    import dbt.adapters.athena  # noqa: F401

    # dbt-athena makes a boto3 session for every connection, and each one reads megabytes of service models
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    session: Any = boto3.Session("testing", "testing", region_name="us-east-1")
    for service in _SERVICES:
        session.client(service)
    manifests: dict[str, Manifest | None] = {}
    for line in sys.stdin:
        request = json.loads(line)
        manifest = _parsed(request, manifests)
        child = os.fork()
        if child == 0:
            _become(request, manifest)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _parsed(request: dict[str, Any], manifests: dict[str, Manifest | None]) -> Manifest | None:
    """The project as dbt parses it for these options and this environment; None if it has to be parsed by the command.

    A copy of the project that a test makes may change between two commands.
    """
    if str(ROOT) not in request["options"]:
        return None
    used = {name: value for name, value in request["environment"].items() if name not in _OF_A_RUN}
    key = json.dumps([request["options"], used], sort_keys=True)
    if key not in manifests:
        with surroundings(request["environment"]):
            # the static parser starts threads, which no fork has: the next one to parse would wait for them forever
            done = _invoke(None, ["--quiet", "--no-static-parser", "parse", *request["options"]])
        assert len(list(Path("/proc/self/task").glob("*"))) <= 1, "a process with threads cannot be forked"
        # the command itself shows what is wrong with the project
        manifests[key] = done.result if done.success else None
        if done.success:
            compile_templates(done.result)
        gc.collect()
        gc.freeze()
    return manifests[key]


def _become(request: dict[str, Any], manifest: Manifest | None) -> None:
    """Run the dbt command in this process, which ends with it."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    _share_clients()
    if request["kill"]:
        arm(Kill(**request["kill"]))
    with surroundings(request["environment"]), kept_objects():
        done = _invoke(manifest, [*request["arguments"], *request["options"]])
    if done.exception:
        print(done.exception, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0 if done.success else 1)


def _invoke(manifest: Manifest | None, arguments: list[str]) -> Any:
    from dbt.cli.main import dbtRunner

    return dbtRunner(manifest=manifest).invoke([*_GLOBAL_OPTIONS, *arguments])


def _share_clients() -> None:
    """Create one boto3 client per service, region and configuration; clients are thread-safe."""
    import boto3

    session_class: Any = boto3.Session
    create = session_class.client
    clients: dict[str, Any] = {}
    lock = threading.RLock()

    def client(session: Any, service: str, *arguments: Any, **options: Any) -> Any:
        config = options.get("config")
        settings = options | {"config": config._user_provided_options if config else None}
        key = repr((service, arguments, sorted(settings.items())))
        with lock:
            if key not in clients:
                clients[key] = create(session, service, *arguments, **options)
            return clients[key]

    session_class.client = client


if __name__ == "__main__":
    _serve()
