from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ingestion.cli.app import app
from ingestion.cost.model import Load, bill, billed_bytes, total, without
from ingestion.cost.prices import prices

MILLION = Load(events_per_day=1_000_000)


def test_a_record_a_line_is_billed_in_steps_of_5_kb() -> None:
    assert billed_bytes(without(replace(MILLION, bytes_per_event=600))) == 30_000_000 * 5 * 1024
    assert billed_bytes(without(replace(MILLION, bytes_per_event=5_121))) == 30_000_000 * 10 * 1024


def test_packed_records_are_billed_for_little_more_than_their_bytes() -> None:
    sent = 30_000_000 * 600
    assert sent <= billed_bytes(MILLION) < sent * 1.01


def test_ten_times_the_builds_are_ten_times_the_build_minutes_and_bytes() -> None:
    def of(load: Load, service: str) -> float:
        return sum(line.dollars for line in bill(load) if line.service == service)

    more = replace(MILLION, builds=MILLION.builds * 10)
    for service in ("Athena", "CodeBuild"):
        assert of(more, service) == pytest.approx(10 * of(MILLION, service))


def test_a_shop_without_traffic_pays_for_what_stands_still() -> None:
    idle = bill(Load(events_per_day=1, builds=0))
    dear = {line.service for line in idle if line.dollars > 0.1}
    assert dear == {"CloudWatch", "KMS", "Secrets Manager"}


def stored(load: Load) -> float:
    return sum(line.dollars for line in bill(load) if "bronze" in line.what)


def test_bronze_in_objects_below_128_kb_is_never_moved_to_cheaper_storage() -> None:
    """A million events of 100 bytes in an object a minute make objects of 69 KB."""

    def cold(load: Load) -> list[float]:
        return [line.units for line in bill(load) if line.what.startswith("cold")]

    assert cold(MILLION) == [0, 0]
    assert stored(replace(MILLION, months=13)) - stored(replace(MILLION, months=12)) == pytest.approx(2 * 3 * 0.023)
    assert cold(replace(MILLION, events_per_day=1_880_000)) == [0, 0]
    assert cold(replace(MILLION, events_per_day=1_900_000)) == pytest.approx([0.19 * 60, 0.19 * 270])
    assert all(cold(replace(MILLION, buffer_s=300)))
    assert "below 128 KB" in CliRunner().invoke(app, ["cost", "--events-per-day", "1000000"]).stdout
    assert "below 128 KB" not in CliRunner().invoke(app, ["cost", "--events-per-day", "2000000"]).stdout


def test_old_bronze_is_cheaper_than_new() -> None:
    def storage(months: int) -> float:
        return stored(replace(MILLION, months=months, buffer_s=900))

    assert storage(2) - storage(1) > storage(13) - storage(12) > 0


def test_every_price_has_a_source_and_is_used() -> None:
    used = {line.price for line in bill(MILLION)}
    assert used == set(prices())
    for name, price in prices().items():
        assert price.source.startswith("https://"), name
        assert price.seen[:2] == "20", name


def test_athena_costs_what_was_measured_unless_another_figure_is_given() -> None:
    def dollars_a_build(load: Load) -> float:
        return sum(line.dollars for line in bill(load) if line.service == "Athena") / (30 * load.builds)

    # make athena-cost, and again with ARGS='--events 3000000 --days 3'
    assert dollars_a_build(replace(MILLION, events_per_day=30_000)) == pytest.approx(0.00405, rel=0.01)
    assert dollars_a_build(MILLION) == pytest.approx(0.00774, rel=0.01)
    assert dollars_a_build(replace(MILLION, athena_bytes=300_000_000)) == pytest.approx(0.0015)


def test_the_command_shows_every_service_doubt_and_alternative() -> None:
    shown = CliRunner().invoke(app, ["cost", "--events-per-day", "1000000"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    for line in bill(MILLION):
        assert line.service in shown.stdout
        assert line.what in shown.stdout
    assert shown.stdout.count("unconfirmed") == sum(price.unconfirmed for price in prices().values())
    assert f"{total(MILLION):,.2f}" in shown.stdout
    for alternative in ("not packed", "BufferSeconds=300", "dbt builds daily", "dbt builds 5min"):
        assert alternative in shown.stdout


def test_builds_that_do_not_fit_into_a_day_are_told() -> None:
    many = ["cost", "--events-per-day", "1000", "--builds", "5min", "--build-minutes", "6"]
    assert "does not fit 288 times" in CliRunner().invoke(app, many).stdout
