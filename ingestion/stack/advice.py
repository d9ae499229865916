"""What to do about a resource that CloudFormation could not make, change or delete."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ingestion.stack.aws import missing_right
from ingestion.stack.stack import Event

_CURES: Final = (
    (
        r"already exists|AlreadyExists|already in use|ResourceInUse",
        "the name is taken, by another stack or from an earlier one: remove what has it, or deploy with other names "
        "(--stack, --bronze-database, --schema)",
    ),
    (
        r"UnreservedConcurrentExecution",
        "the account has too little Lambda concurrency to reserve some: deploy with --no-reserve-concurrency, or ask "
        "AWS for a higher quota",
    ),
    (
        r"BucketNotEmpty|bucket you tried to delete is not empty",
        "the bucket still has objects: `shoplake deploy --empty-bucket-on-destroy`, then `shoplake destroy`",
    ),
    (
        r"LimitExceeded|[Qq]uota|limit .*exceeded",
        "a quota of the account is used up: AWS Service Quotas shows which one",
    ),
    (r"Architecture|exec format", "the zips are for another processor: `make package ARCH=...` and --arch must agree"),
)

# A stack in such a state takes no change set: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
_STUCK: Final = {
    "ROLLBACK_COMPLETE": "it was never whole: `shoplake destroy --stack {name}`, then deploy again",
    "ROLLBACK_FAILED": "its roll-back failed: `shoplake destroy --stack {name}`, then deploy again",
    "CREATE_FAILED": "it was never whole: `shoplake destroy --stack {name}`, then deploy again",
    "DELETE_FAILED": "`shoplake destroy --stack {name}` tries again and says what stands in the way",
    "UPDATE_ROLLBACK_FAILED": (
        "it can go neither on nor back: once the cause is gone, "
        "`aws cloudformation continue-update-rollback --stack-name {name}` (docs/guide/troubleshooting.md)"
    ),
}


def why_not(name: str, status: str) -> str | None:
    """Why the stack `name` in the state `status` cannot be deployed now; None if it can."""
    if status in _STUCK:
        return f"the stack {name} is in the state {status}: " + _STUCK[status].format(name=name)
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        return f"the stack {name} is being changed ({status}): wait until `shoplake status` shows it at rest"
    return None


def explain(events: Iterable[Event]) -> list[str]:
    """One sentence for every resource that failed: which, why, what to do."""
    sentences = []
    for event in events:
        if event.failed and event.kind != "AWS::CloudFormation::Stack":
            cure = missing_right(event.reason) or next(
                (cure for pattern, cure in _CURES if re.search(pattern, event.reason)), ""
            )
            sentences.append(f"{event.resource} ({event.kind}): {event.reason}" + (f"\n  {cure}" if cure else ""))
    return sentences
