from __future__ import annotations

from typer.testing import CliRunner

from ingestion.cli.app import app
from ingestion.cost.model import Load, bill, total
from ingestion.cost.prices import prices
from tests.support.command import run

MILLION = Load(events_per_day=1_000_000)


def test_the_command_shows_every_service_every_unconfirmed_price_and_every_alternative() -> None:
    # in a process of its own, because rich reads the width of the terminal when it is imported
    shown = run("cost", "--events-per-day", "1000000")
    assert shown.returncode == 0
    for line in bill(MILLION):
        assert line.service in shown.stdout
        assert line.what in shown.stdout
    assert shown.stdout.count("unconfirmed") == sum(price.unconfirmed for price in prices().values())
    assert f"{total(MILLION):,.2f}" in shown.stdout
    for alternative in ("not packed", "BufferSeconds=300", "dbt builds daily", "dbt builds 5min"):
        assert alternative in shown.stdout
    assert "dbt builds hourly" not in shown.stdout


def test_objects_that_s3_does_not_move_to_cheaper_storage_are_reported() -> None:
    assert "below 128 KB" in CliRunner().invoke(app, ["cost", "--events-per-day", "1000000"]).stdout
    assert "below 128 KB" not in CliRunner().invoke(app, ["cost", "--events-per-day", "2000000"]).stdout


def test_builds_that_do_not_fit_into_a_day_are_reported() -> None:
    many = ["cost", "--events-per-day", "1000", "--builds", "5min", "--build-minutes", "6"]
    assert "does not fit 288 times" in CliRunner().invoke(app, many).stdout
