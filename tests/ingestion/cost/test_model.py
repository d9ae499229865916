from __future__ import annotations

from dataclasses import replace

import pytest

from ingestion.cost.model import Load, bill, billed_bytes, moves_to_cold_storage, unpacked

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
    for service in ("Athena", "CodeBuild"):
        assert of(more, service) == pytest.approx(10 * of(MILLION, service))


def test_a_shop_without_traffic_pays_the_fixed_costs() -> None:
    idle = bill(Load(events_per_day=1, builds=0))
    services = {line.service for line in idle if line.dollars > 0.1}
    assert services == {"CloudWatch", "KMS", "Secrets Manager"}


def stored(load: Load) -> float:
    return sum(line.dollars for line in bill(load) if "bronze" in line.what)


def test_bronze_in_objects_below_128_kb_is_never_moved_to_cheaper_storage() -> None:
    """With a million events of 100 bytes and an object a minute, an object has 69 KB."""

    def cold(load: Load) -> list[float]:
        return [line.units for line in bill(load) if line.what in ("infrequent access: bronze", "archive: bronze")]

    assert cold(MILLION) == [0, 0]
    assert stored(replace(MILLION, months=13)) - stored(replace(MILLION, months=12)) == pytest.approx(2 * 3 * 0.023)
    assert cold(replace(MILLION, events_per_day=1_880_000)) == [0, 0]
    assert cold(replace(MILLION, events_per_day=1_900_000)) == pytest.approx([0.19 * 60, 0.19 * 270])
    assert all(cold(replace(MILLION, buffer_s=300)))
    assert not moves_to_cold_storage(MILLION)
    assert moves_to_cold_storage(replace(MILLION, events_per_day=2_000_000))


def test_old_bronze_is_cheaper_than_new() -> None:
    def storage(months: int) -> float:
        return stored(replace(MILLION, months=months, buffer_s=900))

    assert storage(2) - storage(1) > storage(13) - storage(12) > 0


def test_athena_costs_what_was_measured_unless_a_value_is_given() -> None:
    def dollars_a_build(load: Load) -> float:
        return sum(line.dollars for line in bill(load) if line.service == "Athena") / (30 * load.builds)

    # make athena-cost, and again with ARGS='--events 3000000 --days 3'
    assert dollars_a_build(replace(MILLION, events_per_day=30_000)) == pytest.approx(0.00405, rel=0.01)
    assert dollars_a_build(MILLION) == pytest.approx(0.00774, rel=0.01)
    assert dollars_a_build(replace(MILLION, athena_bytes=300_000_000)) == pytest.approx(0.0015)
