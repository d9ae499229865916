from __future__ import annotations

from dataclasses import replace

import pytest

from ingestion.cost.model import Basis, Load, bill, billed_bytes, moves_to_cold_storage, total, unpacked

MILLION = Load(events_per_day=1_000_000)


def test_one_line_per_record_is_billed_in_steps_of_5_kb() -> None:
    assert billed_bytes(unpacked(replace(MILLION, bytes_per_event=600))) == 30_000_000 * 5 * 1024
    assert billed_bytes(unpacked(replace(MILLION, bytes_per_event=5_121))) == 30_000_000 * 10 * 1024


def test_packed_records_are_billed_for_little_more_than_their_bytes() -> None:
    sent = 30_000_000 * 600
    assert sent <= billed_bytes(MILLION) < sent * 1.01


def test_ten_times_the_builds_are_ten_times_the_build_minutes_and_bytes() -> None:
    def of(load: Load, service: str) -> float:
        return sum(line.dollars for line in bill(load) if line.service == service)

    more = replace(MILLION, builds=MILLION.builds * 10)
    for service in ("Athena", "Fargate"):
        assert of(more, service) == pytest.approx(10 * of(MILLION, service))


def test_a_shop_without_traffic_pays_the_fixed_costs() -> None:
    idle = bill(Load(events_per_day=1, builds=0))
    services = {line.service for line in idle if line.dollars > 0.1}
    assert services == {"CloudWatch", "KMS", "Secrets Manager"}


def stored(load: Load) -> float:
    return sum(line.dollars for line in bill(load) if "bronze" in line.what)


def test_bronze_in_objects_below_128_kb_is_never_moved_to_cheaper_storage() -> None:
    """With a million events of 100 bytes and an object a minute, an object has 69 KB."""
    million = replace(MILLION, buffer_s=60)

    def cold(load: Load) -> list[float]:
        return [line.units for line in bill(load) if line.price in ("s3_archive_gb", "s3_thousand_moves")]

    assert cold(million) == [0, 0]
    assert stored(replace(million, months=13)) - stored(replace(million, months=12)) == pytest.approx(2 * 3 * 0.023)
    assert cold(replace(million, events_per_day=1_880_000)) == [0, 0]
    assert cold(replace(million, events_per_day=1_900_000)) == pytest.approx([0.19 * 330, 1.44 * 30])
    assert all(cold(MILLION))
    assert not moves_to_cold_storage(million)
    assert moves_to_cold_storage(replace(million, events_per_day=2_000_000))


def test_moving_an_object_to_the_archive_is_paid_back_by_what_it_saves() -> None:
    kept = replace(MILLION, buffer_s=60)
    # of a month's objects: what the move costs once, and what the archive saves each month
    moved = dollars(MILLION, "s3_thousand_moves")
    saved = 30 * 0.1 * (0.023 - 0.004)
    assert dollars(kept, "s3_thousand_moves") == 0
    assert moved / saved < 4
    assert dollars(replace(MILLION, months=1), "s3_thousand_moves") == 0


def test_old_bronze_is_cheaper_than_new() -> None:
    def storage(months: int) -> float:
        return stored(replace(MILLION, months=months, buffer_s=900))

    assert storage(2) - storage(1) > storage(13) - storage(12) > 0


def test_athena_costs_what_was_measured_unless_a_value_is_given() -> None:
    def dollars_a_build(load: Load) -> float:
        return sum(line.dollars for line in bill(load) if line.service == "Athena") / (30 * load.builds)

    # make athena-cost, and again with ARGS='--events 3000000 --days 3'; the latter less what was saved since
    assert dollars_a_build(replace(MILLION, events_per_day=30_000)) == pytest.approx(0.00425, rel=0.01)
    assert dollars_a_build(MILLION) == pytest.approx(0.00743 - 0.00083 - 0.00025, rel=0.01)
    assert dollars_a_build(replace(MILLION, athena_bytes=300_000_000)) == pytest.approx(0.0015)


def dollars(load: Load, price: str) -> float:
    [line] = [line for line in bill(load) if line.price == price]
    return line.dollars


def test_a_million_events_a_day_with_hourly_builds_cost_at_most_15_dollars() -> None:
    assert total(MILLION) <= 15


@pytest.mark.parametrize(("months", "keys"), [(1, 1), (12, 1), (13, 2), (25, 3), (60, 3)])
def test_the_key_costs_more_after_each_of_its_first_two_rotations(months: int, keys: int) -> None:
    assert dollars(replace(MILLION, months=months), "kms_key") == keys * 1.00


def test_the_free_tier_is_taken_off_and_never_below_nothing() -> None:
    free = replace(MILLION, free_tier=True)
    # 20 metrics of alarms, of which 10 are free; 4 custom metrics, of which 10 are
    assert dollars(free, "cloudwatch_alarm_metric") == pytest.approx(1.00)
    assert dollars(free, "cloudwatch_metric") == 0
    assert dollars(free, "secret") == dollars(MILLION, "secret")
    assert total(free) < total(MILLION)


def test_another_region_has_its_own_prices() -> None:
    frankfurt = replace(MILLION, region="eu-central-1")
    assert dollars(frankfurt, "s3_thousand_reads") == pytest.approx(1_440 * 0.00043)
    assert [line.units for line in bill(frankfurt)] == [line.units for line in bill(MILLION)]


def test_what_the_user_gives_for_athena_and_what_lies_beyond_the_measured_loads_was_not_measured_here() -> None:
    def basis(load: Load) -> Basis:
        [line] = [line for line in bill(load) if line.service == "Athena"]
        return line.basis

    assert basis(MILLION) == Basis.measured
    assert basis(replace(MILLION, athena_bytes=1)) == Basis.assumed
    assert basis(replace(MILLION, events_per_day=100_000_000)) == Basis.assumed
