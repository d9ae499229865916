"""What a container of the stack runs: `python -m ingestion.image.scheduled_build`.

It runs `shoplake build`: once a day everything, at other times what is hourly. It then writes the documentation, if a
table was built and the day or the project is a new one. How it ended stands in `docs/build.json` in the bucket, which
the next build reads, and in the last line of the log. The template, or the workflow on GitHub, sets the variables.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from ingestion.cli.build import build_what_is_new
from ingestion.cli.output import say, scrubbed, warn
from ingestion.errors import Interrupted, UserError
from ingestion.stack.aws import aws_errors_for_user, region_name
from ingestion.warehouse import docs_site
from ingestion.warehouse.dbt_command import run_dbt

KEY: Final = "docs/build.json"
_PAGE: Final = "docs/index.html"
_RESULTS: Final = Path("target/run_results.json")
# the daily build looks for objects that Firehose delivered very late: it tries for 24 hours
_LOOKBACK_HOURS: Final = {True: 48, False: 3}


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables of the container.

    Attributes
    ----------
    daily_hour
        Hour (UTC) from which the first build of a day is the daily one.
    version
        Which project is in the image.
    """

    bucket: str
    bronze_start: str
    daily_hour: int
    version: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables.

        Raises
        ------
        UserError
            One that has no default is not set.
        """
        for name in ("SHOPLAKE_BUCKET", "SHOPLAKE_BRONZE_START"):
            if not environment.get(name):
                raise UserError(f"{name} is not set: `shoplake env` prints the variables of a stack")
        return cls(
            environment["SHOPLAKE_BUCKET"],
            environment["SHOPLAKE_BRONZE_START"],
            int(environment.get("SHOPLAKE_DAILY_HOUR") or 3),
            environment.get("SHOPLAKE_VERSION", ""),
        )


def main() -> None:
    """Build, and exit as `shoplake build` does: 0, 1 if a model or a test failed, 2 if the build could not begin."""
    started, clock = datetime.now(UTC), time.monotonic()
    try:
        settings = Settings.read(os.environ)
        state = read_state(settings.bucket)
    except UserError as error:
        warn(str(error))
        sys.exit(2)
    day = day_of(started, settings.daily_hour).isoformat()
    daily = state.get("daily") != day
    state |= {"status": "RUNNING", "started_at": started.isoformat(), "ended_at": None}
    write_state(settings.bucket, state)
    code = 2
    try:
        code = run(settings, daily=daily)
        # one with an error is not repeated as a daily one: its tests would find the same
        state["daily"] = day if daily else state.get("daily")
        if _RESULTS.is_file() and (daily or state.get("documented") != settings.version):
            publish_docs(settings.bucket)
            state["documented"] = settings.version
    except UserError as error:
        warn(scrubbed(str(error)))
        code = 2
    except Interrupted as error:
        warn(f"Interrupted: {error.sentence}.")
        code = error.exit_code
    finally:
        state |= {"status": "FAILED" if code else "SUCCEEDED", "ended_at": datetime.now(UTC).isoformat()}
        write_state(settings.bucket, state)
    say(json.dumps({"build": state["status"], "daily": daily, "seconds": round(time.monotonic() - clock)}))
    sys.exit(code)


def day_of(now: datetime, daily_hour: int) -> date:
    """The day whose daily build is due: it begins at `daily_hour`, not at midnight."""
    return (now - timedelta(hours=daily_hour)).date()


def run(settings: Settings, *, daily: bool) -> int:
    """Run `shoplake build`; return 0, or 1 if a model or a test failed.

    Raises
    ------
    UserError
        The build could not begin.
    Interrupted
        The container was stopped.
    """
    _RESULTS.unlink(missing_ok=True)
    variables = {
        "bronze_start": settings.bronze_start,
        "arrival_lookback_hours": _LOOKBACK_HOURS[daily],
        "test_all_dates": daily,
    }
    code = build_what_is_new("athena", json.dumps(variables), None if daily else "hourly")
    if code > 1:
        raise UserError("dbt could not build: its messages above say why")
    return code


def publish_docs(bucket: str) -> None:
    """Write the documentation of every column to the bucket, as one page."""
    result = run_dbt(["--quiet", "docs", "generate", "--target", "athena", "--static"])
    if not result.success:
        raise UserError(f"the tables are built, but dbt could not write their documentation: {result.exception}")
    page = Path("site/index.html")
    docs_site.build(Path("target"), page)
    with aws_errors_for_user():
        _s3().put_object(Bucket=bucket, Key=_PAGE, Body=page.read_bytes(), ContentType="text/html")


def read_state(bucket: str) -> dict[str, Any]:
    """How the last build ended; nothing before the first one."""
    s3 = _s3()
    with aws_errors_for_user():
        try:
            state: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=KEY)["Body"].read())
        except s3.exceptions.NoSuchKey:
            return {}
    return state


def write_state(bucket: str, state: Mapping[str, Any]) -> None:
    """Keep how this build ended, for the next one, `shoplake status` and the orchestrator."""
    with aws_errors_for_user():
        _s3().put_object(Bucket=bucket, Key=KEY, Body=json.dumps(state).encode(), ContentType="application/json")


def _s3() -> Any:
    import boto3

    make: Any = boto3.client
    return make("s3", region_name=region_name())


if __name__ == "__main__":
    main()
