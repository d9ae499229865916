"""Values of a dialect's YAML that know their line, so that every mistake is reported where it stands."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.constructor import SafeConstructor

from ingestion.errors import UserError

_STRING: Final = "tag:yaml.org,2002:str"
_NULL: Final = "tag:yaml.org,2002:null"
_NUMBERS: Final = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_MERGE: Final = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a YAML file.

    Attributes
    ----------
    node
        The value as YAML's parser gives it.
    file
        The file, for messages.
    what
        The keys that lead to it, such as `fields: price`, for messages.
    """

    node: yaml.Node
    file: str
    what: str

    @property
    def line(self) -> int:
        """Its line, from 1."""
        return int(self.node.start_mark.line) + 1

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_null(self) -> bool:
        return self.node.tag == _NULL

    @property
    def is_number(self) -> bool:
        return self.node.tag in _NUMBERS

    def error(self, problem: str) -> UserError:
        """The error for a mistake in this value: `dialect FILE:LINE: KEYS problem`."""
        return UserError(f"dialect {self.file}:{self.line}: {self.what} {problem}")

    def mapping(self, valid: Collection[str] | None = None, what: str = "key") -> dict[str, Value]:
        """The values of a mapping by name, whose names must be among the valid ones."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("must be a mapping of `name: value` lines")
        if any(key.tag == _MERGE for key, _ in self.node.value):
            SafeConstructor().flatten_mapping(self.node)
            # what stands beside `<<` comes after what it merges, and wins
            self.node.value = list({key.value: (key, item) for key, item in self.node.value}.values())
        found: dict[str, Value] = {}
        for key, item in self.node.value:
            here = Value(key, self.file, self.what)
            if not isinstance(key, yaml.ScalarNode):
                raise here.error("has a name that is no text")
            name = key.value
            if name in found:
                raise here.error(f"gives {name!r} twice")
            if valid is not None and name not in valid:
                where = f"{self.what}: " if self.what != _WHOLE else ""
                raise UserError(
                    f"dialect {self.file}:{here.line}: {where}unknown {what} {name!r}{hint(name, valid)}: "
                    f"valid are {', '.join(valid)}"
                )
            found[name] = Value(item, self.file, name if self.what == _WHOLE else f"{self.what}: {name}")
        return found

    def items(self) -> list[Value]:
        """The values of a list; a single value is a list of one."""
        if isinstance(self.node, yaml.SequenceNode):
            return [Value(item, self.file, self.what) for item in self.node.value]
        return [self]

    def text(self) -> str:
        """The text as it is written, whatever YAML makes of it: `NO` and `1.50` stay what they are."""
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null:
            raise self.error("must be text")
        return str(self.node.value)

    def texts(self) -> dict[str, str]:
        """The texts of a mapping by name."""
        return {name: value.text() for name, value in self.mapping().items()}

    def names(self) -> tuple[str, ...]:
        """The texts of a list, or a single text."""
        return tuple(item.text() for item in self.items())

    def one_of(self, valid: Collection[str]) -> str:
        """A text that must be among the valid ones."""
        text = self.text()
        if text not in valid:
            raise self.error(f"must be one of {', '.join(valid)}, not {text!r}{hint(text, valid)}")
        return text

    def plain(self) -> Any:
        """What `yaml.safe_load` gives for it."""
        try:
            return SafeConstructor().construct_document(self.node)
        except yaml.YAMLError as error:
            raise self.error(f"cannot be read: {getattr(error, 'problem', error)}") from error

    def at(self, keys: Iterable[str]) -> Value:
        """The value that these keys lead to, as far as they lead."""
        value = self
        for key in keys:
            if not value.is_mapping:
                break
            inner = value.mapping()
            if key not in inner:
                break
            value = inner[key]
        return value


_WHOLE: Final = "the file"


def parse_yaml(text: str, file: str) -> Value:
    """Parse a YAML file into a value.

    Raises
    ------
    UserError
        It is not valid YAML, or empty.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise UserError(f"dialect {file} is not valid YAML{line}: {getattr(error, 'problem', error)}") from error
    except RecursionError:
        raise UserError(f"dialect {file} is nested too deeply") from None
    if node is None:
        raise UserError(f"dialect {file}: the file must be a mapping of `name: value` lines, but it is empty")
    return Value(node, file, _WHOLE)


def hint(word: str, known: Iterable[str]) -> str:
    """` (did you mean ...?)` if a known word is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
