"""Conditions of a dialect's rules: `when: {status: [paid, refunded], quantity: {below: 0}}`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ingestion.door.compiling import compile_path, every, text
from ingestion.door.expressions import EVERY, Path, parse_path
from ingestion.door.layout import Layout, Scope
from ingestion.door.numbers import Marks, decimal_of
from ingestion.door.yaml_values import Value

Holds = Callable[[Scope], bool]

_COMPARISONS: Final = ("below", "above", "at_least", "at_most")
_TEXTS: Final = ("starts_with", "ends_with", "contains")
_OPERATORS: Final = (*_COMPARISONS, *_TEXTS, "present", "not")


@dataclass(frozen=True, slots=True)
class Test:
    """A test of one field: its operator is `is`, `below`, `starts_with`, ...

    `inside` is what follows the list, for a path such as `items.*.price`: one of the elements is enough.
    """

    path: Path
    operator: str
    values: tuple[str, ...]
    inside: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Every:
    """All conditions hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class No:
    """The condition does not hold."""

    condition: Condition


Condition = Test | Every | Some | No


def parse_condition(value: Value, names: tuple[str, ...] = ()) -> Every:
    """Parse a mapping of field to what it must be; all of them must hold.

    Raises
    ------
    UserError
        It is not valid.
    """
    return Every(tuple(_parse(name, item, names) for name, item in value.mapping().items()))


def _parse(name: str, value: Value, names: tuple[str, ...]) -> Condition:
    if name == "all":
        return Every(tuple(parse_condition(item, names) for item in value.items()))
    if name == "any":
        if not value.is_list:
            raise value.error("must be a list of conditions, such as [{status: paid}, {total: {above: 0}}]")
        return Some(tuple(parse_condition(item, names) for item in value.items()))
    if name == "not":
        return No(parse_condition(value, names))
    path, inside = _of_list(parse_path(name, names))
    if not value.is_mapping:
        return Test(path, "is", value.names(), inside)
    operators = value.mapping(_OPERATORS, "operator")
    if not operators:
        raise value.error(f"needs one of {', '.join(_OPERATORS)}")
    return Every(tuple(_test(path, inside, operator, operand) for operator, operand in operators.items()))


def _of_list(path: Path) -> tuple[Path, tuple[str, ...] | None]:
    """The path to a list, and the one inside its elements; the path and None if it leads through no list."""
    if EVERY not in path.steps:
        return path, None
    end = path.steps.index(EVERY)
    return Path(path.level, path.steps[:end], ".".join(path.steps[:end])), path.steps[end:]


def _test(path: Path, inside: tuple[str, ...] | None, operator: str, operand: Value) -> Condition:
    if operator == "not":
        return No(Test(path, "is", operand.names(), inside))
    if operator == "present":
        wanted = operand.one_of(("true", "false", "yes", "no")) in ("true", "yes")
        test = Test(path, "present", (), inside)
        return test if wanted else No(test)
    if operator in _COMPARISONS and decimal_of(operand.text(), Marks()) is None:
        raise operand.error(f"must be a number, not {operand.text()!r}")
    values = operand.names() if operator in _TEXTS else (operand.text(),)
    if "" in values:
        raise operand.error("must not be empty")
    return Test(path, operator, values, inside)


def condition_level(condition: Condition) -> int:
    """The innermost list whose elements it needs; 0 if the record is enough."""
    if isinstance(condition, Test):
        return condition.path.level
    if isinstance(condition, No):
        return condition_level(condition.condition)
    return max((condition_level(inner) for inner in condition.conditions), default=0)


def condition_paths(condition: Condition) -> tuple[Path, ...]:
    """Every path in a condition."""
    if isinstance(condition, Test):
        return (condition.path,)
    if isinstance(condition, No):
        return condition_paths(condition.condition)
    return tuple(path for inner in condition.conditions for path in condition_paths(inner))


def compile_condition(condition: Condition, layout: Layout, marks: Marks) -> Holds:
    """A function that says whether a condition holds."""
    if isinstance(condition, No):
        holds = compile_condition(condition.condition, layout, marks)
        return lambda scope: not holds(scope)
    if isinstance(condition, Test):
        return _compile_test(condition, layout, marks)
    inner = [compile_condition(each, layout, marks) for each in condition.conditions]
    if len(inner) == 1:
        return inner[0]
    is_every = isinstance(condition, Every)

    def hold(scope: Scope) -> bool:
        for holds in inner:
            if holds(scope) is not is_every:
                return not is_every
        return is_every

    return hold


def _compile_test(test: Test, layout: Layout, marks: Marks) -> Holds:
    read = compile_path(test.path, layout)
    if (steps := test.inside) is None:
        return _compile_operator(test, _without_nulls(read, layout.nulls), marks)
    holds = _compile_operator(test, _without_nulls(lambda value: value, layout.nulls), marks)
    return lambda scope: any(map(holds, every(read(scope), steps)))


def _compile_operator(test: Test, read: Callable[[Any], Any], marks: Marks) -> Callable[[Any], bool]:
    """What says of a scope, or of whatever else `read` takes, whether the value there passes the test."""
    values = test.values
    if test.operator == "is":
        allowed = frozenset(values)

        def is_one(scope: Scope) -> bool:
            value = read(scope)
            return (value if value.__class__ is str else text(value) or "") in allowed

        return is_one
    if test.operator == "present":
        return lambda scope: _is_present(read(scope))
    if test.operator == "starts_with":
        return lambda scope: (text(read(scope)) or "").startswith(values)
    if test.operator == "ends_with":
        return lambda scope: (text(read(scope)) or "").endswith(values)
    if test.operator == "contains":
        return lambda scope: _contains(read(scope), values)
    bound = decimal_of(values[0], Marks())
    operator = test.operator

    def compares(scope: Scope) -> bool:
        value = text(read(scope))
        number = decimal_of(value, marks) if value is not None else None
        if number is None or bound is None:
            return False
        if operator == "below":
            return number < bound
        if operator == "above":
            return number > bound
        return number >= bound if operator == "at_least" else number <= bound

    return compares


def _without_nulls(read: Callable[[Any], Any], nulls: frozenset[str]) -> Callable[[Any], Any]:
    def read_known(scope: Scope) -> Any:
        value = read(scope)
        return None if value.__class__ is str and value in nulls else value

    return read_known if nulls else read


def _is_present(value: Any) -> bool:
    return bool(value) if isinstance(value, dict | list) else text(value) is not None


def _contains(value: Any, wanted: tuple[str, ...]) -> bool:
    if value.__class__ is list:
        return any(text(item) in wanted for item in value)
    whole = text(value) or ""
    return any(part in whole for part in wanted)
