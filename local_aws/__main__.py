"""`python -m local_aws up|down|status|sql|env`."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from local_aws.athena_client import QueryFailedError, query
from local_aws.aws_client import AwsClient, AwsError
from local_aws.errors import UserError
from local_aws.launcher import RESULTS_BUCKET, Instance, Launcher

# the smallest heap that a test runs with
_LEAST_HEAP_MB = 640


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    launcher = Launcher(
        given.state,
        heap_mb=getattr(given, "memory", 0),
        firehose_time_scale=getattr(given, "firehose_time_scale", 1.0),
        say=lambda text: print(text, file=sys.stderr),
    )
    try:
        match given.command:
            case "up":
                print(_exports(launcher.up(given.port)))
            case "down":
                print(
                    f"Ended; buckets and tables are kept in {launcher.state}" if launcher.down() else _nothing(launcher)
                )
            case "status":
                return _status(launcher)
            case "env":
                print(_exports(_running(launcher)))
            case "sql":
                _sql(_running(launcher), given.statement, given.database)
    except (UserError, AwsError, QueryFailedError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"{error.strerror or error}{where}; mend that, then run this again", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; what had been started was ended, and what was fetched whole is kept", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_aws", description="AWS on this machine: one port, Athena executed by Trino."
    )
    parser.add_argument(
        "--state",
        type=_folder,
        default=_state_folder(),
        help="folder of buckets, tables and logs (default: LOCAL_AWS_STATE, else .local_aws)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start it (the first time fetches 800 MB), and print what `env` prints")
    up.add_argument("--port", type=_port, help="port of all AWS services (default: the last one, or a free one)")
    up.add_argument("--memory", type=_heap, default=1536, help="MB of heap for Trino (default: 1536)")
    up.add_argument("--firehose-time-scale", type=float, default=1.0, help="factor on Firehose's waiting (default: 1)")
    commands.add_parser("down", help="end it; buckets and tables are kept")
    commands.add_parser("status", help="whether it runs, where, and its logs")
    commands.add_parser("env", help="print export lines for a shell: eval $(python -m local_aws env)")
    sql = commands.add_parser("sql", help="run one statement through the Athena API")
    sql.add_argument("statement")
    sql.add_argument("--database", default="default", help="database for names without one")
    return parser


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name of the folder is empty")
    return Path(text)


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 0 < port < 65_536:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 1 to 65535")
    return port


def _heap(text: str) -> int:
    megabytes = int(text) if text.isdecimal() else 0
    if megabytes < _LEAST_HEAP_MB:
        raise argparse.ArgumentTypeError(f"{text} MB are too few for Trino: {_LEAST_HEAP_MB} or more")
    return megabytes


def _running(launcher: Launcher) -> Instance:
    instance = launcher.instance()
    if instance is None or not launcher.alive(instance):
        raise UserError(_nothing(launcher))
    if not launcher.runs(instance):
        raise UserError(_half(launcher, instance))
    return instance


def _half(launcher: Launcher, instance: Instance) -> str:
    return f"only {launcher.alive(instance)[0]} runs; `{_up(launcher)}` starts both again ({launcher.logs})"


def _nothing(launcher: Launcher) -> str:
    return f"nothing runs here; `{_up(launcher)}` starts it"


def _up(launcher: Launcher) -> str:
    """The command that starts this folder's AWS, and no other's."""
    usual = launcher.state == _state_folder().resolve()
    return f"python -m local_aws {'' if usual else f'--state {shlex.quote(str(launcher.state))} '}up"


def _state_folder() -> Path:
    return Path(os.environ.get("LOCAL_AWS_STATE") or ".local_aws")


def _exports(instance: Instance) -> str:
    return "\n".join(f"export {name}={value}" for name, value in instance.environment.items())


def _status(launcher: Launcher) -> int:
    instance = launcher.instance()
    if instance is None or not launcher.runs(instance):
        print(_half(launcher, instance) if instance and launcher.alive(instance) else _nothing(launcher))
        return 1
    print(f"AWS     {instance.endpoint}  (process {instance.emulator_pid})")
    print(f"Trino   {instance.trino}  (process {instance.trino_pid})")
    print(f"State   {launcher.state}")
    print(f"Logs    {launcher.logs}")
    return 0


def _sql(instance: Instance, statement: str, database: str) -> None:
    result = query(
        AwsClient(instance.endpoint), statement, output_location=f"s3://{RESULTS_BUCKET}/cli/", database=database
    )
    for row in result.rows:
        print("\t".join("NULL" if text is None else text for text in row))
    scanned = f"{result.scanned_bytes:,} bytes scanned"
    print(f"{result.milliseconds} ms, {scanned}, {result.update_count} rows written", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
