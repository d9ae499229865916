"""`shoplake deploy`: the template and its code, as a change set that is shown while it is carried out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from ingestion.cli.output import busy, say
from ingestion.cli.show import show_changes, show_events
from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.errors import UserError
from ingestion.stack.advice import explain, why_not
from ingestion.stack.artifacts import Artifacts
from ingestion.stack.aws import connect
from ingestion.stack.schedules import Schedules
from ingestion.stack.stack import ABSENT, Change, Stack, goes_on
from ingestion.stack.template import TEMPLATE, defaults

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
    email: Annotated[str | None, typer.Option(help="Address for alarms; AWS asks it to confirm.")] = None,
    arch: Annotated[Arch | None, typer.Option(help="Processor of the functions; the zips must be for it.")] = None,
    visitor_limit: Annotated[int | None, typer.Option(help="Requests a minute that make a visitor a suspect.")] = None,
    waf: Annotated[Waf | None, typer.Option(help="Make an IP set of suspects, for your web ACL.")] = None,
    empty_bucket: Annotated[
        bool | None,
        typer.Option("--empty-bucket-on-destroy/--keep-data", help="Whether `shoplake destroy` deletes the data."),
    ] = None,
    reserve_concurrency: Annotated[
        bool | None, typer.Option(help="A share of the account's Lambda concurrency; a new account has none.")
    ] = None,
    bronze_database: Annotated[str | None, typer.Option(help="Glue database of what arrives.")] = None,
    schema: Annotated[str | None, typer.Option(help="First part of the names of what dbt builds.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="Any other parameter of the template, as Name=value.")
    ] = None,
    zips: Annotated[Path, typer.Option(help="Where `make package` put the functions.")] = ZIPS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
) -> None:
    """Make or change the stack on AWS; what is not given keeps its value. Nothing runs until `shoplake start`."""
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
        raise UserError(f"--email {email}: that is no e-mail address")
    given = _named(parameter or []) | {name: str(value) for name, value in options.items() if value is not None}
    aws = connect(region, profile)
    target, artifacts = Stack(aws, stack), Artifacts(aws, stack)
    if problem := why_not(stack, target.status()):
        raise UserError(problem)
    where = f"{stack} in {aws.region} of account {aws.account}"
    made = artifacts.make()
    try:
        changes = _prepare(target, artifacts, given, zips)
        if changes and not dry_run:
            schedules = Schedules.of(aws, stack)
            try:
                _carry_out(target, where)
            finally:
                schedules.restore()
    finally:
        # what a dry run or a first try that failed has made is not left behind
        if made and (dry_run or target.status() in {ABSENT, "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}):
            artifacts.remove()
    if not changes:
        say(f"No changes: {where} is as the template says.")
    elif dry_run:
        target.drop_change_set()
        show_changes(changes)
        say(f"Dry run: {where} was not touched.")
    else:
        of = "" if stack == DEFAULT_STACK else f" --stack {stack}"
        following = f"`shoplake start{of}` (generator and builds), `shoplake status{of}`, `shoplake env{of}`"
        say(f"{where} stands. Next: {following}")


def _prepare(target: Stack, artifacts: Artifacts, given: dict[str, str], zips: Path) -> list[Change]:
    """A change set for the parameters `given`, with the code that stands in the artifacts bucket."""
    before = target.parameters()
    processor = given.get("Architecture") or before.get("Architecture") or defaults()["Architecture"]
    with busy("Uploading what is not there yet ..."):
        code = artifacts.upload_code(zips, processor)
        url = artifacts.upload_template(TEMPLATE.read_text())
    given = given | {
        "CodeBucket": artifacts.bucket,
        "DoorCode": code.door,
        "GeneratorCode": code.generator,
        "ProjectCode": code.project,
    }
    if "BronzeStart" not in before:
        given.setdefault("BronzeStart", f"{datetime.now(UTC):%Y-%m-%d}")
    with busy("Waiting for the change set ..."):
        return target.create_change_set(url, given, set(defaults()))


def _carry_out(target: Stack, where: str) -> None:
    with goes_on(target.name):
        events = show_events(target.execute())
    status = target.status()
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        left = "nothing of it is left" if status == "DELETE_COMPLETE" else f"its state is {status}"
        raise UserError("\n".join([f"{where} could not be deployed, {left}:", *explain(events)]))


def _named(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--parameter {text}: write Name=value")
        if name not in defaults():
            raise UserError(f"--parameter {text}: there is no parameter {name}; the names are {', '.join(defaults())}")
        found[name] = value
    return found


def _yes_no(given: bool | None) -> str | None:
    return None if given is None else "yes" if given else "no"
