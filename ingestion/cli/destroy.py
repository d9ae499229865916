"""`shoplake destroy`: deletes a stack, and its data only if the stack was deployed that way."""

from __future__ import annotations

from typing import Annotated

import typer

from ingestion.cli.output import say
from ingestion.cli.show import show_event
from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.errors import UserError
from ingestion.stack.aws import connect
from ingestion.stack.deletion import Deletion, KeptResources


def destroy(
    stack: StackName = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete the stack; delete its bucket and data only if it was deployed with --empty-bucket-on-destroy."""
    deletion = Deletion(connect(region, profile), stack)
    if not deletion.stack_exists():
        removed = deletion.remove_artifacts()
        note = f"; its bucket {deletion.artifacts_bucket} was still there and is now removed" if removed else ""
        say(f"There is no {deletion.label}{note}.")
        return
    deletes_data = deletion.deletes_data()
    kept = KeptResources() if deletes_data else deletion.kept_resources()
    fate = "WITH ALL ITS DATA" if deletes_data else f"but keep its data in {kept.bucket or 'its bucket'}"
    if not yes and not typer.confirm(f"Delete {deletion.label} {fate}?"):
        raise UserError("nothing was deleted")
    deletion.execute(show_event)
    say(f"{deletion.label} is deleted.")
    if kept.bucket:
        secrets = f", the secret behind visitor_hash, {kept.hmac_secret}" if kept.hmac_secret else ""
        secrets += f", the secret behind derived ids, {kept.id_secret}" if kept.id_secret else ""
        say(
            f"These stay, and cost money: bucket {kept.bucket}{secrets}, and the key that encrypts them, "
            f"{kept.data_key}.\n"
            "docs/guide/deploying.md explains how to load its events into a new stack, and how to delete all of it."
        )
