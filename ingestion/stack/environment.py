"""The environment variables with which dbt finds a stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_OUTPUTS: Final = {
    "AWS_REGION": "Region",
    "SHOPLAKE_BUCKET": "Bucket",
    "SHOPLAKE_WORK_GROUP": "WorkGroup",
    "SHOPLAKE_SCHEMA": "Schema",
    "SHOPLAKE_BRONZE_DATABASE": "BronzeDatabase",
    "SHOPLAKE_BRONZE_START": "BronzeStart",
}


def dbt_environment(outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that dbt reads, from the outputs of a stack."""
    return {variable: outputs[output] for variable, output in _OUTPUTS.items()}
