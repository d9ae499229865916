"""Speed of the ingestion into AWS: `python -m benchmarks.aws_ingestion [generator door sink cold zips]` prints a table.

Nothing leaves this machine: the delivery stream is a client that does nothing, or a server on the loopback interface.
Each part runs in its own process. CPU seconds are printed as well, because they are comparable on a busy machine too.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.keys import Keys
from ingestion.firehose.delivery import Delivery
from ingestion.firehose.packing import Packer, Record
from ingestion.firehose.sink import FirehoseSink
from ingestion.handlers import door as door_function
from ingestion.handlers.generator import GeneratorRequest, plan
from ingestion.handlers.generator import generate as generate_events
from ingestion.stack.package import build
from tests.support.firehose_server import stand_in

EVENTS = 750_000
BATCH_BYTES = 3_000_000
COLD_STARTS = 7
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")


class NullFirehose:
    """Accepts every record and discards it."""

    meta = SimpleNamespace(region_name="none")

    def put_record_batch(self, **call: Any) -> dict[str, int]:
        return {"FailedPutCount": 0}


class RecordingFirehose(NullFirehose):
    """Accepts every record and keeps it."""

    def __init__(self) -> None:
        self.records: list[bytes] = []

    def put_record_batch(self, **call: Any) -> dict[str, int]:
        self.records += [record["Data"] for record in call["Records"]]
        return super().put_record_batch()


@contextmanager
def timed(figures: dict[str, str], name: str, count: int) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    figures[name] = (
        f"{wall:.1f} s ({cpu:.1f} s CPU), {count / wall:,.0f} per second ({count / cpu:,.0f} per CPU second)"
    )


def sink_into(client: Any) -> FirehoseSink:
    return FirehoseSink(Delivery(client, "shop"), None)


def raw_records(events: int) -> list[bytes]:
    """Packed records of the simulated shop."""
    client = RecordingFirehose()
    generate_events(sink_into(client), plan(GeneratorRequest(events=events), "benchmark", NOW), lambda: True)
    return client.records


def generator() -> dict[str, str]:
    figures: dict[str, str] = {}
    sink = sink_into(NullFirehose())
    with timed(figures, f"{EVENTS:,} events", EVENTS):
        generate_events(sink, plan(GeneratorRequest(events=EVENTS), "benchmark", NOW), lambda: True)
    figures["peak memory"] = f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    figures["sent"] = f"{sink.sent.bytes_sent / 1e6:,.0f} MB in {sink.sent.records_sent:,} records"
    return figures


def door() -> dict[str, str]:
    """The handler as Lambda calls it, without other services. Lambda parses and writes the JSON outside of it."""
    figures: dict[str, str] = {}
    the_door = Door(load_dialect("canonical"), Keys(b"a benchmark of the door", b"a benchmark of the door"))
    vars(door_function)["door"] = lambda: the_door
    door_function.logger.setLevel("ERROR")
    records = raw_records(400_000)
    lines = [line for record in records for line in record.splitlines()]
    for name, payloads in (("packed", records), ("one line per record", lines[:100_000])):
        seconds, cpu = [], 0.0
        for batch in batches_of(payloads):
            call = call_of(batch)
            begun, cpu_begun = time.perf_counter(), time.process_time()
            answer = door_function.handler(call, context())
            seconds.append(time.perf_counter() - begun)
            cpu += time.process_time() - cpu_begun
            assert len(json.dumps(answer)) < 6_291_556
        events = sum(payload.count(b"\n") or 1 for payload in payloads)
        figures[name] = (
            f"{events / sum(seconds):,.0f} events per second ({events / cpu:,.0f} per CPU second), "
            f"{len(seconds)} calls of 3 MB: median {statistics.median(seconds):.2f} s, "
            f"p99 {statistics.quantiles(seconds, n=100, method='inclusive')[98]:.2f} s"
        )
    return figures


def batches_of(payloads: list[bytes]) -> Iterator[list[bytes]]:
    """The records of each call by Firehose: at most 3 MB."""
    batch: list[bytes] = []
    size = 0
    for payload in payloads:
        if size + len(payload) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(payload)
        size += len(payload)
    yield batch


def call_of(batch: list[bytes]) -> dict[str, Any]:
    at = int(NOW.timestamp() * 1_000)
    records = [
        {"recordId": f"{number:056d}", "approximateArrivalTimestamp": at, "data": base64.b64encode(data).decode()}
        for number, data in enumerate(batch)
    ]
    return {"invocationId": "i", "deliveryStreamArn": "arn", "region": "r", "records": records}


def context() -> Any:
    return SimpleNamespace(
        aws_request_id="r", function_name="door", memory_limit_in_mb=1, invoked_function_arn="arn", function_version="1"
    )


def sink() -> dict[str, str]:
    """The sink including boto3, HTTP and base64. The fake server runs in another process."""
    figures: dict[str, str] = {}
    lines = [line for record in raw_records(300_000) for line in record.splitlines()]
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.aws_ingestion", "serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        os.environ |= json.loads(server.stdout.readline())
        from ingestion.firehose.delivery import firehose_client

        into = sink_into(firehose_client())
        with timed(figures, f"{len(lines):,} lines", len(lines)), into:
            for start in range(0, len(lines), 5_000):
                into.write(lines[start : start + 5_000], NOW)
    finally:
        server.kill()
        server.wait()
    sent = into.sent
    figures["records per call"] = (
        f"{sent.records_sent / sent.calls:.1f}, {sent.lines_sent / sent.records_sent:,.0f} lines each"
    )
    packed = sent.billed_units / sent.lines_sent * 1e6
    unpacked = sum(Record(line + b"\n", 1).billed_units for line in lines) / len(lines) * 1e6
    figures["units of 5 KB per million events"] = f"{packed:,.0f} packed, {unpacked:,.0f} with one line per record"
    full = list(Packer(1_000 * 1024).add(lines))
    largest = sum(record.billed_units for record in full) / sum(record.lines for record in full) * 1e6
    figures["the same with records of 1,000 KiB"] = f"{largest:,.0f}"
    return figures


def serve() -> None:
    """Run the fake server until it is killed. Its first line of output is its environment for clients."""
    with stand_in() as server:
        server.records = Discard()
        print(json.dumps(server.environment), flush=True)
        time.sleep(3_600)


class Discard(list[bytes]):
    """A list that discards everything added to it."""

    def __iadd__(self, other: Any) -> Discard:  # type: ignore[misc,override]
        return self


COLD = """
import sys, time
begun, cpu = time.perf_counter(), time.process_time()
sys.path[:0] = sys.argv[1:3]
import os, json
from ingestion.handlers import door
imported = time.perf_counter()
from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.keys import Keys
made = Door(load_dialect("canonical"), Keys(b"k" * 16, b"k" * 16))
door.door = lambda: made
from types import SimpleNamespace
context = SimpleNamespace(aws_request_id="r", function_name="d", memory_limit_in_mb=1, invoked_function_arn="a")
record = {"recordId": "1", "approximateArrivalTimestamp": 1740830399500, "data": "e30K"}
door.handler({"records": [record]}, context)
first = time.perf_counter()
import boto3
boto3.client("secretsmanager", region_name="us-east-1")
print(json.dumps([imported - begun, first - imported, time.perf_counter() - first, time.process_time() - cpu]))
"""


def cold() -> dict[str, str]:
    """Time from the start of Python to the first record, with the code of the zip, without fetching the secret."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    arch = "arm64" if os.uname().machine == "aarch64" else "x86_64"
    runs = []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        build(arch, python, folder)
        with zipfile.ZipFile(folder / f"door-{arch}.zip") as archive:
            archive.extractall(folder / "door")
        (folder / "runtime").mkdir()
        for name in RUNTIME:
            target = Path(sys.prefix, "lib", f"python{python}", "site-packages", name)
            (folder / "runtime" / name).symlink_to(target)
        for _ in range(COLD_STARTS):
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-B", "-c", COLD, str(folder / "door"), str(folder / "runtime")],
                capture_output=True,
                check=True,
                text=True,
            )
            runs.append(json.loads(done.stdout.splitlines()[-1]))
    middle = [statistics.median(column) for column in zip(*runs, strict=True)]
    return {
        "import": f"{middle[0]:.2f} s",
        "first record": f"{middle[1]:.2f} s",
        "boto3 and its client for the secret": f"{middle[2]:.2f} s",
        "all of it": f"{sum(middle[:3]):.2f} s, {middle[3]:.2f} s CPU (medians of {COLD_STARTS})",
    }


def zips() -> dict[str, str]:
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for arch in ("arm64", "x86_64"):
            for path in build(arch, out=Path(folder)):
                figures[path.name] = f"{path.stat().st_size / 1e6:.1f} MB"
    return figures


PARTS: dict[str, Callable[[], dict[str, str]]] = {
    "generator": generator,
    "door": door,
    "sink": sink,
    "cold": cold,
    "zips": zips,
}


def main() -> None:
    """Run each part in its own process and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, "serve", []], help="default: all")
    parser.add_argument("--here", action="store_true", help="run in this process, print JSON")
    options = parser.parse_args()
    if options.parts == ["serve"]:
        serve()
    elif options.here:
        print(json.dumps(PARTS[options.parts[0]]()))
    else:
        print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n\n| part | figure | |\n|---|---|---|")
        for part in options.parts or PARTS:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.aws_ingestion", part, "--here"],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            for name, value in json.loads(done.stdout.splitlines()[-1]).items():
                print(f"| {part} | {name} | {value} |", flush=True)


if __name__ == "__main__":
    main()
