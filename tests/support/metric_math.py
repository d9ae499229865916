"""The part of CloudWatch's metric math that alarms of the template use, as AWS documents it.

Missing values in arithmetic count as 0 where another series has a value; where a division would be by zero, the data
point is dropped. FILL gives a value to every period of the evaluated range that has none, including the newest. Any
other function is an error, so that an expression is never judged by a guess.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

# the value of each period that has one, by the number of the period: 0 is the newest
Series = dict[int, float]
Value = float | Series | list[Series]

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def evaluate(expression: str, series: Mapping[str, Series], periods: Sequence[int]) -> Series:
    """The time series that an expression over the metrics in `series` gives for these periods."""
    result = _value(ast.parse(expression, mode="eval").body, series, periods)
    if not isinstance(result, dict):
        raise ValueError(f"{expression}: the result of an expression of an alarm must be one time series")
    return result


def _value(node: ast.expr, series: Mapping[str, Series], periods: Sequence[int]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return series[name]
        case ast.List(elts=items):
            found = [_value(item, series, periods) for item in items]
            return [one for one in found if isinstance(one, dict)]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _calculated(
                _ARITHMETIC[type(op)], _value(left, series, periods), _value(right, series, periods), periods
            )
        case ast.Call(func=ast.Name(id="SUM"), args=[argument]):
            summed = _value(argument, series, periods)
            if not isinstance(summed, list):
                # of one series it is a number that depends on how many periods CloudWatch retrieves
                raise ValueError("AWS advises against SUM of one time series in alarms")
            total: Series = {}
            for one in summed:
                total = {at: total.get(at, 0.0) + one.get(at, 0.0) for at in total.keys() | one.keys()}
            return total
        case ast.Call(func=ast.Name(id="FILL"), args=[argument, ast.Constant(value=int() | float() as number)]):
            filled = _value(argument, series, periods)
            assert isinstance(filled, dict)
            return {at: filled.get(at, float(number)) for at in periods}
    raise ValueError(f"{ast.unparse(node)}: this part of metric math is not emulated")


def _calculated(operation: Callable[[float, float], float], left: Value, right: Value, periods: Sequence[int]) -> Value:
    if isinstance(left, float) and isinstance(right, float):
        return operation(left, right)
    assert not isinstance(left, list)
    assert not isinstance(right, list)
    there = set().union(*(side.keys() for side in (left, right) if isinstance(side, dict)))
    result: Series = {}
    for at in there & set(periods):
        values = [side.get(at, 0.0) if isinstance(side, dict) else side for side in (left, right)]
        try:
            result[at] = operation(*values)
        except ZeroDivisionError:
            continue
    return result
