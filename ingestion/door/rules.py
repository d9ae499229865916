"""Rules: which events a record gives, and from which elements of its lists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from ingestion.door.conditions import Every, condition_paths, parse_condition
from ingestion.door.expressions import Expression, Path, parse_expression, parse_path, paths_of
from ingestion.door.yaml_values import Value, hint
from ingestion.event import EVENT_TYPES

ELEMENT: Final = "item"
IF_EMPTY: Final = ("event", "nothing")
MOST_LISTS: Final = 3
_KEYS: Final = ("name", "type", "when", "each", "if_empty", "event_id", "fields")


@dataclass(frozen=True, slots=True)
class Loop:
    """A list whose elements become events.

    Attributes
    ----------
    name
        What paths call an element: `item.price`.
    path
        Where the list is.
    """

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of event that a record may give.

    Attributes
    ----------
    name
        Part of the identity of its events, beside their type.
    event_type
        The type of its events; None if a field says it.
    when
        What must hold.
    loops
        The lists that are exploded, each in an element of the one before.
    keeps_empty
        Whether an absent or empty list gives one event without an element.
    fields
        Canonical name to the expression that gives its value.
    identity
        What the id of its events is derived from; empty for the record as it came.
    """

    name: str = ""
    event_type: str | None = None
    when: Every = field(default_factory=lambda: Every(()))
    loops: tuple[Loop, ...] = ()
    keeps_empty: bool = True
    fields: dict[str, Expression] = field(default_factory=dict)
    identity: tuple[Expression, ...] = ()


def parse_rules(data: dict[str, Value], canonical: Collection[str]) -> tuple[Rule, ...]:
    """Parse `fields:`, `each:`, `if_empty:`, `event_id:` and `events:` of a dialect. The rules inherit the others.

    Raises
    ------
    UserError
        A rule is not valid, or repeats another.
    """
    events = data.get("events")
    shared = {key: data[key] for key in ("fields", "each", "if_empty", "event_id") if key in data}
    if events is None:
        return (_rule({}, shared, canonical),)
    if not events.is_list or not events.items():
        raise events.error("must be a list of rules, such as `- {type: purchase, when: {status: paid}}`")
    rules: list[Rule] = []
    for number, item in enumerate(events.items(), 1):
        value = Value(item.node, item.file, f"events: rule {number}")
        rule = _rule(value.mapping(_KEYS, "key of a rule"), shared, canonical)
        for earlier, other in enumerate(rules, 1):
            if _kind(other) == _kind(rule):
                raise value.error(f"makes the same events as rule {earlier}: give one of them a `name`, or remove it")
        rules.append(rule)
    return tuple(rules)


def _kind(rule: Rule) -> tuple[object, ...]:
    return rule.name, rule.event_type or rule.fields.get("event_type"), rule.when, rule.loops


def _rule(own: dict[str, Value], shared: dict[str, Value], canonical: Collection[str]) -> Rule:
    each = own.get("each", shared.get("each"))
    loops = () if each is None or each.is_null else parse_loops(each)
    names = tuple(loop.name for loop in loops)
    fields: dict[str, Expression] = {}
    if "fields" in shared:
        fields |= parse_fields(shared["fields"], canonical, names)
    if "fields" in own:
        without = {target for target, item in own["fields"].mapping().items() if item.is_null}
        fields |= parse_fields(own["fields"], canonical, names)
        fields = {target: field for target, field in fields.items() if target not in without}
    if "type" in own:
        check_event_type(own["type"])
        if "fields" in own and "event_type" in own["fields"].mapping():
            raise own["type"].error("is given, and the field event_type as well: keep one of them")
        fields.pop("event_type", None)
    when = parse_condition(own["when"], names) if "when" in own else Every(())
    if_empty = own.get("if_empty", shared.get("if_empty"))
    if if_empty is not None and not loops:
        raise if_empty.error("belongs to `each`")
    if each is not None and loops:
        check_loops(each, loops, fields, condition_paths(when))
    event_id = own.get("event_id", shared.get("event_id"))
    identity = tuple(parse_expression(item, names) for item in event_id.items()) if event_id is not None else ()
    return Rule(
        name=own["name"].text() if "name" in own else "",
        event_type=own["type"].text() if "type" in own else None,
        when=when,
        loops=loops,
        keeps_empty=if_empty is None or if_empty.one_of(IF_EMPTY) == "event",
        fields=fields,
        identity=identity,
    )


def parse_loops(value: Value) -> tuple[Loop, ...]:
    """Parse `each: items`, or `each: {order: orders, item: order.items}` for lists in lists."""
    if not value.is_mapping:
        if not value.text():
            raise value.error("names no list")
        return (Loop(ELEMENT, parse_path(value.text(), ())),)
    loops: list[Loop] = []
    for name, path_value in value.mapping().items():
        outer = tuple(loop.name for loop in loops)
        path = parse_path(path_value.text(), outer)
        if "." in name or not name:
            raise path_value.error(f"is for elements called {name!r}, but the name must be a single word")
        if loops and path.level != len(loops):
            raise path_value.error(f"must be a list in {outer[-1]}, such as {outer[-1]}.{path.name}")
        loops.append(Loop(name, path))
    if not 1 <= len(loops) <= MOST_LISTS:
        raise value.error(f"must name one to {MOST_LISTS} lists")
    return tuple(loops)


def parse_fields(value: Value, canonical: Collection[str], names: tuple[str, ...] = ()) -> dict[str, Expression]:
    """Parse a mapping of canonical name to expression."""
    fields: dict[str, Expression] = {}
    for target, item in value.mapping().items():
        check_canonical(target, item, canonical)
        if not item.is_null:
            fields[target] = parse_expression(item, names)
    return fields


def check_canonical(name: str, value: Value, canonical: Collection[str]) -> None:
    """Raise an error if a name is none of the event's."""
    if name not in canonical:
        raise value.error(
            f"{name!r} is not a canonical field{hint(name, canonical)}: valid fields are {', '.join(canonical)}"
        )


def check_event_type(value: Value) -> None:
    """Raise an error if a text is no event type."""
    name = value.text()
    if name not in EVENT_TYPES:
        raise value.error(
            f"{name!r} is not an event type{hint(name, EVENT_TYPES)}: valid types are {', '.join(sorted(EVENT_TYPES))}"
        )


def check_loops(
    value: Value, loops: tuple[Loop, ...], fields: dict[str, Expression], more: tuple[Path, ...] = ()
) -> None:
    """Raise an error if no field uses the elements of a list: its events would all be the same."""
    used = {path.level for expression in fields.values() for path in paths_of(expression)}
    used |= {path.level for path in more} | {loop.path.level for loop in loops}
    for level, loop in enumerate(loops, 1):
        if level not in used:
            raise value.error(f"is never used: no field begins with `{loop.name}.`")
