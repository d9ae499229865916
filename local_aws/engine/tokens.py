"""A tokenizer for statement heads. Bodies of queries are never parsed, so that what Trino says of them holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from local_aws.engine.errors import AthenaSyntaxError

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)
      | (?P<string>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<back>`(?:[^`]|``)*`)
      | (?P<number>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_$@]))
      | (?P<word>[A-Za-z0-9_$@]+)
      | (?P<mark>.)""",
    re.DOTALL | re.VERBOSE,
)
_QUOTES: Final = {"string": "'", "quoted": '"', "back": "`"}
_OPENING: Final = {"(", "[", "<"}
_CLOSING: Final = {")", "]", ">"}
_AFTER_A_TYPE: Final = {",", ")", "COMMENT", "FIRST", "AFTER"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, name, string, number or mark, and its position in the statement."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text

    @property
    def name(self) -> str:
        """The text without its quotes."""
        quote = _QUOTES.get(self.kind)
        return self.text[1:-1].replace(quote * 2, quote) if quote else self.text


def tokenize(sql: str) -> list[Token]:
    """All tokens except whitespace and comments."""
    return [
        Token(found.lastgroup or "", found.group(), found.start(), found.end())
        for found in _TOKEN.finditer(sql)
        if found.lastgroup != "space"
    ]


class Cursor:
    """A position in the tokens of one statement."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = tokenize(sql)
        self.index = 0

    def peek(self, ahead: int = 0) -> Token:
        index = self.index + ahead
        return self.tokens[index] if index < len(self.tokens) else Token("end", "", len(self.sql), len(self.sql))

    @property
    def at_end(self) -> bool:
        return self.peek().kind == "end"

    @property
    def rest(self) -> str:
        return self.sql[self.peek().start :]

    def take_rest(self) -> str:
        """The raw text from here on: the body of a query, which Trino parses."""
        rest = self.rest
        self.index = len(self.tokens)
        return rest

    def expect_end(self) -> None:
        """Raise if anything follows; otherwise a statement that Athena rejects would run in part."""
        while self.accept(";"):
            pass
        if not self.at_end:
            raise self.unexpected("<EOF>")

    def next(self) -> Token:
        token = self.peek()
        self.index += 1
        return token

    def accept(self, *words: str) -> bool:
        """Skip these words if they are next; whether they were."""
        if all(self.peek(ahead).upper == word for ahead, word in enumerate(words)):
            self.index += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.unexpected(" ".join(words))

    def unexpected(self, expecting: str = "") -> AthenaSyntaxError:
        token = self.peek()
        before = self.sql[: token.start]
        line = before.count("\n") + 1
        column = token.start - (before.rfind("\n") + 1)
        wanted = f" expecting {expecting}" if expecting else ""
        return AthenaSyntaxError(f"line {line}:{column} mismatched input '{token.text or '<EOF>'}'{wanted}")

    def dotted_name(self) -> list[str]:
        """`a`, `a.b` or `a.b.c`, without quotes."""
        parts = [self.next_name()]
        while self.accept("."):
            parts.append(self.next_name())
        return parts

    def next_name(self) -> str:
        if self.peek().kind in {"end", "mark"}:
            raise self.unexpected("a name")
        return self.next().name

    def bracketed(self) -> str:
        """The raw text between an opening bracket and its closing one."""
        self.expect("(")
        start, depth = self.peek().start, 1
        while not self.at_end:
            token = self.next()
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                return self.sql[start : token.start]
        raise self.unexpected("')'")

    def value(self) -> str:
        """The raw text up to a comma or closing bracket of the same level."""
        start = end = self.peek().start
        depth = 0
        while not self.at_end:
            token = self.peek()
            if depth == 0 and token.text in {",", ")"}:
                break
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
            end = token.end
            self.index += 1
        return self.sql[start:end]

    def assignments(self) -> dict[str, str]:
        """`(name = value, ...)`: raw values by lower-case name."""
        self.expect("(")
        found: dict[str, str] = {}
        while not self.accept(")"):
            name = ".".join(self.dotted_name())
            self.expect("=")
            found[name.lower()] = self.value().strip()
            self._separator()
        return found

    def string_map(self) -> dict[str, str]:
        """`('name' = 'value', ...)`, with the names unchanged."""
        self.expect("(")
        found: dict[str, str] = {}
        while not self.accept(")"):
            name = ".".join(self.dotted_name())
            self.expect("=")
            found[name] = unquoted(self.value().strip())
            self._separator()
        return found

    def values(self) -> list[str]:
        """`(value, ...)`, raw."""
        self.expect("(")
        found = []
        while not self.accept(")"):
            found.append(self.value().strip())
            self._separator()
        return found

    def columns(self) -> list[dict[str, str]]:
        """`(name type [comment 'text'], ...)` as Glue columns; Hive types, lower case."""
        self.expect("(")
        found = []
        while not self.accept(")"):
            found.append(self.column())
            self._separator()
        return found

    def column(self) -> dict[str, str]:
        """`name type [comment 'text']`, up to a token that can follow a column."""
        column = {"Name": self.next_name().lower()}
        start = end = self.peek().start
        depth = 0
        while not self.at_end and not (depth == 0 and self.peek().upper in _AFTER_A_TYPE):
            token = self.next()
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
            end = token.end
        column["Type"] = self.sql[start:end].strip().lower()
        if not column["Type"]:
            raise self.unexpected("a type")
        if self.accept("COMMENT"):
            column["Comment"] = self.next().name
        return column

    def _separator(self) -> None:
        if self.peek().text != ")":
            self.expect(",")


def unquoted(text: str) -> str:
    """A property value without its string quotes."""
    for quote in ("'", '"'):
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            return text[1:-1].replace(quote * 2, quote)
    return text


def quoted_name(parts: list[str]) -> str:
    """A dotted name in Trino's quotes."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"
