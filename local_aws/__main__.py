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

# the smallest heap that the tests ran with
_MIN_HEAP_MB = 640


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    launcher = Launcher(
        given.state,
        heap_mb=getattr(given, "memory", 0),
        firehose_time_scale=getattr(given, "firehose_time_scale", 1.0),
        report=lambda text: print(text, file=sys.stderr),
    )
    try:
        match given.command:
            case "up":
                print(_exports(launcher.up(given.port)))
            case "down":
                print(
                    f"Stopped; buckets and tables are kept in {launcher.state}"
                    if launcher.down()
                    else _not_running(launcher)
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
        print(f"{error.strerror or error}{where}: fix this, then run this command again", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: started processes are stopped, complete downloads are kept", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_aws", description="AWS on this machine on one port, with Athena executed by Trino."
    )
    parser.add_argument(
        "--state",
        type=_folder,
        default=_state_folder(),
        help="folder of buckets, tables and logs (default: LOCAL_AWS_STATE or .local_aws)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser(
        "up", help="start local AWS (the first time downloads 800 MB), and print what `env` prints"
    )
    up.add_argument("--port", type=_port, help="port of all AWS services (default: the last one, or a free one)")
    up.add_argument("--memory", type=_heap, default=1536, help="MB of heap for Trino (default: 1536)")
    up.add_argument(
        "--firehose-time-scale", type=float, default=1.0, help="factor on Firehose's buffering intervals (default: 1)"
    )
    commands.add_parser("down", help="stop local AWS; buckets and tables are kept")
    commands.add_parser("status", help="print whether local AWS runs, its addresses and its logs")
    commands.add_parser("env", help="print export lines for a shell: eval $(python -m local_aws env)")
    sql = commands.add_parser("sql", help="run one statement through the Athena API")
    sql.add_argument("statement")
    sql.add_argument("--database", default="default", help="database of unqualified table names (default: default)")
    return parser


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name of the folder is empty")
    return Path(text)


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 0 < port < 65_536:
        raise argparse.ArgumentTypeError(f"{text} is not a port number between 1 and 65535")
    return port


def _heap(text: str) -> int:
    megabytes = int(text) if text.isdecimal() else 0
    if megabytes < _MIN_HEAP_MB:
        raise argparse.ArgumentTypeError(f"{text} MB are not enough for Trino: the minimum is {_MIN_HEAP_MB}")
    return megabytes


def _running(launcher: Launcher) -> Instance:
    instance = launcher.instance()
    if instance is None or not launcher.alive(instance):
        raise UserError(_not_running(launcher))
    if not launcher.runs(instance):
        raise UserError(_partly_running(launcher, instance))
    return instance


def _partly_running(launcher: Launcher, instance: Instance) -> str:
    return f"only {launcher.alive(instance)[0]} runs: start both again with `{_up(launcher)}` (logs: {launcher.logs})"


def _not_running(launcher: Launcher) -> str:
    return f"local AWS does not run: start it with `{_up(launcher)}`"


def _up(launcher: Launcher) -> str:
    """The command that starts local AWS on this state folder."""
    is_default = launcher.state == _state_folder().resolve()
    return f"python -m local_aws {'' if is_default else f'--state {shlex.quote(str(launcher.state))} '}up"


def _state_folder() -> Path:
    return Path(os.environ.get("LOCAL_AWS_STATE") or ".local_aws")


def _exports(instance: Instance) -> str:
    return "\n".join(f"export {name}={value}" for name, value in instance.environment.items())


def _status(launcher: Launcher) -> int:
    instance = launcher.instance()
    if instance is None or not launcher.runs(instance):
        print(_partly_running(launcher, instance) if instance and launcher.alive(instance) else _not_running(launcher))
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
