"""The function that switches the generator and the dbt builds on and off, and returns their state."""

from __future__ import annotations

import os
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.errors import UserError
from ingestion.handlers.clients import client

ACTIONS: Final = ("start", "stop", "status")
_TIMES: Final = {"started_at": "startTime", "ended_at": "endTime"}
_RULES: Final = {"generator": "SHOPLAKE_GENERATOR_RULE", "builds": "SHOPLAKE_BUILD_RULE"}

logger: Final = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "orchestrator"))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Carry out `{"action": "start"|"stop"|"status", "what": "generator"|"builds"|"all"}`; return the state after it.

    Raises
    ------
    UserError
        The event has another form.
    """
    action, what = event.get("action"), event.get("what", "all")
    if action not in ACTIONS:
        raise UserError(f"action must be one of {', '.join(ACTIONS)}, not {action!r}")
    if what != "all" and what not in _RULES:
        raise UserError(f"what must be one of {', '.join(_RULES)}, all, not {what!r}")
    rules = {name: os.environ[variable] for name, variable in _RULES.items()}
    events = client("events", read_timeout=20)
    for name, rule in rules.items():
        if what in ("all", name) and action != "status":
            (events.enable_rule if action == "start" else events.disable_rule)(Name=rule)
            logger.info("rule switched", extra={"action": action, "rule": rule})
    return {
        **{name: events.describe_rule(Name=rule)["State"] for name, rule in rules.items()},
        "last_build": _last_build(os.environ["SHOPLAKE_BUILD_PROJECT"]),
    }


def _last_build(project: str) -> dict[str, Any] | None:
    """Id, status and times of the newest build. `stop` does not stop a build that is running."""
    codebuild = client("codebuild", read_timeout=20)
    ids = codebuild.list_builds_for_project(projectName=project, sortOrder="DESCENDING").get("ids", [])
    if not ids:
        return None
    build = codebuild.batch_get_builds(ids=ids[:1])["builds"][0]
    times = {name: build[field].isoformat() for name, field in _TIMES.items() if build.get(field)}
    return {"id": build["id"], "status": build["buildStatus"], **times}
