"""Dialects: small YAML files that describe how a producer's fields map to the canonical event."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from ingestion.door.reading import FORMATS, Reading, parse_reading
from ingestion.door.times import ISO8601, time_reader
from ingestion.errors import UserError
from ingestion.event import FIELDS

# Only the door sets these. A producer's fields with these names go to `extra`.
DOOR_FIELDS: Final = frozenset({"received_at", "replayed_at", "extra", "reject_reason", "raw", "origin"})
PRODUCER_FIELDS: Final = tuple(name for name in FIELDS if name not in DOOR_FIELDS)
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
    rename
        Source name to one or more canonical names.
    constants
        Canonical name to the value that every event gets.
    values
        Canonical name to {source value: canonical value}; other values stay unchanged.
    time_format, zone
        See `ingestion.door.times.time_reader`.
    ip
        Source name of the visitor's IP address, in addition to the usual names.
    whole_numbers
        Canonical names from which a trailing `.0` is removed: spreadsheets turn customer 17850 into 17850.0.
    required
        Source names that a CSV file of this dialect must have.
    ignore
        Source names that are dropped.
    """

    name: str
    description: str = ""
    format: str | None = None
    read: Reading = Reading()
    rename: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    time_format: str = ISO8601
    zone: str = "UTC"
    ip: str | None = None
    whole_numbers: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


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
        return parse_dialect(text, name=path.stem, where=name_or_path)
    known = shipped_dialects()
    if name_or_path not in known:
        hint = _hint(name_or_path, known)
        raise UserError(
            f"dialect {name_or_path!r} does not exist{hint}: use one of {', '.join(known)}, "
            "or the path of your own .yml file"
        )
    text = (_SHIPPED / f"{name_or_path}.yml").read_text(encoding="utf-8")
    return parse_dialect(text, name=name_or_path, where=f"{name_or_path}.yml")


def parse_dialect(text: str, *, name: str, where: str) -> Dialect:
    """Parse a dialect from YAML text; `where` names the file in error messages."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise UserError(f"dialect {where} is not valid YAML{line}: {getattr(error, 'problem', error)}") from error
    reader = _Reader(where)
    data = reader.mapping("the file", data)
    reader.keys(data, _KEYS, "key")
    time = reader.mapping("time", data.get("time", {}))
    reader.keys(time, ("format", "zone"), "key under time:")
    dialect = Dialect(
        name=reader.text("name", data.get("name", name)),
        description=" ".join(reader.text("description", data.get("description", "")).split()),
        format=(format := reader.one_of("format", data.get("format"), FORMATS)),
        read=parse_reading(
            data.get("read", {}),
            lambda key, problem: UserError(f"dialect {where}: {key} {problem}"),
            default_format=format,
        ),
        rename={
            source: reader.canonical(reader.names(f"rename: {source}", targets), f"rename: {source}")
            for source, targets in reader.mapping("rename", data.get("rename", {})).items()
        },
        constants=reader.texts("constants", data.get("constants", {})),
        values={
            target: reader.texts(f"values: {target}", mapping)
            for target, mapping in reader.mapping("values", data.get("values", {})).items()
        },
        time_format=reader.text("time: format", time.get("format", ISO8601)),
        zone=reader.text("time: zone", time.get("zone", "UTC")),
        ip=reader.text("ip", data["ip"]) if data.get("ip") is not None else None,
        whole_numbers=reader.names("whole_numbers", data.get("whole_numbers", [])),
        required=reader.names("required", data.get("required", [])),
        ignore=reader.names("ignore", data.get("ignore", [])),
    )
    reader.canonical(tuple(dialect.constants), "constants")
    reader.canonical(tuple(dialect.values), "values")
    reader.canonical(dialect.whole_numbers, "whole_numbers")
    targets = [target for names in dialect.rename.values() for target in names]
    if twice := sorted({target for target in targets if targets.count(target) > 1}):
        raise UserError(f"dialect {where}: several fields are renamed to {', '.join(twice)}: keep one of them")
    try:
        time_reader(dialect.time_format, dialect.zone)
    except UserError as error:
        raise UserError(f"dialect {where}: {error}") from error
    return dialect


_KEYS: Final = (
    "name",
    "description",
    "format",
    "read",
    "rename",
    "constants",
    "values",
    "time",
    "ip",
    "whole_numbers",
    "required",
    "ignore",
)


def _hint(word: str, known: tuple[str, ...] | list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Validates YAML values; its errors name the file and the key."""

    where: str

    def mapping(self, what: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise UserError(f"dialect {self.where}: {what} must be a mapping of `name: value` lines")
        return {str(key): item for key, item in value.items()}

    def keys(self, data: dict[str, Any], valid: tuple[str, ...], what: str) -> None:
        for key in data:
            if key not in valid:
                raise UserError(
                    f"dialect {self.where}: unknown {what} {key!r}{_hint(key, valid)}: "
                    f"valid keys are {', '.join(valid)}"
                )

    def text(self, what: str, value: Any) -> str:
        if isinstance(value, bool | int | float):
            return str(value).lower() if isinstance(value, bool) else str(value)
        if not isinstance(value, str):
            raise UserError(f"dialect {self.where}: {what} must be text")
        return value

    def texts(self, what: str, value: Any) -> dict[str, str]:
        return {key: self.text(f"{what}: {key}", item) for key, item in self.mapping(what, value).items()}

    def names(self, what: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list):
            return tuple(self.text(what, item) for item in value)
        return (self.text(what, value),)

    def one_of(self, what: str, value: Any, valid: tuple[str, ...]) -> str | None:
        if value is not None and value not in valid:
            raise UserError(f"dialect {self.where}: {what} must be one of {', '.join(valid)}, not {value!r}")
        return None if value is None else str(value)

    def canonical(self, names: tuple[str, ...], what: str) -> tuple[str, ...]:
        for name in names:
            if name not in PRODUCER_FIELDS:
                raise UserError(
                    f"dialect {self.where}: {what}: {name!r} is not a canonical field"
                    f"{_hint(name, PRODUCER_FIELDS)}: valid fields are {', '.join(PRODUCER_FIELDS)}"
                )
        return names
