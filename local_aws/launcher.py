"""Starts and ends the two processes: the emulator (one port for all of AWS) and Trino behind it. Loopback only."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Final

from local_aws import install, processes, self_check, trino_config
from local_aws.aws_client import AwsClient
from local_aws.errors import UserError

RESULTS_BUCKET: Final = "local-aws-results"
_HOST: Final = "127.0.0.1"
_START_TIMEOUT_S: Final = 240
# what tells a process of any local AWS from a stranger with the same number
_PROGRAMS: Final = ("io.trino.server.TrinoServer", "local_aws.emulator")
# of the JVM beyond its heap, and of ministack
_MORE_MB: Final = 600


@dataclass(frozen=True, slots=True)
class Instance:
    """What runs, or ran last, over one state folder."""

    endpoint: str
    trino: str
    emulator_pid: int
    trino_pid: int

    @property
    def environment(self) -> dict[str, str]:
        """What an AWS client needs, dbt-athena among them."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            # boto3 reads the first, other tools the second, which may stand there for AWS itself
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
        }


class Launcher:
    """One emulated AWS, with all its state in one folder.

    Parameters
    ----------
    state
        Folder of buckets, tables and logs; it outlives `down`.
    heap_mb
        Trino's heap. 640 carries a test, 3,072 this project's first build of five million events.
    firehose_time_scale
        Factor on Firehose's buffering intervals.
    """

    def __init__(
        self,
        state: Path,
        *,
        heap_mb: int = 1_536,
        firehose_time_scale: float = 1.0,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        # resolved: its processes are known by this path, whatever the spelling that the next command uses
        self.state = state.resolve()
        self._heap_mb = heap_mb
        self._time_scale = firehose_time_scale
        self._say = say

    def up(self, port: int | None = None) -> Instance:
        """Start what does not run, and return when a query over a table has been answered.

        Raises
        ------
        UserError
            Something is missing, or does not start, or is not what the corrections were made for.
        """
        with self._locked():
            running = self.instance()
            if running and self.runs(running):
                self._say(f"Runs already: {running.endpoint} (other options need a `down` first)")
                if port and not running.endpoint.endswith(f":{port}"):
                    raise UserError(f"it runs on {running.endpoint} already; `down` first, then `up --port {port}`")
                return running
            if running:
                self._stop(running)
            self._refuse_too_little_memory()
            if port and not _is_free(port):
                raise UserError(f"port {port} is in use; name another, or none")
            cache = install.cache_folder()
            with install.one_at_a_time(cache, self._say):
                python = install.emulator_python(cache, self._say)
                java = install.java(python)
                trino_home = install.trino(cache, self._say)
            before = self._last_ports()
            gateway_port = port or free_port(before.get("gateway"))
            trino_port = free_port(before.get("trino"))
            instance = self._start(python, java, trino_home, gateway_port, trino_port)
            (self.state / "instance.json").write_text(json.dumps(asdict(instance)))
            (self.state / "ports.json").write_text(json.dumps({"gateway": gateway_port, "trino": trino_port}))
            try:
                self._wait(instance)
            except BaseException:
                self._say("Ending what was started ...")
                self._stop(instance)
                raise
            return instance

    def down(self) -> bool:
        """End what this state folder's `up` started; False if nothing ran."""
        with self._locked():
            instance = self.instance()
            if instance is None:
                return False
            ran = bool(self.alive(instance))
            self._stop(instance)
            return ran

    def instance(self) -> Instance | None:
        try:
            found = Instance(**json.loads((self.state / "instance.json").read_text()))
            if [type(value) for value in astuple(found)] != [str, str, int, int]:
                raise TypeError("a text where a number should be, or the other way round")
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            raise UserError(f"{self.state / 'instance.json'} is damaged: remove it, and what may run still") from None
        return found

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    def alive(self, instance: Instance) -> list[str]:
        """Which of the two processes run."""
        pids = {"the emulator": instance.emulator_pid, "Trino": instance.trino_pid}
        return [name for name, pid in pids.items() if processes.runs(pid, str(self.state))]

    def runs(self, instance: Instance) -> bool:
        return len(self.alive(instance)) == 2

    def _start(self, python: Path, java: Path, trino_home: Path, port: int, trino_port: int) -> Instance:
        logs = self.logs
        endpoint, trino = f"http://{_HOST}:{port}", f"http://{_HOST}:{trino_port}"
        self._say(f"Starting Trino ({logs / 'trino.log'}) ...")
        trino_folder = self.state / "trino"
        trino_config.write(trino_folder, port=trino_port, endpoint=endpoint, heap_mb=self._heap_mb)
        trino_pid = processes.start(
            trino_config.command(java, trino_home, trino_folder, heap_mb=self._heap_mb),
            log=logs / "trino.log",
            environment=dict(os.environ),
            folder=trino_folder,
        )
        self._say(f"Starting the emulator ({logs / 'emulator.log'}) ...")
        try:
            emulator_pid = processes.start(
                [
                    str(python), "-m", "local_aws.emulator", "--state", str(self.state), "--trino", trino,
                    "--firehose-time-scale", str(self._time_scale),
                ],
                log=logs / "emulator.log",
                environment=self._emulator_environment(port),
                folder=self.state,
            )  # fmt: skip
        except BaseException:
            processes.stop(trino_pid, str(self.state))
            raise
        return Instance(endpoint, trino, emulator_pid, trino_pid)

    def _emulator_environment(self, port: int) -> dict[str, str]:
        data = self.state / "data"
        (data / "tmp").mkdir(parents=True, exist_ok=True)
        ours = {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": _HOST,
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(data / "s3"),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(data / "services"),
            "TMPDIR": str(data / "tmp"),
            "PYTHONPATH": str(self._alone()),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
        return inherited | ours

    def _alone(self) -> Path:
        """A folder with this package and none of its neighbours, which would shadow the emulator's own packages."""
        folder = self.state / "python"
        folder.mkdir(exist_ok=True)
        link = folder / "local_aws"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(__file__).parent, target_is_directory=True)
        return folder

    def _wait(self, instance: Instance) -> None:
        aws = AwsClient(instance.endpoint)
        deadline = time.monotonic() + _START_TIMEOUT_S
        self._say("Waiting for the first answer of a table ...")
        while True:
            for name, pid in (("emulator", instance.emulator_pid), ("trino", instance.trino_pid)):
                if not processes.runs(pid, str(self.state)):
                    log = self.logs / f"{name}.log"
                    raise UserError(f"the process `{name}` ended while it started; its last words: {_last_line(log)}")
            why_not = self_check.why_no_answer(aws, RESULTS_BUCKET)
            if why_not is None:
                break
            if time.monotonic() > deadline:
                raise UserError(f"no query was answered for {_START_TIMEOUT_S} s: {why_not}; more in {self.logs}")
            time.sleep(0.5)
        self_check.run(aws, RESULTS_BUCKET)
        aws.create_database("default")

    def _stop(self, instance: Instance) -> None:
        """End both; their note stays while one may still run, for without it no command could end it."""
        pids = (instance.trino_pid, instance.emulator_pid)
        for pid in pids:
            processes.stop(pid, str(self.state))
        left = [pid for pid in pids if any(processes.runs(pid, program) for program in _PROGRAMS)]
        if left:
            note = self.state / "instance.json"
            raise UserError(
                f"process {left[0]} is a local AWS that does not name {self.state}: if it is this folder's, "
                f"end it (kill {left[0]}), else remove {note}; then run this again"
            )
        (self.state / "instance.json").unlink(missing_ok=True)

    def _last_ports(self) -> dict[str, int]:
        """The same ports again, if they are free: what a user exported stays right."""
        try:
            found = json.loads((self.state / "ports.json").read_text())
            return {name: int(found[name]) for name in ("gateway", "trino")}
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return {}

    def _refuse_too_little_memory(self) -> None:
        meminfo = Path("/proc/meminfo")
        if not meminfo.exists():
            return
        available = next(line for line in meminfo.read_text().splitlines() if line.startswith("MemAvailable"))
        available_mb = int(available.split()[1]) // 1024
        if available_mb < self._heap_mb + _MORE_MB:
            raise UserError(
                f"{available_mb} MB of memory are free and {self._heap_mb + _MORE_MB} are needed: "
                "end something, or give Trino less with --memory"
            )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def free_port(wanted: int | None = None) -> int:
    if wanted and _is_free(wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"
