"""The mapping of a dialect with paths, lists or rules, compiled once into functions of a record."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Final

import msgspec

from ingestion.door.compiled_rules import CompiledRule, compile_field, encode_identity, paths_of_rule
from ingestion.door.compiling import Read, RecordTooLargeError, compile_text, text
from ingestion.door.conditions import compile_condition, condition_paths
from ingestion.door.dialect import PRODUCER_FIELDS, Dialect
from ingestion.door.expressions import Constant, Expression, First, Path, parse_path, paths_of
from ingestion.door.layout import CHOICES, RECORD, Layout, Scope
from ingestion.door.leftovers import Leftovers, as_texts, remove_choices
from ingestion.door.mapped import IP_FIELDS, Mapped, is_hash, merge_extra, most_events
from ingestion.door.pairs import compile_pairs
from ingestion.door.parsed_lines import MAX_LINE_BYTES

Element = tuple[int, int]
"""An element of a list: the id of the list, and the position in it."""

_MOST_PLANS: Final = 256


class _Made(msgspec.Struct, gc=False):
    """An event before its `extra` is known: its rule, its scope, the elements that it is made of, its fields."""

    rule: CompiledRule
    scope: Scope
    elements: tuple[Element, ...]
    fields: dict[str, str]
    identity: str | None


class RuleMapper:
    """Applies the rules of a dialect."""

    def __init__(self, dialect: Dialect) -> None:
        fields = [_fields_of(rule.fields, rule.event_type, dialect) for rule in dialect.rules]
        ip_paths = paths_of(dialect.ip) if dialect.ip is not None else ()
        names = next((tuple(loop.name for loop in rule.loops) for rule in dialect.rules if rule.loops), ())
        ignored = [parse_path(name, names) for name in dialect.ignore]
        used = [path for own in fields for field in own.values() for path in paths_of(field)]
        paths = [path for rule, own in zip(dialect.rules, fields, strict=True) for path in paths_of_rule(rule, own)]
        paths += [*ip_paths, *ignored, *(condition_paths(dialect.ignore_when) if dialect.ignore_when else ())]
        # a field that the dialect does not mention keeps its name
        targets = {target for own in fields for target in own}
        taken = targets | {path.steps[0] for path in used if path.level == 0} | set(dialect.ignore)
        kept = [name for name in PRODUCER_FIELDS if name not in taken]
        self._layout = layout = Layout([*paths, *(Path(0, (name,), name) for name in kept)], dialect.read.null_values)
        self._rules = [
            CompiledRule(rule, dialect, own, layout) for rule, own in zip(dialect.rules, fields, strict=True)
        ]
        self._kept = {name: compile_field(name, Path(0, (name,), name), dialect, layout) for name in kept}
        self._kept_names = frozenset(kept)
        self._used = [(RECORD, name) for name in kept]
        self._dropped = [
            *((RECORD, name) for name in IP_FIELDS),
            *(layout.place(path) for path in (*ip_paths, *ignored)),
        ]
        self._pairs = [compile_pairs(pairs) for pairs in dialect.pairs]
        self._nulls = dialect.read.null_values
        self._ignored_events = dialect.ignore_events
        self._early_type = self._type_before_pairs([own.get("event_type") for own in fields])
        self._reads_types = bool(self._ignored_events) and self._early_type is None
        self._ignores = compile_condition(dialect.ignore_when, layout, dialect.marks) if dialect.ignore_when else None
        self._ignores_others = dialect.otherwise == "ignore"
        self._keeps_unknown = dialect.unknown == "keep"
        self._ip = compile_text(dialect.ip, layout) if dialect.ip is not None else None
        self._most_events = most_events(MAX_LINE_BYTES)
        self._plans: dict[tuple[Any, ...], Leftovers] = {}

    def _type_before_pairs(self, types: list[Expression | None]) -> Read | None:
        """Reads the type before lists of pairs are united, if it may: most of what trackers send is ignored."""
        first = types[0]
        if not self._ignored_events or len(set(types)) > 1 or not isinstance(first, Path) or len(first.steps) > 1:
            return None
        return None if first.level else compile_text(first, self._layout)

    def identity_of(self, record: dict[str, Any]) -> str | None:
        """See `Mapper.identity_of`."""
        scope = self._layout.scope(record)
        try:
            parts = [read(scope) if level == 0 else None for level, read in self._rules[0].identity]
        except RecordTooLargeError:  # the door rejects the record
            return None
        return encode_identity(parts) if any(parts) else None

    def map(self, record: dict[str, Any], size: int = MAX_LINE_BYTES) -> list[Mapped]:
        """See `Mapper.map`."""
        if self._early_type is not None and self._early_type([[], record]) in self._ignored_events:
            return []
        for unite in self._pairs:
            unite(record)
        scope = self._layout.scope(record)
        if self._ignores is not None and self._ignores(scope):
            return []
        address = self._address(scope)
        made: list[_Made] = []
        is_handled = False
        self._most_events = most_events(size)
        for rule in self._rules:
            is_handled |= self._make(rule, 0, scope, (), {}, [], made)
        if not made:
            return [] if is_handled or self._ignores_others else [self._untyped(scope, address)]
        kept = {}
        if not self._kept_names.isdisjoint(record):
            kept = {name: value for name in self._kept if (value := self._kept[name](scope)) is not None}
        extras = self._extras(scope, made) if self._keeps_unknown else [{} for _ in made]
        if "extra" in extras[0]:
            merge_extra(extras[0])
        return _events(made, kept, extras, address)

    def _make(
        self,
        rule: CompiledRule,
        depth: int,
        scope: Scope,
        elements: tuple[Element, ...],
        outer: dict[str, str],
        identity: list[str | None],
        made: list[_Made],
    ) -> bool:
        """Add the events of a rule for a record or an element. Return whether the rule says what becomes of it."""
        level = rule.levels[depth]
        for holds in level.conditions:
            if not holds(scope):
                return False
        if self._reads_types and rule.type_level == depth and rule.read_type is not None:
            event_type = rule.read_type(scope)
            if event_type in self._ignored_events:
                return True
        fields, nulls = outer.copy(), self._nulls
        for position, plain in level.plain:
            if holder := scope[position]:
                for target, name in plain:
                    value = holder.get(name)
                    if value is None:
                        continue
                    if value.__class__ is not str:
                        value = text(value)
                    if value and value not in nulls:
                        fields[target] = value
        for target, options, values in level.firsts:
            for position, name in options:
                holder = scope[position]
                given = value = holder.get(name)
                if value is None:
                    continue
                if value.__class__ is not str:
                    value = text(value)
                if value and value not in nulls:
                    if len(options) > 1:
                        choices = scope[CHOICES]
                        if value is not given:
                            choices.append((holder, name))
                        # what says the same again is no more than that
                        for position, other in options:
                            if scope[position].get(other) == value:
                                choices.append((scope[position], other))
                    if values:
                        value = values.get(value, value)
                    if value:
                        fields[target] = value
                    break
        for target, read in level.fields:
            if (value := read(scope)) is not None:
                fields[target] = value
        if level.read_list is None:
            if len(made) >= self._most_events:
                raise RecordTooLargeError
            identified = rule.identify(scope, depth, fields, identity) if rule.identity else None
            made.append(_Made(rule, scope, elements, fields, identified))
            return True
        inside, items = self._layout.inside, level.read_list(scope)
        if items.__class__ is not list or not items:
            if not rule.keeps_empty:
                return True
            return self._make(rule, depth + 1, inside(depth + 1, scope, None), elements, fields, identity, made)
        is_handled = False
        for index, item in enumerate(items):
            here = inside(depth + 1, scope, item)
            is_handled |= self._make(rule, depth + 1, here, (*elements, (id(items), index)), fields, identity, made)
        return is_handled

    def _address(self, scope: Scope) -> str | None:
        record = scope[RECORD]
        found = self._ip(scope) if self._ip is not None else None
        for name in IP_FIELDS:
            if found is None and name in record and (address := text(record.get(name))) not in self._nulls:
                found = address
        # the first address in X-Forwarded-For is the visitor's, the others are of proxies
        return found.partition(",")[0] if found else None

    def _untyped(self, scope: Scope, address: str | None) -> Mapped:
        """A record that no rule takes. Its time says where its rejected line belongs."""
        level = self._rules[0].levels[0]
        times = [
            text(scope[position].get(name))
            for position, plain in level.plain
            for target, name in plain
            if target == "event_time"
        ]
        times += [read(scope) for target, read in level.fields if target == "event_time"]
        return Mapped({"event_time": times[0]} if times and times[0] else {}, {}, address)

    def _extras(self, scope: Scope, made: list[_Made]) -> list[dict[str, Any]]:
        """The `extra` of each event: the record's with its first event, an element's with the element's first event.

        An element that no rule took stays in its list.
        """
        extras: list[dict[str, Any]] = [{} for _ in made]
        remove_choices(scope)
        takers: dict[Element, list[int]] = {}
        for index, event in enumerate(made):
            for element in event.elements:
                if element in takers:
                    takers[element].append(index)
                else:
                    takers[element] = [index]
        for element, indexes in takers.items():
            first = made[indexes[0]]
            depth = first.elements.index(element) + 1
            rules = [first.rule] if len(indexes) == 1 else list(dict.fromkeys(made[index].rule for index in indexes))
            if left := self._left(depth, first.scope, rules, takers):
                extras[indexes[0]][first.rule.levels[depth].name] = left
        left = as_texts(self._left(0, scope, list(dict.fromkeys(event.rule for event in made)), takers), self._nulls)
        for name, value in extras[0].items():
            free = name
            while free in left:
                free += "_"
            left[free] = value
        extras[0] = left
        return extras

    def _left(self, depth: int, scope: Scope, rules: list[CompiledRule], taken: Container[Element]) -> Any:
        """What is left of the record or an element that these rules took."""
        element = scope[self._layout.starts[depth] - 1]
        if depth and element.__class__ is not dict:
            is_used = any(rule.levels[depth].is_used for rule in rules)
            return None if is_used else element if isinstance(element, list) else text(element)
        key = depth, *rules
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plan(depth, rules)
            if len(self._plans) < _MOST_PLANS:
                self._plans[key] = plan
        return plan.collect(scope, taken)

    def _plan(self, depth: int, rules: list[CompiledRule]) -> Leftovers:
        levels = [rule.levels[depth] for rule in rules]
        return Leftovers(
            self._layout,
            depth,
            used={place for level in levels for place in level.used}.union(self._used),
            dropped=self._dropped,
            lists={level.list_place for level in levels if level.list_place is not None},
        )


def _fields_of(own: dict[str, Expression], event_type: str | None, dialect: Dialect) -> dict[str, Expression]:
    """The fields of a rule, with those that all events of the dialect have."""
    fields: dict[str, Expression] = {
        target: First((Path(0, (source,), source), Path(0, (target,), target)))
        for source, targets in dialect.rename.items()
        for target in targets
    }
    fields |= {target: Constant(constant) for target, constant in dialect.constants.items()} | own
    return fields | {"event_type": Constant(event_type)} if event_type else fields


def _events(made: list[_Made], kept: dict[str, str], extras: list[dict[str, Any]], address: str | None) -> list[Mapped]:
    """The events, of which those with the same id or identity are numbered."""
    seen: dict[str, int] = {}
    events: list[Mapped] = []
    for number, event in enumerate(made):
        extra = extras[number]
        fields = kept | event.fields if kept else event.fields
        if "visitor_hash" in fields and not is_hash(fields["visitor_hash"]):
            extra["visitor_hash"] = fields.pop("visitor_hash")
        part = number
        if event.identity is not None:
            part = seen.get(event.identity, 0)
            seen[event.identity] = part + 1
        elif (given := fields.get("event_id")) is not None and len(made) > 1:
            seen[given] = count = seen.get(given, 0) + 1
            if count > 1:
                fields["event_id"] = f"{given}-{count}"
        events.append(Mapped(fields, extra, address, part, event.identity))
    return events
