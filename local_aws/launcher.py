"""Starts and stops two processes: the emulator, one port for all AWS services, and Trino behind it. Loopback only."""

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
from local_aws.progress import Progress

RESULTS_BUCKET: Final = "local-aws-results"
_HOST: Final = "127.0.0.1"
_START_TIMEOUT_S: Final = 240
# the command line of every local AWS process holds one of these
_PROGRAMS: Final = ("io.trino.server.TrinoServer", "local_aws.emulator")
# memory of ministack, and of the JVM beyond its heap
_OVERHEAD_MB: Final = 600


@dataclass(frozen=True, slots=True)
class Instance:
    """The processes that run, or ran last, on one state folder."""

    endpoint: str
    trino: str
    emulator_pid: int
    trino_pid: int

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for AWS clients such as dbt-athena."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            # boto3 reads the first, other tools the second; the user may have set either for AWS itself
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
        }


class Launcher:
    """One emulated AWS with all its state in one folder.

    Parameters
    ----------
    state
        Folder of buckets, tables and logs. `down` keeps it.
    heap_mb
        Trino's heap. 640 is enough for a test, 3,072 for this project's first build of five million events.
    firehose_time_scale
        Factor on Firehose's buffering intervals.
    report
        Called with every progress message.
    """

    def __init__(
        self,
        state: Path,
        *,
        heap_mb: int = 1_536,
        firehose_time_scale: float = 1.0,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        # resolved, because the processes are identified by this path, and another command may spell it differently
        self.state = state.resolve()
        self._heap_mb = heap_mb
        self._time_scale = firehose_time_scale
        self._report = report

    def up(self, port: int | None = None) -> Instance:
        """Start both processes unless they run, and return once a query on a table works.

        Raises
        ------
        UserError
            Something is missing or does not start, or a patch does not work on this ministack.
        """
        with self._locked():
            running = self.instance()
            if running and self.runs(running):
                self._report(f"Already running on {running.endpoint}. To change options, run `down` first.")
                if port and not running.endpoint.endswith(f":{port}"):
                    raise UserError(f"already running on {running.endpoint}: run `down` first, then `up --port {port}`")
                return running
            if running:
                self._stop(running)
            self._check_memory()
            if port and not _is_free(port):
                raise UserError(f"port {port} is in use: choose another, or leave out --port")
            cache = install.cache_folder()
            with install.one_at_a_time(cache, self._report):
                python = install.emulator_python(cache, self._report)
                java = install.java(python)
                trino_home = install.trino(cache, self._report)
            last_ports = self._last_ports()
            gateway_port = port or free_port(last_ports.get("gateway"))
            trino_port = free_port(last_ports.get("trino"))
            instance = self._start(python, java, trino_home, gateway_port, trino_port)
            (self.state / "instance.json").write_text(json.dumps(asdict(instance)))
            (self.state / "ports.json").write_text(json.dumps({"gateway": gateway_port, "trino": trino_port}))
            try:
                self._wait(instance)
            except BaseException:
                self._report("Stopping the started processes ...")
                self._stop(instance)
                raise
            return instance

    def down(self) -> bool:
        """Stop the processes of this state folder; False if none ran."""
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
                raise TypeError("a field has the wrong type")
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            raise UserError(
                f"{self.state / 'instance.json'} is damaged: remove it, and stop the processes if they still run"
            ) from None
        return found

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    def alive(self, instance: Instance) -> list[str]:
        """The names of the processes that run."""
        pids = {"the emulator": instance.emulator_pid, "Trino": instance.trino_pid}
        return [name for name, pid in pids.items() if processes.runs(pid, str(self.state))]

    def runs(self, instance: Instance) -> bool:
        return len(self.alive(instance)) == 2

    def _start(self, python: Path, java: Path, trino_home: Path, port: int, trino_port: int) -> Instance:
        logs = self.logs
        endpoint, trino = f"http://{_HOST}:{port}", f"http://{_HOST}:{trino_port}"
        self._report(f"Starting Trino ({logs / 'trino.log'}) ...")
        trino_folder = self.state / "trino"
        trino_config.write(trino_folder, port=trino_port, endpoint=endpoint, heap_mb=self._heap_mb)
        trino_pid = processes.start(
            trino_config.command(java, trino_home, trino_folder, heap_mb=self._heap_mb),
            log=logs / "trino.log",
            environment=dict(os.environ),
            folder=trino_folder,
        )
        self._report(f"Starting the emulator ({logs / 'emulator.log'}) ...")
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
            "PYTHONPATH": str(self._package_folder()),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
        return inherited | ours

    def _package_folder(self) -> Path:
        """A folder with this package only: its neighbors would shadow packages of the emulator's virtualenv."""
        folder = self.state / "python"
        folder.mkdir(exist_ok=True)
        link = folder / "local_aws"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(__file__).parent, target_is_directory=True)
        return folder

    def _wait(self, instance: Instance) -> None:
        aws = AwsClient(instance.endpoint)
        begun = time.monotonic()
        deadline = begun + _START_TIMEOUT_S
        progress = Progress(instance, self._report, begun)
        while True:
            for name, pid in (("emulator", instance.emulator_pid), ("trino", instance.trino_pid)):
                if not processes.runs(pid, str(self.state)):
                    log = self.logs / f"{name}.log"
                    raise UserError(
                        f"the process `{name}` ended during its start; last line of its log: {_last_line(log)}"
                    )
            problem = self_check.first_query_problem(aws, RESULTS_BUCKET)
            if problem is None:
                break
            if time.monotonic() > deadline:
                raise UserError(f"no query worked within {_START_TIMEOUT_S} s: {problem}; see the logs in {self.logs}")
            progress.tell()
            time.sleep(0.5)
        self._report(f"Queries work ({time.monotonic() - begun:.0f} s); checking the patches of the emulator ...")
        self_check.run(aws, RESULTS_BUCKET)
        aws.create_database("default")

    def _stop(self, instance: Instance) -> None:
        """Stop both processes. instance.json stays while one may still run: `down` finds its process id there."""
        pids = (instance.trino_pid, instance.emulator_pid)
        for pid in pids:
            processes.stop(pid, str(self.state))
        running = [pid for pid in pids if any(processes.runs(pid, program) for program in _PROGRAMS)]
        if running:
            file = self.state / "instance.json"
            raise UserError(
                f"process {running[0]} is a local AWS, but its command line does not name {self.state}: if it belongs "
                f"to this folder, stop it (kill {running[0]}), otherwise remove {file}; then run this command again"
            )
        (self.state / "instance.json").unlink(missing_ok=True)

    def _last_ports(self) -> dict[str, int]:
        """The ports of the last start. They are used again if free, so that exported variables stay valid."""
        try:
            found = json.loads((self.state / "ports.json").read_text())
            return {name: int(found[name]) for name in ("gateway", "trino")}
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return {}

    def _check_memory(self) -> None:
        meminfo = Path("/proc/meminfo")
        if not meminfo.exists():
            return
        available = next(line for line in meminfo.read_text().splitlines() if line.startswith("MemAvailable"))
        available_mb = int(available.split()[1]) // 1024
        if available_mb < self._heap_mb + _OVERHEAD_MB:
            raise UserError(
                f"{available_mb} MB of memory are free, but {self._heap_mb + _OVERHEAD_MB} MB are needed: "
                "stop other programs, or give Trino less with --memory"
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
    return lines[-1] if lines else "(the log is empty)"
