"""Values as Athena's text, and the names of types in Hive, Trino and Athena."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.emulator.partition_filter import partition_filter
from local_aws.engine.types import athena_type, hive_to_trino, trino_to_hive
from local_aws.engine.values import athena_text, java_double


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (1.5, "1.5"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (0.001, "0.001"),
        (1e-4, "1.0E-4"),
        (-2e20, "-2.0E20"),
    ],
)
def test_a_double_is_printed_as_java_does(value: float, text: str) -> None:
    assert java_double(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_double_is_the_same_number(value: float) -> None:
    assert float(java_double(value)) == value


def test_nested_values_are_printed_as_athena_does() -> None:
    varchar: dict[str, Any] = {"rawType": "varchar"}
    row = {
        "rawType": "row",
        "arguments": [{"value": {"fieldName": {"name": "a"}, "typeSignature": varchar}}],
    }
    unnamed = {"rawType": "row", "arguments": [{"value": {"fieldName": None, "typeSignature": varchar}}]}
    assert athena_text(["x"], unnamed) == "{x}"
    array = {"rawType": "array", "arguments": [{"value": row}]}
    assert athena_text([["x"], [None], None], array) == "[{a=x}, {a=null}, null]"
    assert athena_text(True, {"rawType": "boolean"}) == "true"
    assert athena_text("AP8=", {"rawType": "varbinary"}) == "00 ff"
    assert athena_text(None, varchar) is None


@pytest.mark.parametrize(
    ("hive", "trino"),
    [
        ("string", "varchar"),
        ("decimal(18,4)", "decimal(18,4)"),
        ("map<string,array<int>>", "map(varchar, array(integer))"),
        ("struct<a:int,b:struct<c:double>>", 'row("a" integer, "b" row("c" double))'),
    ],
)
def test_types_are_translated_both_ways(hive: str, trino: str) -> None:
    assert hive_to_trino(hive) == trino
    assert trino_to_hive(trino) == hive


@pytest.mark.parametrize(
    ("trino", "athena"),
    [
        ("decimal(38,4)", ("decimal", 38, 4)),
        ("timestamp(6)", ("timestamp", 3, 0)),
        ("real", ("float", 17, 0)),
        ("varchar", ("varchar", 2147483647, 0)),
        ("timestamp(3) with time zone", ("timestamp with time zone", 3, 0)),
    ],
)
def test_result_columns_have_athenas_types(trino: str, athena: tuple[str, int, int]) -> None:
    assert athena_type(trino) == athena


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("day > 9", [10, 11]),
        ("day in (9, 11) and kind = 'a'", [9, 11]),
        ("not (day = 9 or day = 10)", [11]),
        ("day between 9 and 10", [9, 10]),
        ("kind <> 'a'", []),
        ("day not in (9)", [10, 11]),
    ],
)
def test_partition_expressions_compare_numbers_as_numbers(expression: str, days: list[int]) -> None:
    keep = partition_filter(expression, {"day": "int", "kind": "string"})
    assert [day for day in (9, 10, 11) if keep({"day": str(day), "kind": "a"})] == days


@pytest.mark.parametrize("expression", ["day ~ 1", "other = 1", "day = 1 day", "lower(kind) = 'a'"])
def test_an_unsupported_partition_expression_is_an_error(expression: str) -> None:
    with pytest.raises(Exception, match=r"unknown operator|cannot parse|no partition key|mismatched"):
        partition_filter(expression, {"day": "int", "kind": "string"})
