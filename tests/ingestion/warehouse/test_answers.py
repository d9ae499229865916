from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from ingestion.warehouse import answers
from ingestion.warehouse.answers import Answers, Hour, MissingTablesError, RejectReason
from tests.support.paths import ROOT

ANALYSES = {path.stem: path for path in ROOT.glob("analyses/*/*.sql")}
USED = set(re.findall(r'_rows\("(\w+)"', Path(answers.__file__).read_text()))


def test_rows_have_named_fields_whatever_the_order_of_the_columns() -> None:
    values = "(values (20, 9.5), (21, 3.0)) as hours (event_hour, total_revenue)"
    hours = f"select 7 as order_count, total_revenue, event_hour from {values}"
    reasons = "select 'a' as for_example, 2 as line_count, 'bad_price' as reject_reason"
    with duckdb.connect() as connection:
        found = Answers(connection, {"best_hours": hours, "why_lines_were_rejected": reasons})
        assert found.best_hours(1) == [Hour(event_hour=20, total_revenue=Decimal("9.5"))]
        assert len(found.best_hours(5)) == 2
        assert found.why_lines_were_rejected() == [RejectReason("bad_price", 2, "a")]


def test_the_tables_that_an_analysis_lacks_are_named() -> None:
    hours = 'select * from "memory"."mine_gold"."hours" join "memory"."mine_gold"."days" using (day)'
    with duckdb.connect() as connection:
        connection.execute("create schema mine_gold; create table mine_gold.days as select 1 as day")
        with pytest.raises(MissingTablesError) as caught:
            Answers(connection, {"best_hours": hours}).best_hours(1)
    assert (caught.value.tables, caught.value.schemas) == (["mine_gold.hours"], ["mine_gold"])


@pytest.mark.parametrize("analysis", sorted(ANALYSES))
def test_every_analysis_has_its_question_in_its_first_line(analysis: str) -> None:
    first_line = ANALYSES[analysis].read_text().splitlines()[0]
    assert re.fullmatch(r"\{# [A-Z].*\?.* #\}", first_line)


def test_the_exposure_names_every_model_that_the_report_reads() -> None:
    assert USED
    read = {model for name in USED for model in re.findall(r"ref\('(\w+)'\)", ANALYSES[name].read_text())}
    [exposure] = yaml.safe_load((ROOT / "models" / "_exposures.yml").read_text())["exposures"]
    assert {f"ref('{model}')" for model in read} == set(exposure["depends_on"])
