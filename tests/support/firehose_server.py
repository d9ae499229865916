"""A Firehose on a loopback port, for commands that run in their own process."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StandIn(ThreadingHTTPServer):
    """PutRecordBatch of any stream.

    Attributes
    ----------
    records
        The records that were accepted.
    refuses
        While true, every record fails.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.records: list[bytes] = []
        self.calls = 0
        self.refuses = False
        self.lock = threading.Lock()

    @property
    def lines(self) -> list[bytes]:
        return b"".join(self.records).split(b"\n")[:-1]

    @property
    def environment(self) -> dict[str, Any]:
        """The variables with which an AWS client finds this server."""
        return {
            "AWS_ENDPOINT_URL_FIREHOSE": f"http://127.0.0.1:{self.server_address[1]}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StandIn

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        records = [base64.b64decode(record["Data"]) for record in call["Records"]]
        with self.server.lock:
            self.server.calls += 1
            failed = self.server.refuses
            if not failed:
                self.server.records += records
        result = (
            {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."} if failed else {"RecordId": "r"}
        )
        body = json.dumps(
            {"FailedPutCount": len(records) if failed else 0, "RequestResponses": [result] * len(records)}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def stand_in() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
