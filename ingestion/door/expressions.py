"""Expressions of a dialect: where a field's value comes from. Parsed and validated here, compiled in `compiling`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ingestion.door.numbers import Marks, decimal_of
from ingestion.door.yaml_values import Value

EVERY: Final = "*"
ARITHMETIC: Final = ("plus", "minus", "times", "over", "least", "negate", "absolute")


@dataclass(frozen=True, slots=True)
class Path:
    """A way to a value.

    Attributes
    ----------
    level
        0 for the record, 1 for an element of its `each` list, 2 for an element of a list in that element.
    steps
        Names and positions on the way.
    name
        The whole path as a name: a field that is called so wins, because CSV columns may contain dots.
    """

    level: int
    steps: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, the same for every event."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number in arithmetic."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class First:
    """The first that is present."""

    options: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """The texts that are present, joined."""

    parts: tuple[Expression, ...]
    separator: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Exact decimal arithmetic; see docs/reference/dialects.md for what an absent operand means."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of all numbers that a path with `*` leads to."""

    path: Path


@dataclass(frozen=True, slots=True)
class Changed:
    """A text after changes, which are made in the order of the attributes."""

    source: Expression
    after: str | None = None
    before: str | None = None
    strip_prefix: str | None = None
    strip_suffix: str | None = None
    replace: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    default: str | None = None


Expression = Path | Constant | Number | First | Join | Arithmetic | Sum | Changed

_CHANGES: Final = ("after", "before", "strip_prefix", "strip_suffix", "replace", "values", "default")
_SOURCES: Final = ("path", "first", "join", "text", "sum", *ARITHMETIC)
_KEYS: Final = (*_SOURCES, "with", *_CHANGES)


def parse_path(text: str, names: tuple[str, ...]) -> Path:
    """Parse `a.b.0.c`. A path that begins with one of the names begins at the element of that list."""
    first, *rest = text.split(".")
    if first in names:
        return Path(names.index(first) + 1, tuple(rest), ".".join(rest))
    return Path(0, (first, *rest), text)


def parse_expression(value: Value, names: tuple[str, ...] = ()) -> Expression:
    """Parse an expression.

    Parameters
    ----------
    names
        The names of the elements of the lists that are exploded.

    Raises
    ------
    UserError
        It is not valid.
    """
    if value.is_list:
        return First(_all(value, names))
    if not value.is_mapping:
        return _path(value, names)
    given = value.mapping(_KEYS, "key of an expression")
    sources = [key for key in _SOURCES if key in given]
    if len(sources) != 1:
        found = f"not {' and '.join(sources)}" if sources else "but has none"
        raise value.error(f"needs one of {', '.join(_SOURCES)}, {found}")
    (kind,) = sources
    if "with" in given and kind != "join":
        raise given["with"].error("belongs to join")
    source = _source(kind, given[kind], given.get("with"), names)
    changes = {key: given[key] for key in _CHANGES if key in given}
    if not changes:
        return source
    texts = {key: changes[key].text() for key in changes.keys() - {"replace", "values"}}
    for key in texts.keys() - {"default"}:
        if not texts[key]:
            raise changes[key].error("must not be empty")
    replace = changes["replace"].texts() if "replace" in changes else {}
    if "" in replace:
        raise changes["replace"].error("cannot replace an empty text")
    values = changes["values"].texts() if "values" in changes else {}
    return Changed(source, replace=tuple(replace.items()), values=tuple(values.items()), **texts)


def _source(kind: str, value: Value, separator: Value | None, names: tuple[str, ...]) -> Expression:
    if kind == "text":
        return Constant(value.text())
    if kind == "path":
        return _path(value, names) if not value.is_list else First(_all(value, names))
    if kind == "first":
        return First(_all(value, names))
    if kind == "join":
        return Join(_all(value, names), separator.text() if separator else "")
    if kind == "sum":
        path = parse_path(value.text(), names)
        if EVERY not in path.steps:
            raise value.error(f"needs a path with {EVERY}, such as discounts.{EVERY}.amount, to sum up a list")
        return Sum(path)
    operands = tuple(_operand(item, names) for item in value.items())
    if kind in ("negate", "absolute") and len(operands) != 1:
        raise value.error("needs one operand")
    if kind in ("minus", "over") and len(operands) != 2:
        raise value.error("needs two operands")
    if kind in ("plus", "times", "least") and len(operands) < 2:
        raise value.error("needs two operands or more")
    return Arithmetic(kind, operands)


def _all(value: Value, names: tuple[str, ...]) -> tuple[Expression, ...]:
    if not value.is_list or not value.items():
        raise value.error("must be a list of at least one")
    return tuple(parse_expression(item, names) for item in value.items())


def _operand(value: Value, names: tuple[str, ...]) -> Expression:
    if not value.is_number:
        return parse_expression(value, names)
    number = decimal_of(value.text(), Marks())
    if number is None:
        raise value.error(f"has {value.text()!r}, which is no plain number")
    return Number(number)


def _path(value: Value, names: tuple[str, ...]) -> Expression:
    text = value.text()
    if not text:
        raise value.error("names no field")
    path = parse_path(text, names)
    if EVERY in path.steps:
        raise value.error(f"has {EVERY}, which leads to several values: only sum, pairs and conditions take them")
    return path


def paths_of(expression: Expression) -> tuple[Path, ...]:
    """Every path in an expression."""
    if isinstance(expression, Path):
        return (expression,)
    if isinstance(expression, Sum):
        return (expression.path,)
    return tuple(path for operand in operands_of(expression) for path in paths_of(operand))


def operands_of(expression: Expression) -> tuple[Expression, ...]:
    """The expressions in an expression."""
    if isinstance(expression, First):
        return expression.options
    if isinstance(expression, Join):
        return expression.parts
    if isinstance(expression, Arithmetic):
        return expression.operands
    return (expression.source,) if isinstance(expression, Changed) else ()


def level_of(expression: Expression) -> int:
    """The innermost list whose elements it needs; 0 if the record is enough."""
    return max((path.level for path in paths_of(expression)), default=0)
