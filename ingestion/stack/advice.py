"""What the user can do when a stack cannot be deployed, or when CloudFormation fails on a resource."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ingestion.stack.aws import missing_permission
from ingestion.stack.stack import Event


@dataclass(frozen=True, slots=True)
class _Remedy:
    """What to do about a failure whose reason matches `pattern`."""

    pattern: str
    advice: str


_REMEDIES: Final = (
    _Remedy(
        r"Lake Formation permission",
        "Lake Formation governs the databases of this account: deploy as a data lake administrator with "
        "-p LakeFormation=yes (docs/guide/deploying.md)",
    ),
    _Remedy(
        r"already exists|AlreadyExists|already in use|ResourceInUse",
        "the name is taken, by another stack or by a resource of an earlier one: delete that resource, or deploy with "
        "other names (--stack, --bronze-database, --schema)",
    ),
    _Remedy(
        r"UnreservedConcurrentExecution",
        "the account has too little Lambda concurrency to reserve any: deploy with --no-reserve-concurrency, or ask "
        "AWS for a higher quota",
    ),
    _Remedy(
        r"BucketNotEmpty|bucket you tried to delete is not empty",
        "the bucket still contains objects: run `shoplake deploy --empty-bucket-on-destroy`, then `shoplake destroy`",
    ),
    _Remedy(
        r"service linked role",
        "AWS has just made the role of ECS, for the first cluster of this account: deploy again",
    ),
    _Remedy(
        r"LimitExceeded|[Qq]uota|limit .*exceeded",
        "a quota of the account is used up: AWS Service Quotas shows which one",
    ),
    _Remedy(
        r"Architecture|exec format",
        "the zips are for another processor: use the same architecture for `make package ARCH=...` and --arch",
    ),
)

# CloudFormation accepts no change set in these states:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
_STUCK: Final = {
    "ROLLBACK_COMPLETE": "it was never complete: run `shoplake destroy --stack {name}`, then deploy again",
    "ROLLBACK_FAILED": "its rollback failed: run `shoplake destroy --stack {name}`, then deploy again",
    "CREATE_FAILED": "it was never complete: run `shoplake destroy --stack {name}`, then deploy again",
    "DELETE_FAILED": "run `shoplake destroy --stack {name}`: it tries again and prints what prevents the deletion",
    "UPDATE_ROLLBACK_FAILED": (
        "its update and the rollback of it failed: remove the cause, then run "
        "`aws cloudformation continue-update-rollback --stack-name {name}` (docs/guide/troubleshooting.md)"
    ),
}


def deployment_blocker(name: str, status: str) -> str | None:
    """Return why the stack `name` cannot be deployed in the state `status`, and what to do; None if it can."""
    if status in _STUCK:
        return f"the stack {name} is in the state {status}: " + _STUCK[status].format(name=name)
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        return (
            f"CloudFormation is still changing the stack {name} ({status}): wait until `shoplake status` shows that "
            "it has finished"
        )
    return None


def explain_failures(events: Iterable[Event]) -> list[str]:
    """Return one message for every resource that failed: which resource, the reason, what to do."""
    messages = []
    for event in events:
        if event.failed and event.kind != "AWS::CloudFormation::Stack":
            advice = missing_permission(event.reason) or next(
                (remedy.advice for remedy in _REMEDIES if re.search(remedy.pattern, event.reason)), ""
            )
            messages.append(f"{event.resource} ({event.kind}): {event.reason}" + (f"\n  {advice}" if advice else ""))
    return messages
