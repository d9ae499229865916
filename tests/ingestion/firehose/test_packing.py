from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.firehose.packing import BATCH_BYTES, RECORD_BYTES, Batcher, Packer
from tests.ingestion.firehose.sinks import lines_of


@settings(deadline=None)
@given(st.lists(st.integers(0, 3_000), max_size=60), st.integers(1, 2_000))
def test_packing_keeps_every_line_in_order_within_its_size(sizes: list[int], record_bytes: int) -> None:
    lines = [b"x" * size for size in sizes]
    packer = Packer(record_bytes)
    records = [*packer.add(lines), *packer.rest()]
    assert b"".join(record.data for record in records) == b"".join(line + b"\n" for line in lines)
    assert sum(record.lines for record in records) == len(lines)
    assert all(len(record.data) <= record_bytes or record.lines == 1 for record in records)


def test_full_records_waste_almost_none_of_the_billed_bytes() -> None:
    packer = Packer()
    records = list(packer.add(lines_of(20_000)))
    size = sum(len(record.data) for record in records)
    assert size / sum(record.billed_units * 5_120 for record in records) > 0.998


def test_a_batch_stays_below_the_limit_even_as_base64() -> None:
    packer, batcher = Packer(), Batcher()
    batches = [batch for record in packer.add(lines_of(40_000)) if (batch := batcher.add(record))]
    assert len(batches) > 2
    for batch in batches:
        assert BATCH_BYTES - RECORD_BYTES < sum(len(record.data) for record in batch) <= BATCH_BYTES
    assert sum(len(record.data) for record in batches[0]) * 4 / 3 <= 4 * 1024 * 1024
