"""`python -m local_aws.emulator --state DIR`, started by the launcher, which sets ministack's environment variables.

ministack reads them when it is imported, so it is imported last.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from pathlib import Path

from local_aws.aws_client import AwsClient
from local_aws.engine.engine import Engine
from local_aws.engine.execution import Execution
from local_aws.engine.trino_client import TrinoClient


def main() -> None:
    parser = argparse.ArgumentParser(prog="local_aws.emulator")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--trino", required=True)
    parser.add_argument("--firehose-time-scale", type=float, required=True)
    arguments = parser.parse_args()

    import ministack.services.lambda_svc  # noqa: F401  (else the first request waits for it)
    from ministack.app import main as serve

    from local_aws.emulator import alarms, athena, firehose, glue_service, regions

    aws = AwsClient(f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}")
    history = QueryHistory(arguments.state / "logs" / "queries.jsonl")
    athena.patch(Engine(TrinoClient(arguments.trino), aws, log=history.add))
    regions.patch()
    glue_service.patch()
    firehose.patch(arguments.firehose_time_scale)
    alarms.patch()
    # ministack logs a line at every save of its state
    for name in ("ministack.core.persistence", "persistence"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # ministack parses sys.argv itself
    sys.argv = ["ministack"]
    serve()


class QueryHistory:
    """A log with one JSON line for every ended statement: its SQL, final state and bytes scanned."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", buffering=1)

    def add(self, execution: Execution) -> None:
        line = {
            "submitted_at": execution.submitted_at,
            "seconds": round((execution.completed_at or execution.submitted_at) - execution.submitted_at, 3),
            "state": execution.state,
            "substatement": execution.substatement,
            "scanned_bytes": execution.scanned_bytes,
            "update_count": execution.update_count,
            "reason": execution.reason,
            "trino_ids": execution.trino_ids,
            "sql": execution.request.sql,
        }
        self._file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
