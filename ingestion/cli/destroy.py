"""`shoplake destroy`: the stack and what the command line made for it; data only if the stack was told so."""

from __future__ import annotations

from typing import Annotated

import typer

from ingestion.cli.output import say
from ingestion.cli.show import show_events
from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.errors import UserError
from ingestion.stack.advice import explain
from ingestion.stack.artifacts import Artifacts
from ingestion.stack.aws import connect
from ingestion.stack.stack import ABSENT, Stack, goes_on


def destroy(
    stack: StackName = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete the stack; the bucket with all data only if it was deployed with --empty-bucket-on-destroy."""
    aws = connect(region, profile)
    target, artifacts = Stack(aws, stack), Artifacts(aws, stack)
    where = f"{stack} in {aws.region} of account {aws.account}"
    if target.status() == ABSENT:
        also = f"; {artifacts.bucket} was left and is removed" if artifacts.remove() else ""
        say(f"There is no {where}{also}.")
        return
    empties = target.parameters().get("EmptyBucketOnDelete") == "yes"
    kept = _kept(target) if not empties else {}
    fate = "ALL ITS DATA WITH IT" if empties else f"its data stays in {kept.get('Bucket', 'the bucket')}"
    if not yes and not typer.confirm(f"Delete {where}, {fate}?"):
        raise UserError("nothing was deleted")
    with goes_on(stack):
        events = show_events(target.delete())
    if target.status() != "DELETE_COMPLETE":
        sentences = explain(events) or [f"its state is {target.status()}"]
        raise UserError("\n".join([f"{where} is not deleted:", *sentences]))
    artifacts.remove()
    say(f"{where} is gone.")
    if kept:
        # a stack of an older template took its secret along
        secret = f", the secret behind visitor_hash, {kept['HmacSecret']}" if "HmacSecret" in kept else ""
        say(
            f"What stays, and costs: bucket {kept['Bucket']}{secret}, and the key they are encrypted with, "
            f"{kept['DataKey']}.\n"
            "docs/guide/deploying.md says how to bring its events into a new stack, and how to delete all of it."
        )


def _kept(target: Stack) -> dict[str, str]:
    try:
        return target.outputs()
    except UserError:
        # a stack that was never whole has no outputs, and its bucket nothing in it
        return {}
