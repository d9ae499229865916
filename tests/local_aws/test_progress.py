from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from local_aws import progress
from local_aws.launcher import free_port
from local_aws.progress import Progress, repeated


class Trino(ThreadingHTTPServer):
    """Both processes; Trino is starting until a test says otherwise."""

    starting = True


class _Handler(BaseHTTPRequestHandler):
    server: Trino

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"starting": self.server.starting}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def trino() -> Iterator[Trino]:
    with Trino(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def test_each_step_of_a_start_is_told_once_and_again_after_a_while(
    trino: Trino, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, nobody = f"http://127.0.0.1:{trino.server_port}", f"http://127.0.0.1:{free_port()}"
    addresses = SimpleNamespace(endpoint=nobody, trino=nobody)
    told: list[str] = []
    start = Progress(addresses, told.append, time.monotonic())
    start.tell()
    addresses.endpoint = answers
    start.tell()
    addresses.trino = answers
    start.tell()
    trino.starting = False
    start.tell()
    start.tell()
    assert [text.split(",")[0].split(":")[0].rstrip(" .") for text in told] == [
        "Waiting for the emulator to answer",
        "Waiting for Trino",
        "Waiting until a query on a table works",
    ]
    monkeypatch.setattr(progress, "_AGAIN_S", 0)
    start.tell()
    assert told[-1].endswith("(0 s) ...")


def test_long_work_is_told_again_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_AGAIN_S", 0.01)
    told: list[str] = []
    with repeated(told.append, "Still downloading"):
        deadline = time.monotonic() + 10
        while len(told) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
    count = len(told)
    assert count >= 2
    assert told[0].startswith("Still downloading (")
    time.sleep(0.05)
    assert len(told) == count
