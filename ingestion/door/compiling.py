"""Compiles expressions into functions of a scope (see `layout`).

A value is a text, or None if it is absent. Work is linear in the length of the texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from ingestion.door.expressions import (
    EVERY,
    Arithmetic,
    Changed,
    Constant,
    Expression,
    First,
    Join,
    Number,
    Path,
    Sum,
    operands_of,
)
from ingestion.door.layout import CHOICES, Layout, Place, Scope
from ingestion.door.numbers import EXACT, Marks, decimal_of, plain_number, text_of

MAX_JOINED: Final = 8_192

Read = Callable[[Scope], str | None]

_USUAL: Final = Marks()


class RecordTooLargeError(Exception):
    """A record that would become far larger than it came."""


def text(value: Any) -> str | None:
    """A scalar of JSON as text. None for what is absent: null, an empty text, an object, a list."""
    if value.__class__ is str:
        return value or None
    if value is None or isinstance(value, dict | list):
        return None
    if value.__class__ is bool:
        return "true" if value else "false"
    return str(value)


def compile_path(path: Path, layout: Layout) -> Callable[[Scope], Any]:
    """A function that reads whatever a path leads to; None if it leads to nothing."""
    if not path.steps:
        element = layout.starts[path.level] - (path.level > 0)
        return lambda scope: scope[element]
    holder, name = layout.place(path)
    return lambda scope: scope[holder].get(name)


def every(value: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    """Every value that a path with `*` leads to."""
    for position, step in enumerate(steps):
        if step == EVERY:
            if value.__class__ is list:
                for item in value:
                    yield from every(item, steps[position + 1 :])
            return
        value = value.get(step) if value.__class__ is dict else None
    yield value


def compile_text(expression: Expression, layout: Layout, marks: Marks | None = None) -> Read:
    """A function that gives an expression's text.

    Parameters
    ----------
    marks
        The marks of numbers, for a field that holds a number.
    """
    if marks is not None and marks.are_usual:
        marks = None
    if isinstance(expression, Path):
        read_text = _text_at(expression, layout)
        return read_text if marks is None else _as_number(read_text, marks)
    if isinstance(expression, Constant):
        constant = expression.text or None
        return lambda scope: constant
    if isinstance(expression, First):
        options = [compile_text(option, layout, marks) for option in expression.options]
        return _first(options, [_used(option, layout) for option in expression.options])
    if isinstance(expression, Join):
        places = [layout.place(part) for part in expression.parts if isinstance(part, Path) and part.steps]
        if len(places) == len(expression.parts) and marks is None:
            return _join_places(places, expression.separator, layout.nulls)
        joined = _join([compile_text(part, layout) for part in expression.parts], expression.separator)
        return joined if marks is None else _as_number(joined, marks)
    if isinstance(expression, Changed):
        changed = _changed(compile_text(expression.source, layout), expression)
        is_result = isinstance(expression.source, Arithmetic | Sum)
        return changed if marks is None or is_result else _as_number(changed, marks)
    calculate = compile_number(expression, layout, marks or _USUAL)

    def read_result(scope: Scope) -> str | None:
        result = calculate(scope)
        return text_of(result) if isinstance(result, Decimal) else result

    return read_result


def _text_at(path: Path, layout: Layout) -> Read:
    read, nulls = compile_path(path, layout), layout.nulls
    holder, name = layout.place(path) if path.steps else (0, "")

    def read_text(scope: Scope) -> str | None:
        value = scope[holder].get(name)
        if value.__class__ is not str:
            return text(value)
        return None if not value or value in nulls else value

    def read_element(scope: Scope) -> str | None:
        value = text(read(scope))
        return None if value in nulls else value

    return read_text if path.steps else read_element


def always_used(expression: Expression) -> list[Path]:
    """The paths that an expression uses, whatever is present."""
    if isinstance(expression, Path):
        return [expression]
    if isinstance(expression, Sum):
        return []  # the elements say more than what is summed up
    if isinstance(expression, First) and len(expression.options) > 1:
        return []
    return [path for operand in operands_of(expression) for path in always_used(operand)]


def _used(expression: Expression, layout: Layout) -> tuple[Place, ...]:
    return tuple(layout.place(path) for path in always_used(expression) if path.steps)


def _as_number(read: Read, marks: Marks) -> Read:
    def read_number(scope: Scope) -> str | None:
        value = read(scope)
        return value if value is None else plain_number(value, marks)

    return read_number


def _first(options: list[Read], used: list[tuple[Place, ...]]) -> Read:
    pairs = tuple(zip(options, used, strict=True))

    def read_first(scope: Scope) -> str | None:
        for option, places in pairs:
            if (value := option(scope)) is not None:
                for position, name in places:
                    scope[CHOICES].append((scope[position], name))
                return value
        return None

    return read_first


def _join(parts: list[Read], separator: str) -> Read:
    def read_joined(scope: Scope) -> str | None:
        texts = [value for part in parts if (value := part(scope)) is not None]
        if len(texts) > 1 and sum(map(len, texts)) > MAX_JOINED:
            raise RecordTooLargeError
        return separator.join(texts) or None

    return read_joined


def _join_places(places: list[Place], separator: str, nulls: frozenset[str]) -> Read:
    """The same for texts as they stand, which takes half the time."""

    def read_joined(scope: Scope) -> str | None:
        texts = []
        for holder, name in places:
            if (value := scope[holder].get(name)) is not None:
                if value.__class__ is not str:
                    value = text(value)
                if value and value not in nulls:
                    texts.append(value)
        if len(texts) > 1 and sum(map(len, texts)) > MAX_JOINED:
            raise RecordTooLargeError
        return separator.join(texts) or None

    return read_joined


def _changed(read: Read, change: Changed) -> Read:
    after, before, prefix, suffix = change.after, change.before, change.strip_prefix, change.strip_suffix
    replace, values, default = change.replace, dict(change.values), change.default

    def read_changed(scope: Scope) -> str | None:
        value = read(scope)
        if value is not None:
            if after is not None:
                value = value.partition(after)[2]
            if before is not None:
                value = value.partition(before)[0]
            if prefix is not None:
                value = value.removeprefix(prefix)
            if suffix is not None:
                value = value.removesuffix(suffix)
            for old, new in replace:
                if len(new) > len(old) and len(value) > MAX_JOINED:
                    raise RecordTooLargeError
                value = value.replace(old, new)
            if values:
                value = values.get(value, value if default is None else default)
        return value or default or None

    return read_changed


Result = Callable[[Scope], Decimal | str | None]
"""Gives a number, None if an operand that it needs is absent, or the text of an operand that is no number: the door
then refuses the event with that text in its field."""


def compile_number(expression: Expression, layout: Layout, marks: Marks) -> Result:
    """A function that gives an expression's number."""
    if isinstance(expression, Number):
        number = expression.value
        return lambda scope: number
    if isinstance(expression, Sum):
        start = compile_path(Path(expression.path.level, (), ""), layout)
        steps = expression.path.steps
        return lambda scope: _sum([_number(text(value), marks) for value in every(start(scope), steps)])
    if isinstance(expression, Arithmetic):
        operands = [compile_number(operand, layout, marks) for operand in operands_of(expression)]
        calculate = _OPERATORS[expression.operator]
        needs_all = expression.operator not in ("plus", "minus")

        def calculated(scope: Scope) -> Decimal | str | None:
            values = []
            for operand in operands:
                value = operand(scope)
                if value.__class__ is str:
                    return value
                if value is None and needs_all:
                    return None
                values.append(value)
            return calculate(values)

        return calculated
    read = compile_text(expression, layout)
    return lambda scope: _number(read(scope), marks)


def _number(value: str | None, marks: Marks) -> Decimal | str | None:
    if value is None:
        return None
    number = decimal_of(value, marks)
    return value if number is None else number


def _sum(values: list[Any]) -> Decimal | str | None:
    for value in values:
        if value.__class__ is str:
            return str(value)
    return _plus(values)


def _plus(values: list[Any]) -> Decimal | None:
    present = [value for value in values if value is not None]
    total = Decimal(0)
    for value in present:
        total = EXACT.add(total, value)
    return total if present else None


def _minus(values: list[Any]) -> Decimal | None:
    first, second = values
    if first is None:
        return None if second is None else EXACT.minus(second)
    return first if second is None else EXACT.subtract(first, second)


def _times(values: list[Any]) -> Decimal | None:
    product = Decimal(1)
    for value in values:
        product = EXACT.multiply(product, value)
    return product


def _over(values: list[Any]) -> Decimal | None:
    first, second = values
    return EXACT.divide(first, second) if second else None


_OPERATORS: Final[dict[str, Callable[[list[Any]], Decimal | None]]] = {
    "plus": _plus,
    "minus": _minus,
    "times": _times,
    "over": _over,
    "least": lambda values: min(values),
    "negate": lambda values: EXACT.minus(values[0]),
    "absolute": lambda values: abs(values[0]),
}
