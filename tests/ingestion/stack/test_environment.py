from __future__ import annotations

from ingestion.stack.environment import dbt_environment
from ingestion.stack.template import template


def test_every_variable_has_the_value_of_an_output_of_the_template() -> None:
    variables = dbt_environment({name: f"value of {name}" for name in template()["Outputs"]})
    assert variables["SHOPLAKE_BUCKET"] == "value of Bucket"
    assert variables["SHOPLAKE_BRONZE_START"] == "value of BronzeStart"
