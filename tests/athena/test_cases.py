"""Small files that failed in the field, replayed and built on both engines (tests/support/cases.py)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from local_aws.launcher import Instance
from tests.athena.support.parity import differences
from tests.athena.support.warehouse import AthenaWarehouse
from tests.support.cases import ANSWERS, FIRST, FIRST_ARRIVAL, SECOND, VARIABLES, Answer, replay
from tests.support.paths import CASES
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project, in ../shared/cases")


@dataclass(frozen=True)
class Shop:
    local: Warehouse
    athena: AthenaWarehouse


@pytest.fixture(scope="module")
def shop(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    local = Warehouse(tmp_path_factory.mktemp("cases"), variables=dict(VARIABLES))
    athena = AthenaWarehouse(instance, FIRST_ARRIVAL)
    for arriving in (FIRST, SECOND):
        for case in arriving:
            replay(case, local.lake, local.folder)
        athena.upload(local.lake)
        local.dbt("run")
        athena.dbt("run", **VARIABLES)
    return Shop(local, athena)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.claim)
def test_the_right_value(shop: Shop, answer: Answer) -> None:
    assert shop.athena.values(answer.sql) == answer.rows


def test_both_engines_have_the_same_rows(shop: Shop) -> None:
    assert differences(shop.local, shop.athena).found == []
