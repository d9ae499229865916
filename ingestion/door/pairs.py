"""Lists of keys and values, such as GA4's `event_params`, become objects, so that a path reaches each value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ingestion.door.expressions import EVERY
from ingestion.door.yaml_values import Value

_TYPED: Final = frozenset({"string_value", "int_value", "double_value", "float_value"})


@dataclass(frozen=True, slots=True)
class Pairs:
    """Where a list of keys and values stands, and what its elements call them."""

    steps: tuple[str, ...]
    key: str = "key"
    value: str = "value"


def parse_pairs(value: Value) -> tuple[Pairs, ...]:
    """Parse `[path, path]`, or `{path: {key: name, value: content}}` where the elements use other names."""
    if not value.is_mapping:
        return tuple(Pairs(tuple(item.text().split("."))) for item in value.items())
    found = []
    for path, names in value.mapping().items():
        given = {name: item.text() for name, item in names.mapping(("key", "value")).items()}
        found.append(Pairs(tuple(path.split(".")), **given))
    return tuple(found)


def compile_pairs(pairs: Pairs) -> Callable[[Any], None]:
    """A function that replaces the lists by objects, in place. A list that holds anything else stays as it is."""
    key, value = pairs.key, pairs.value
    last = pairs.steps[-1]

    def unite(holder: Any) -> None:
        if holder.__class__ is dict and last in holder and (united := _united(holder[last], key, value)) is not None:
            holder[last] = united

    found: Callable[[Any], None] = unite
    for step in reversed(pairs.steps[:-1]):
        found = _in_each(found) if step == EVERY else _in(step, found)
    return found


def _in(step: str, unite: Callable[[Any], None]) -> Callable[[Any], None]:
    def inside(holder: Any) -> None:
        if holder.__class__ is dict and step in holder:
            unite(holder[step])

    return inside


def _in_each(unite: Callable[[Any], None]) -> Callable[[Any], None]:
    def inside(items: Any) -> None:
        if items.__class__ is list:
            for item in items:
                unite(item)

    return inside


def _united(items: Any, key_name: str, value_name: str) -> dict[str, Any] | None:
    if items.__class__ is not list:
        return None
    united: dict[str, Any] = {}
    for item in items:
        if item.__class__ is not dict:
            return None
        key, value = item.get(key_name), item.get(value_name)
        if key.__class__ is not str:
            return None
        if value.__class__ is dict:
            # of the values that GA4 types one is set: https://support.google.com/analytics/answer/7029846
            if (typed := value.get("string_value")) is None and (typed := value.get("int_value")) is None:
                typed = value.get("double_value")
                if typed is None:
                    typed = value.get("float_value")
            if typed is not None or value.keys() <= _TYPED:
                value = typed
        united[key] = value
    return united
