"""The function that starts dbt builds, switches their schedule and the generator's, and returns their state."""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.errors import UserError
from ingestion.handlers.clients import client

ACTIONS: Final = ("build", "start", "stop", "status")
_RULES: Final = {"generator": "SHOPLAKE_GENERATOR_RULE", "builds": "SHOPLAKE_BUILD_RULE"}
# what a build writes about itself: ingestion/image/scheduled_build.py
_STATE: Final = "docs/build.json"
_NO_STATE: Final = {"NoSuchKey", "NoSuchBucket", "AccessDenied"}

logger: Final = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "orchestrator"))


class NotStartedError(Exception):
    """ECS did not start the build. Lambda calls the function again, and then keeps the call as a dead letter."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Carry out `{"action": "build"|"start"|"stop"|"status", "what": "generator"|"builds"|"all"}`; return the state.

    EventBridge also sends it the end of every build, which it writes to its log.

    Raises
    ------
    UserError
        The event has another form.
    NotStartedError
        A build was to start and did not.
    """
    if event.get("detail-type") == "ECS Task State Change":
        return _note_end(event["detail"])
    action, what = event.get("action"), event.get("what", "all")
    if action not in ACTIONS:
        raise UserError(f"action must be one of {', '.join(ACTIONS)}, not {action!r}")
    if what != "all" and what not in _RULES:
        raise UserError(f"what must be one of {', '.join(_RULES)}, all, not {what!r}")
    if action == "build":
        return _build()
    rules = {name: os.environ[variable] for name, variable in _RULES.items()}
    events = client("events", read_timeout=20)
    for name, rule in rules.items():
        if what in ("all", name) and action != "status":
            (events.enable_rule if action == "start" else events.disable_rule)(Name=rule)
            logger.info("rule switched", extra={"action": action, "rule": rule})
    return {
        **{name: events.describe_rule(Name=rule)["State"] for name, rule in rules.items()},
        "last_build": _last_build(),
    }


def _build() -> dict[str, Any]:
    """Start a build, unless one is running: two at once would merge into the same tables."""
    if _is_running():
        logger.warning("not started", extra={"reason": "a build is running"})
        return {"started": None}
    response = client("ecs", read_timeout=20).run_task(
        cluster=os.environ["SHOPLAKE_BUILD_CLUSTER"],
        taskDefinition=os.environ["SHOPLAKE_BUILD_TASK"],
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": os.environ["SHOPLAKE_BUILD_SUBNETS"].split(),
                "securityGroups": [os.environ["SHOPLAKE_BUILD_SECURITY_GROUP"]],
                "assignPublicIp": "ENABLED",
            }
        },
    )
    if failures := response.get("failures"):
        raise NotStartedError(f"ECS did not start the build: {failures[0].get('reason')}")
    task = response["tasks"][0]["taskArn"]
    logger.info("build started", extra={"task": task})
    return {"started": task}


def _is_running() -> bool:
    """Whether the cluster, which is for builds only, has a task that is to run, also one that still starts."""
    cluster = os.environ["SHOPLAKE_BUILD_CLUSTER"]
    return bool(client("ecs", read_timeout=20).list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"])


def _last_build() -> dict[str, Any] | None:
    """Status and times of the newest build. `stop` does not stop a build that is running."""
    state = _state()
    if not state:
        return None
    status = "KILLED" if state["status"] == "RUNNING" and not _is_running() else state["status"]
    return {"status": status, "started_at": state["started_at"], "ended_at": state.get("ended_at")}


def _state() -> dict[str, Any]:
    from botocore.exceptions import ClientError

    try:
        found = client("s3", read_timeout=20).get_object(Bucket=os.environ["SHOPLAKE_BUCKET"], Key=_STATE)
    except ClientError as error:
        # S3 calls an object that does not exist forbidden, if one may not list the bucket
        if error.response["Error"]["Code"] not in _NO_STATE:
            raise
        return {}
    state: dict[str, Any] = json.loads(found["Body"].read())
    return state


def _note_end(task: dict[str, Any]) -> dict[str, Any]:
    codes = [container.get("exitCode") for container in task.get("containers", [])]
    end = {"task": task["taskArn"], "exit_codes": codes, "reason": task.get("stoppedReason", "")}
    if task.get("pullStartedAt") and task.get("stoppedAt"):
        # ECS bills from the pull of the image on
        billed = datetime.fromisoformat(task["stoppedAt"]) - datetime.fromisoformat(task["pullStartedAt"])
        end["billed_seconds"] = round(billed.total_seconds())
    (logger.info if codes == [0] else logger.error)("build ended", extra=end)
    return end
