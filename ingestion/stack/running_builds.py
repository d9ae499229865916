"""Stops the dbt builds of a stack that is to be deleted.

ECS deletes no cluster that has tasks, EC2 no network that they use, and a build would write into the emptied bucket.
Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html (ClusterContainsTasksException)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from ingestion.stack.aws import Aws, aws_errors_for_user, error_code

_POLL_S: Final = 5.0
# a container has two minutes to end: StopTimeout in the template
_POLLS: Final = 36
# the stack has no rule or cluster yet, or any more; or CloudFormation names the permission that is missing
_PASSED_OVER: Final = {"ResourceNotFoundException", "ClusterNotFoundException", "AccessDeniedException"}


def stop_builds(aws: Aws, stack: str, *, sleep: Callable[[float], None] = time.sleep) -> int:
    """Switch the schedule of the builds off, stop those that run, and wait for their end; return how many ran."""
    from botocore.exceptions import ClientError

    ecs = aws.client("ecs")
    stopped: set[str] = set()
    with aws_errors_for_user():
        try:
            aws.client("events").disable_rule(Name=f"{stack}-build")
            for _ in range(_POLLS):
                running = _tasks(ecs, stack)
                if not running:
                    break
                for task in running - stopped:
                    ecs.stop_task(cluster=stack, task=task, reason="shoplake destroy")
                stopped |= running
                sleep(_POLL_S)
        except ClientError as error:
            if error_code(error) not in _PASSED_OVER:
                raise
    return len(stopped)


def _tasks(ecs: Any, cluster: str) -> set[str]:
    """The tasks that are not STOPPED: those that are to run, and those that are to stop but have not."""
    wanted = {
        task
        for status in ("RUNNING", "STOPPED")
        for task in ecs.list_tasks(cluster=cluster, desiredStatus=status)["taskArns"]
    }
    if not wanted:
        return set()
    found = ecs.describe_tasks(cluster=cluster, tasks=sorted(wanted)[:100])["tasks"]
    return {task["taskArn"] for task in found if task["lastStatus"] != "STOPPED"}
