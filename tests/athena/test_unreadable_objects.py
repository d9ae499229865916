"""Objects of bronze that Athena cannot read: which it passes over, and that the message names the others.

docs/guide/operating.md says what a user does. Athena has one reader for a table, so dbt cannot pass over an object.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.lake.bronze_table import PREFIX
from local_aws.athena_client import QueryFailedError
from local_aws.launcher import Instance
from tests.athena.support.warehouse import BUCKET, AthenaWarehouse
from tests.ingestion.warehouse.test_object_problem import MEMBER, READABLE, UNREADABLE

DAY = (datetime.now(UTC) - timedelta(days=1)).date()
# what DuckDB does not read, and Athena does: how many lines it counts
READ = {
    "0 bytes": 0,
    "one byte of a second member": 1,
    "padding": 1,
    "much padding": 1,
    "padding between members": 1,
    "text at the end": 1,
    "a comment in the header": 1,
    "a line over the limit": 3,
    "a line of 50 MB": 3,
    "a long last line": 2,
    "a long line across members": 1,
}
# 90 MB of nothing are no proof of anything on a small Trino
FAILS = [kind for kind in UNREADABLE if kind not in {*READ, "lines of nothing"}]


@pytest.fixture(scope="module")
def athena(instance: Instance) -> AthenaWarehouse:
    return AthenaWarehouse(instance, DAY)


@pytest.fixture
def hour(athena: AthenaWarehouse) -> str:
    """The prefix of an hour, which is empty; what another test put there is gone."""
    for key in athena.aws.list_objects(BUCKET, PREFIX):
        athena.aws.delete_object(BUCKET, key)
    return f"{PREFIX}dt={DAY}/hour=06/"


def lines(athena: AthenaWarehouse) -> int:
    [[count]] = athena.query(f"select count(*) from bronze.events where dt = '{DAY}' and hour = '06'").rows[1:]
    assert count is not None
    return int(count)


@pytest.mark.parametrize("kind", READ)
def test_some_objects_are_read_as_far_as_they_go(athena: AthenaWarehouse, hour: str, kind: str) -> None:
    athena.aws.put_object(BUCKET, f"{hour}a.gz", UNREADABLE[kind][0])
    assert lines(athena) == READ[kind]


@pytest.mark.parametrize("kind", FAILS)
def test_the_message_names_the_object_that_fails(athena: AthenaWarehouse, hour: str, kind: str) -> None:
    athena.aws.put_object(BUCKET, f"{hour}whole.gz", MEMBER)
    athena.aws.put_object(BUCKET, f"{hour}a.gz", UNREADABLE[kind][0])
    with pytest.raises(QueryFailedError, match=rf"s3://{BUCKET}/{hour}a\.gz") as failed:
        lines(athena)
    assert str(failed.value).startswith(("HIVE_CURSOR_ERROR", "HIVE_CANNOT_OPEN_SPLIT"))
    athena.aws.delete_object(BUCKET, f"{hour}a.gz")
    assert lines(athena) == 1


@pytest.mark.parametrize("kind", [kind for kind in READABLE if kind != "lines without an event"])
def test_what_duckdb_reads_is_read(athena: AthenaWarehouse, hour: str, kind: str) -> None:
    athena.aws.put_object(BUCKET, f"{hour}a.gz", READABLE[kind])
    assert (lines(athena) > 0) == (kind != "no line")


def test_objects_in_folders_that_are_no_hour_are_never_read(athena: AthenaWarehouse, hour: str) -> None:
    athena.aws.put_object(BUCKET, f"{hour}whole.gz", MEMBER)
    for folder in (
        "dt=backfill/hour=06",
        "dt=2026-02-30/hour=06",
        f"dt={DAY}/hour=xx",
        f"dt={DAY}/hour=24",
        f"dt={DAY}",
    ):
        athena.aws.put_object(BUCKET, f"{PREFIX}{folder}/a.gz", b"foreign")
    [[count]] = athena.query("select count(*) from bronze.events").rows[1:]
    assert count == "1"
