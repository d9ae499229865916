"""Glue's partition expressions, such as `dt = '2026-11-01' and hour in (1, 2)`.

Source: Glue API reference, GetPartitions, Expression.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from local_aws.engine.tokens import Cursor

Row = Mapping[str, str]
Predicate = Callable[[Row], bool]

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def partition_filter(expression: str, types: Mapping[str, str]) -> Predicate:
    """A predicate over partition values by key.

    Parameters
    ----------
    types
        Hive type of every partition key. Integers compare as numbers, other types as text.

    Raises
    ------
    ValueError
        The expression uses anything else than comparisons, IN, BETWEEN, IS NULL, AND, OR, NOT and parentheses.
    """
    cursor = Cursor(expression)
    predicate = _any_of(cursor, types)
    if not cursor.at_end:
        raise ValueError(f"cannot parse: {cursor.rest}")
    return predicate


def _any_of(cursor: Cursor, types: Mapping[str, str]) -> Predicate:
    parts = [_all_of(cursor, types)]
    while cursor.accept("OR"):
        parts.append(_all_of(cursor, types))
    return lambda row: any(part(row) for part in parts)


def _all_of(cursor: Cursor, types: Mapping[str, str]) -> Predicate:
    parts = [_one(cursor, types)]
    while cursor.accept("AND"):
        parts.append(_one(cursor, types))
    return lambda row: all(part(row) for part in parts)


def _one(cursor: Cursor, types: Mapping[str, str]) -> Predicate:
    if cursor.accept("NOT"):
        inner = _one(cursor, types)
        return lambda row: not inner(row)
    if cursor.accept("("):
        inner = _any_of(cursor, types)
        cursor.expect(")")
        return inner
    return _comparison(cursor, types)


def _comparison(cursor: Cursor, types: Mapping[str, str]) -> Predicate:
    name = cursor.next().name.lower()
    if name not in types:
        raise ValueError(f"no partition key is named {name!r}")
    convert: Callable[[str], Any] = int if types[name] in {"int", "bigint", "smallint", "tinyint"} else str

    def value() -> Any:
        if cursor.peek().upper in {"DATE", "TIMESTAMP"}:
            cursor.next()
        return convert(cursor.next().name)

    negated = cursor.accept("NOT")
    if cursor.accept("IN", "("):
        choices = {value()}
        while cursor.accept(","):
            choices.add(value())
        cursor.expect(")")
        return lambda row: (convert(row[name]) in choices) is not negated
    if cursor.accept("BETWEEN"):
        low = value()
        cursor.expect("AND")
        high = value()
        return lambda row: (low <= convert(row[name]) <= high) is not negated
    if cursor.accept("IS"):
        negated = cursor.accept("NOT")
        cursor.expect("NULL")
        return lambda row: (row[name] == "__HIVE_DEFAULT_PARTITION__") is not negated
    sign = cursor.next().text
    if cursor.peek().text in {"=", ">"}:
        sign += cursor.next().text
    if sign not in _COMPARISONS:
        raise ValueError(f"unknown operator: {sign}")
    compare, right = _COMPARISONS[sign], value()
    return lambda row: compare(convert(row[name]), right)
