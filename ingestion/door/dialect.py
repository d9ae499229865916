"""Dialects: small YAML files that describe how a producer's fields map to the canonical event."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from ingestion.door.conditions import Every, parse_condition
from ingestion.door.expressions import Expression, First, parse_expression
from ingestion.door.expressions import Path as FieldPath
from ingestion.door.numbers import Marks
from ingestion.door.pairs import Pairs, parse_pairs
from ingestion.door.python_escape import parse_escape
from ingestion.door.reading import FORMATS, Reading, parse_reading
from ingestion.door.rules import Rule, check_canonical, check_event_type, parse_rules
from ingestion.door.times import ISO8601, time_reader
from ingestion.door.yaml_values import Value, hint, parse_yaml
from ingestion.errors import UserError
from ingestion.event import FIELDS

# Only the door sets these. A producer's fields with these names go to `extra`.
DOOR_FIELDS: Final = frozenset({"received_at", "replayed_at", "extra", "reject_reason", "raw", "origin"})
PRODUCER_FIELDS: Final = tuple(name for name in FIELDS if name not in DOOR_FIELDS)
NUMBER_FIELDS: Final = frozenset({"price", "quantity", "line_total", "discount", "tax", "shipping"})
KEYS: Final = (
    "name",
    "description",
    "format",
    "read",
    "sums",
    "python",
    "pairs",
    "rename",
    "constants",
    "fields",
    "each",
    "if_empty",
    "events",
    "values",
    "time",
    "ip",
    "whole_numbers",
    "event_id",
    "ignore_events",
    "ignore_when",
    "otherwise",
    "unknown",
    "required",
    "ignore",
)
"""The keys of a dialect. docs/reference/dialects.md explains each."""

# with one of these a record is more than one event whose fields are renamed
_RULE_KEYS: Final = ("fields", "each", "if_empty", "events", "pairs", "event_id", "ignore_when", "otherwise")
_SHIPPED: Final = resources.files("ingestion.door") / "dialects"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a producer's fields become the canonical ones. Fields that are not listed keep their names.

    Attributes
    ----------
    format
        `csv`, `json` or `parquet`; None to detect it from the file.
    read
        How its files are read.
    sums
        Names of columns that each row of a group (`read.fill_down`) gets: the sum of an expression over the group.
    python
        Path of a file and name of a function in it that makes records of a record before anything else.
    pairs
        Lists of keys and values that become objects.
    rename
        Source name to one or more canonical names.
    constants
        Canonical name to the value that every event gets.
    rules
        Which events a record gives, with their fields. Empty if a record is one event whose fields are only renamed.
    values
        Canonical name to {source value: canonical value}; other values stay unchanged.
    time_format, zone
        See `ingestion.door.times.time_reader`.
    ip
        The visitor's IP address, in addition to the usual names.
    whole_numbers
        Canonical names from which a trailing `.0` is removed: spreadsheets turn customer 17850 into 17850.0.
    ignore_events
        Names of events, as the source has them, that are counted and not stored.
    ignore_when
        Records for which this holds are counted and not stored.
    otherwise
        `refuse` or `ignore`: what becomes of a record from which no rule makes an event.
    unknown
        `keep` or `drop`: what becomes of what no field uses.
    required
        Source names that a CSV file of this dialect must have.
    ignore
        Source names that are dropped.
    """

    name: str
    description: str = ""
    format: str | None = None
    read: Reading = field(default_factory=Reading)
    sums: dict[str, Expression] = field(default_factory=dict)
    python: tuple[str, str] | None = None
    pairs: tuple[Pairs, ...] = ()
    rename: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    time_format: str | tuple[str, ...] = ISO8601
    zone: str = "UTC"
    ip: Expression | None = None
    whole_numbers: tuple[str, ...] = ()
    ignore_events: frozenset[str] = frozenset()
    ignore_when: Every | None = None
    otherwise: str = "refuse"
    unknown: str = "keep"
    required: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def is_flat(self) -> bool:
        """Whether a record is one event whose fields are only renamed."""
        return not self.rules

    @property
    def ip_names(self) -> tuple[str, ...]:
        """The plain names of fields with the visitor's address."""
        return (plain_names(self.ip) or ()) if self.ip is not None else ()

    @property
    def marks(self) -> Marks:
        """The marks of numbers."""
        return Marks(self.read.decimal, self.read.thousands)


def plain_names(expression: Expression) -> tuple[str, ...] | None:
    """The names of an expression that is nothing but fields of the record; None if it is more."""
    options = expression.options if isinstance(expression, First) else (expression,)
    names = [option.name for option in options if isinstance(option, FieldPath) and len(option.steps) == 1]
    return tuple(names) if len(names) == len(options) else None


def shipped_dialects() -> list[str]:
    """Names of the dialects in the package, sorted."""
    return sorted(path.name.removesuffix(".yml") for path in _SHIPPED.iterdir() if path.name.endswith(".yml"))


def load_dialect(name_or_path: str) -> Dialect:
    """Load a dialect of the package by name, or a custom one by the path of its `.yml` file.

    Raises
    ------
    UserError
        The dialect or file does not exist, or the file is not a valid dialect.
    """
    if name_or_path.endswith((".yml", ".yaml")):
        path = Path(name_or_path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "the file is not UTF-8 text"
            raise UserError(f"cannot read dialect {name_or_path}: {reason}") from error
        return parse_dialect(text, name=path.stem, where=name_or_path, folder=path.parent)
    with resources.as_file(_SHIPPED) as folder:
        where = f"{name_or_path}.yml"
        return parse_dialect(dialect_text(name_or_path), name=name_or_path, where=where, folder=folder)


def dialect_text(name: str) -> str:
    """The YAML of a dialect of the package.

    Raises
    ------
    UserError
        There is none of this name.
    """
    known = shipped_dialects()
    if name not in known:
        raise UserError(
            f"dialect {name!r} does not exist{hint(name, known)}: use one of {', '.join(known)}, "
            "or the path of your own .yml file"
        )
    return (_SHIPPED / f"{name}.yml").read_text(encoding="utf-8")


def parse_dialect(text: str, *, name: str, where: str, folder: Path | None = None) -> Dialect:
    """Parse a dialect from YAML text.

    Parameters
    ----------
    where
        Names the file in messages.
    folder
        Where the file stands, for `python:`; None if there is none.

    Raises
    ------
    UserError
        There is a mistake; the message names the file and the line.
    """
    try:
        return _parse(parse_yaml(text, where), name, folder or Path())
    except RecursionError:
        raise UserError(f"dialect {where} is nested too deeply") from None


def _parse(whole: Value, name: str, folder: Path) -> Dialect:
    data = whole.mapping(KEYS)
    given = {key: value for key, value in data.items() if not (value.is_null and key in ("ip", "format"))}

    def texts(key: str) -> dict[str, str]:
        return given[key].texts() if key in given else {}

    def names(key: str) -> tuple[str, ...]:
        return given[key].names() if key in given else ()

    rename = {source: item.names() for source, item in given["rename"].mapping().items()} if "rename" in given else {}
    values = _values(given)
    _check_targets(given)
    ip = parse_expression(given["ip"]) if "ip" in given else None
    unknown = given["unknown"].one_of(("keep", "drop")) if "unknown" in given else "keep"
    needs_rules = given.keys() & _RULE_KEYS or unknown == "drop" or (ip is not None and plain_names(ip) is None)
    format_ = given["format"].one_of(FORMATS) if "format" in given else None
    time_format, zone = _time(given.get("time"))
    read = _reading(given.get("read"), format_)
    if "sums" in given and read.fill_down is None:
        raise given["sums"].error("needs `read: {fill_down: ...}`, which says which rows belong together")
    return Dialect(
        name=given["name"].text() if "name" in given else name,
        description=" ".join(given["description"].text().split()) if "description" in given else "",
        format=format_,
        read=read,
        sums={key: parse_expression(item) for key, item in given["sums"].mapping().items()} if "sums" in given else {},
        python=parse_escape(given["python"], folder) if "python" in given else None,
        pairs=parse_pairs(given["pairs"]) if "pairs" in given else (),
        rename=rename,
        constants=texts("constants"),
        rules=parse_rules(given, PRODUCER_FIELDS) if needs_rules else (),
        values=values,
        time_format=time_format,
        zone=zone,
        ip=ip,
        whole_numbers=names("whole_numbers"),
        ignore_events=frozenset(names("ignore_events")),
        ignore_when=parse_condition(given["ignore_when"]) if "ignore_when" in given else None,
        otherwise=given["otherwise"].one_of(("refuse", "ignore")) if "otherwise" in given else "refuse",
        unknown=unknown,
        required=names("required"),
        ignore=names("ignore"),
    )


def _values(given: dict[str, Value]) -> dict[str, dict[str, str]]:
    if "values" not in given:
        return {}
    values: dict[str, dict[str, str]] = {}
    ignored = given["ignore_events"].names() if "ignore_events" in given else ()
    for target, mapping in given["values"].mapping().items():
        check_canonical(target, mapping, PRODUCER_FIELDS)
        values[target] = mapping.texts()
        for source, item in mapping.mapping().items() if target == "event_type" else ():
            if item.text():
                check_event_type(item)
            if source in ignored:
                raise item.error(f"says what becomes of {source}, but ignore_events ignores it: remove one of them")
    return values


def _check_targets(given: dict[str, Value]) -> None:
    """Every field of the event must exist and come from one place."""
    sources: dict[str, str] = {}

    def claim(target: str, value: Value, section: str) -> None:
        check_canonical(target, value, PRODUCER_FIELDS)
        if target in sources:
            other = sources[target]
            problem = "several fields are renamed to" if other == section == "rename" else f"{other} also gives"
            raise value.error(f"cannot stand beside another: {problem} {target}, so keep one of them")
        sources[target] = section

    for item in given["rename"].mapping().values() if "rename" in given else ():
        for target in item.items():
            claim(target.text(), target, "rename")
    for section in ("constants", "fields"):
        for name, item in given[section].mapping().items() if section in given else ():
            claim(name, item, section)
            if section == "constants" and not item.text():
                raise item.error("must not be empty")
    for target in given["whole_numbers"].items() if "whole_numbers" in given else ():
        check_canonical(target.text(), target, PRODUCER_FIELDS)
    if "event_id" in given and "event_id" in sources:
        raise given["event_id"].error(
            f"says what the id is derived from, but {sources['event_id']} gives the id itself"
        )


def _time(value: Value | None) -> tuple[str | tuple[str, ...], str]:
    if value is None:
        return ISO8601, "UTC"
    given = value.mapping(("format", "zone"), "key")
    formats = given["format"].names() if "format" in given else (ISO8601,)
    zone = given["zone"].text() if "zone" in given else "UTC"
    for item in given["format"].items() if "format" in given else ():
        try:
            time_reader(item.text())
        except UserError as error:
            raise item.error(f"is wrong: {error}") from error
    try:
        time_reader(formats, zone)
    except UserError as error:
        raise given.get("zone", value).error(f"is wrong: {error}") from error
    return formats[0] if len(formats) == 1 else formats, zone


def _reading(value: Value | None, format_: str | None) -> Reading:
    def fail(key: str, problem: str) -> UserError:
        assert value is not None
        place = value.at(key.split(": ")[1:])
        return Value(place.node, value.file, key).error(problem)

    section: Any = {} if value is None else value.plain()
    return parse_reading(section, fail, default_format=format_)
