"""`shoplake deploy`: creates or updates a stack, and prints its events while CloudFormation works."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from ingestion.cli.output import busy, say
from ingestion.cli.show import show_changes, show_event
from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.errors import UserError
from ingestion.stack.aws import connect
from ingestion.stack.deployment import Deployment
from ingestion.stack.given_parameters import check_parameters
from ingestion.stack.template import defaults

ZIPS: Final = Path("dist/lambda")


class Arch(StrEnum):
    arm64 = "arm64"
    x86_64 = "x86_64"


class Waf(StrEnum):
    none = "none"
    regional = "REGIONAL"
    cloudfront = "CLOUDFRONT"


def deploy(
    stack: StackName = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
    email: Annotated[
        str | None, typer.Option(help="E-mail address for alarms; AWS sends it a request to confirm.")
    ] = None,
    arch: Annotated[
        Arch | None, typer.Option(help="Processor of the functions; the zips must be built for it.")
    ] = None,
    visitor_limit: Annotated[
        int | None, typer.Option(help="Requests a minute above which a visitor is a suspect.")
    ] = None,
    waf: Annotated[Waf | None, typer.Option(help="Create IP sets of suspects, for your web ACL.")] = None,
    empty_bucket: Annotated[
        bool | None,
        typer.Option("--empty-bucket-on-destroy/--keep-data", help="Whether `shoplake destroy` deletes the data."),
    ] = None,
    reserve_concurrency: Annotated[
        bool | None, typer.Option(help="Reserve Lambda concurrency for the functions; a new account has too little.")
    ] = None,
    bronze_database: Annotated[str | None, typer.Option(help="Glue database of bronze.")] = None,
    schema: Annotated[
        str | None, typer.Option(help="First part of the names of the databases that dbt builds.")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="Any other parameter of the template, as Name=value.")
    ] = None,
    zips: Annotated[Path, typer.Option(help="Folder that `make package` wrote.")] = ZIPS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, but change nothing.")] = False,
) -> None:
    """Create or update the stack on AWS; options not given keep their values. Nothing runs until `shoplake start`."""
    options = {
        "Email": email,
        "Architecture": arch,
        "VisitorLimit": visitor_limit,
        "WafScope": waf,
        "EmptyBucketOnDelete": _yes_no(empty_bucket),
        "ReserveConcurrency": _yes_no(reserve_concurrency),
        "BronzeDatabase": bronze_database,
        "Schema": schema,
    }
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise UserError(f"--email {email}: this is not an e-mail address")
    parameters = _parsed(parameter or []) | {name: str(value) for name, value in options.items() if value is not None}
    aws = connect(region, profile)
    check_parameters(parameters, aws.region)
    deployment = Deployment(aws, stack)
    with busy("Checking the region and your rights ..."):
        deployment.check(parameters)
    with deployment.artifacts_bucket(dry_run=dry_run):
        with busy("Uploading the code ..."):
            template = deployment.upload(parameters, zips, datetime.now(UTC).date())
        with busy("Waiting for the change set ..."):
            changes = deployment.create_change_set(template)
        if changes and not dry_run:
            deployment.execute(show_event)
    if changes and not dry_run:
        deployment.retire_code()
    if not dry_run and (image := deployment.image_to_make()):
        say("CodeBuild makes the image of the dbt builds, which takes about three minutes ...")
        with busy("Waiting for CodeBuild ..."):
            image.make()
    if not changes:
        say(f"No changes: {deployment.label} is up to date.")
    elif dry_run:
        deployment.drop_change_set()
        show_changes(changes)
        say(f"Dry run: {deployment.label} was not changed.")
    else:
        option = "" if stack == DEFAULT_STACK else f" --stack {stack}"
        commands = f"`shoplake start{option}` (generator and builds), `shoplake status{option}`, `shoplake env{option}`"
        say(f"{deployment.label} is deployed. Next: {commands}")


def _parsed(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--parameter {text}: write Name=value")
        if name not in defaults():
            raise UserError(
                f"--parameter {text}: the template has no parameter {name}; its parameters are {', '.join(defaults())}"
            )
        found[name] = value
    return found


def _yes_no(given: bool | None) -> str | None:
    return None if given is None else "yes" if given else "no"
