"""Rules of a dialect, compiled into functions of a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from typing import Any

from ingestion.door.compiling import Read, always_used, compile_path, compile_text
from ingestion.door.conditions import Holds, compile_condition, condition_level, condition_paths
from ingestion.door.dialect import NUMBER_FIELDS, Dialect
from ingestion.door.expressions import Expression, First, Path, level_of, paths_of
from ingestion.door.layout import Layout, Place, Scope
from ingestion.door.mapped import is_spreadsheet_integer
from ingestion.door.rules import Rule


@dataclass(frozen=True, slots=True)
class Level:
    """What a rule does with the record (level 0), or with each element of one of its lists.

    Attributes
    ----------
    name
        What the dialect calls an element.
    conditions
        What must hold.
    plain
        The fields that are texts as they stand, by the object that holds them: names of the field and of the text.
    firsts
        The fields that are the first of such texts, and what `values` says of them.
    fields
        The other fields that need nothing further inside.
    read_list
        Reads the list of the next level.
    list_place
        Where that list is.
    used
        What the fields of the rule use here.
    is_used
        Whether a field is the element itself.
    """

    name: str
    conditions: tuple[Holds, ...]
    plain: tuple[tuple[int, tuple[tuple[str, str], ...]], ...]
    firsts: tuple[tuple[str, tuple[Place, ...], dict[str, str]], ...]
    fields: tuple[tuple[str, Read], ...]
    read_list: Callable[[Scope], Any] | None
    list_place: Place | None
    used: frozenset[Place]
    is_used: bool


class CompiledRule:
    """A rule with its functions, by level."""

    def __init__(self, rule: Rule, dialect: Dialect, fields: dict[str, Expression], layout: Layout) -> None:
        event_type = fields.get("event_type")
        self.keeps_empty = rule.keeps_empty
        self.read_type = compile_text(event_type, layout) if event_type is not None else None
        self.type_level = level_of(event_type) if event_type is not None else 0
        self.identity = tuple((level_of(part), compile_text(part, layout)) for part in rule.identity)
        self.levels = [_level(number, rule, dialect, fields, layout) for number in range(len(rule.loops) + 1)]
        self._inner_identity = tuple((n, *part) for n, part in enumerate(self.identity) if part[0] > 0)
        self._name = rule.name

    def identify(self, scope: Scope, depth: int, fields: dict[str, str], of_record: list[str | None]) -> str | None:
        """What the dialect names as an event's identity, with its kind: a purchase is not its refund.

        Parameters
        ----------
        of_record
            The parts that stand in the record itself: empty for its first event, for its other events as it was left.
        """
        if not of_record:
            of_record += [read(scope) if level == 0 else None for level, read in self.identity]
        parts = of_record.copy()
        for number, level, read in self._inner_identity:
            if level <= depth:
                parts[number] = read(scope)
        return encode_identity([self._name or fields.get("event_type"), *parts]) if any(parts) else None


def encode_identity(parts: Iterable[str | None]) -> str:
    """An array of JSON, so that a text with a comma is no two texts. `json.dumps` takes five times as long."""
    return f"[{','.join(['null' if part is None else encode_basestring_ascii(part) for part in parts])}]"


def _level(number: int, rule: Rule, dialect: Dialect, fields: dict[str, Expression], layout: Layout) -> Level:
    here = {target: field for target, field in fields.items() if level_of(field) == number}
    plain = {
        target: layout.place(field)
        for target, field in here.items()
        if isinstance(field, Path) and field.steps and not is_changed(target, dialect)
    }
    firsts = {
        target: options
        for target, field in here.items()
        if target not in plain and (options := _options(target, field, dialect, layout))
    }
    used = [path for field in fields.values() for path in always_used(field) if path.level == number]
    conditions = [each for each in rule.when.conditions if condition_level(each) == number]
    next_list = rule.loops[number].path if number < len(rule.loops) else None
    return Level(
        name=rule.loops[number - 1].name if number else "",
        conditions=tuple(compile_condition(each, layout, dialect.marks) for each in conditions),
        plain=tuple(
            (holder, tuple((target, name) for target, (position, name) in plain.items() if position == holder))
            for holder in dict.fromkeys(position for position, _ in plain.values())
        ),
        firsts=tuple((target, options, dialect.values.get(target, {})) for target, options in firsts.items()),
        fields=tuple(
            (target, compile_field(target, field, dialect, layout))
            for target, field in here.items()
            if target not in plain and target not in firsts
        ),
        read_list=compile_path(next_list, layout) if next_list is not None else None,
        list_place=layout.place(next_list) if next_list is not None and next_list.steps else None,
        used=frozenset(layout.place(path) for path in used if path.steps),
        is_used=any(not path.steps for path in used),
    )


def _options(target: str, field: Expression, dialect: Dialect, layout: Layout) -> tuple[Place, ...]:
    """The places of a field that is the first of some paths and no more; none for any other."""
    options = field.options if isinstance(field, First) else (field,)
    if target in dialect.whole_numbers or (target in NUMBER_FIELDS and not dialect.marks.are_usual):
        return ()
    places = tuple(layout.place(option) for option in options if isinstance(option, Path) and option.steps)
    return places if len(places) == len(options) else ()


def paths_of_rule(rule: Rule, fields: dict[str, Expression]) -> list[Path]:
    """Every path that a rule needs."""
    expressions = [*fields.values(), *rule.identity]
    paths = [path for expression in expressions for path in paths_of(expression)]
    inner = [Path(level, (), "") for level in range(1, len(rule.loops) + 1)]
    return [*paths, *condition_paths(rule.when), *(loop.path for loop in rule.loops), *inner]


def compile_field(target: str, expression: Expression, dialect: Dialect, layout: Layout) -> Read:
    """A function that reads a field: its expression, then what `values` and `whole_numbers` say of it."""
    read = compile_text(expression, layout, dialect.marks if target in NUMBER_FIELDS else None)
    values = dialect.values.get(target, {})
    is_whole = target in dialect.whole_numbers
    if not values and not is_whole:
        return read

    def read_changed(scope: Scope) -> str | None:
        value = read(scope)
        if value is None:
            return None
        value = values.get(value, value)
        if is_whole and is_spreadsheet_integer(value):
            value = value.partition(".")[0]
        return value or None

    return read_changed


def is_changed(target: str, dialect: Dialect) -> bool:
    """Whether the text of a field is changed after it is read."""
    is_marked = target in NUMBER_FIELDS and not dialect.marks.are_usual
    return is_marked or target in dialect.values or target in dialect.whole_numbers
