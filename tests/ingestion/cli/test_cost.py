from __future__ import annotations

from dataclasses import replace

from typer.testing import CliRunner

from ingestion.cli.app import app
from ingestion.cost.model import Load, bill, total
from ingestion.cost.prices import prices
from ingestion.errors import UserError
from tests.support.command import run

MILLION = Load(events_per_day=1_000_000)


def test_the_command_shows_every_service_every_unconfirmed_price_and_every_alternative() -> None:
    # in a process of its own, because rich reads the width of the terminal when it is imported
    shown = run("cost", "--events-per-day", "1000000")
    assert shown.returncode == 0
    for line in bill(MILLION):
        assert line.service in shown.stdout
        assert line.what in shown.stdout
    # and one in the notes
    assert shown.stdout.count("unconfirmed") == sum(price.unconfirmed for price in prices().values()) + 1
    assert f"{total(MILLION):,.2f}" in shown.stdout
    for basis in ("measured", "counted", "assumed"):
        assert basis in shown.stdout
    for alternative in (
        "not packed",
        "BufferSeconds=60",
        "MakeDashboard=yes",
        "third year",
        "dbt builds daily",
        "dbt builds 5min",
    ):
        assert alternative in shown.stdout
    assert "dbt builds hourly" not in shown.stdout


def test_objects_that_s3_does_not_move_to_cheaper_storage_are_reported() -> None:
    assert "below 128 KB" in CliRunner().invoke(app, ["cost", "--events-per-day", "100000"]).stdout
    assert "below 128 KB" not in CliRunner().invoke(app, ["cost", "--events-per-day", "2000000"]).stdout


def test_a_region_and_the_free_tier_change_the_total_and_what_the_notes_say() -> None:
    frankfurt = CliRunner().invoke(app, ["cost", "--events-per-day", "1000000", "--region", "eu-central-1"]).stdout
    assert "Prices are those of eu-central-1" in frankfurt
    assert f"{total(replace(MILLION, region='eu-central-1')):,.2f}" in frankfurt
    free = CliRunner().invoke(app, ["cost", "--events-per-day", "1000000", "--free-tier"]).stdout
    assert f"{total(replace(MILLION, free_tier=True)):,.2f}" in free
    assert "less what AWS gives every account" in free
    # of which no price was read
    ireland = CliRunner().invoke(app, ["cost", "--events-per-day", "1000000", "--region", "eu-west-1"]).stdout
    assert "Prices are those of eu-west-1, read nowhere" in ireland
    result = CliRunner().invoke(app, ["cost", "--events-per-day", "1", "--region", "mars-1"])
    assert isinstance(result.exception, UserError)
    assert "us-east-1, eu-central-1, eu-west-1" in str(result.exception)


def test_builds_that_do_not_fit_into_a_day_are_reported() -> None:
    many = ["cost", "--events-per-day", "1000", "--builds", "5min", "--build-minutes", "6"]
    assert "does not fit 288 times" in CliRunner().invoke(app, many).stdout
