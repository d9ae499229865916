"""Splits JSON text into its records: the objects of arrays, of a wrapped list, over several lines, or run together.

Each record keeps its text, from which an event without an id gets one. Memory is bounded by the longest line that the
door accepts. A record that is damaged does not cost its neighbours: the splitter goes on at the next object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, NamedTuple

from ingestion.door.parsed_lines import MAX_LINE_BYTES

_Match = Callable[[bytes, int], "re.Match[bytes] | None"]

_STRING_REST: Final = rb'[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+'
_STRING: Final = rb'"' + _STRING_REST + rb'"'
_SCALAR: Final = rb'[^"{}\[\],:\s]++'
_DEPTH: Final = 5


def _object_pattern(depth: int) -> bytes:
    """An object that nests at most so many levels. All quantifiers are possessive, so a match takes linear time."""
    value = rb"(?:%b|%b)" % (_STRING, _SCALAR)
    for _ in range(depth - 1):
        value = rb"(?:%b|%b|%b|%b)" % (_STRING, _SCALAR, _members(value), _elements(value))
    return _members(value)


def _members(value: bytes) -> bytes:
    return rb"\{\s*+(?:%b\s*+:\s*+%b\s*+(?:,\s*+(?=\")|(?=\})))*+\}" % (_STRING, value)


def _elements(value: bytes) -> bytes:
    return rb"\[\s*+(?:%b\s*+(?:,\s*+(?![\],])|(?=\])))*+\]" % value


@cache
def _object_matcher() -> _Match:
    # compiled when it is first needed, since that takes 20 ms
    return re.compile(_object_pattern(_DEPTH)).match


# Everything between brackets, as far as its strings are whole.
_no_brackets: Final = re.compile(rb'(?:[^{}\[\]"]++|%b\s*+(?=[:,}\]]))*+' % _STRING).match
_bracket_or_quote: Final = re.compile(rb'[{}\[\]"]').search
_object_or_line: Final = re.compile(rb"[{\n]").search
_string_rest: Final = re.compile(_STRING_REST).match
_space: Final = re.compile(rb"\s*+").match
_between: Final = re.compile(rb"[\s,\[\]]*+").match
_between_in_list: Final = re.compile(rb"[\s,]*+").match
_foreign: Final = re.compile(rb"[^{\n]++").match
_foreign_in_list: Final = re.compile(rb"[^{\n\],]++").match
_OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_LIST, _CLOSE_LIST, _QUOTE, _COLON, _BACKSLASH = b'{}[]":\\'
_OPENERS: Final = b"{["
_CLOSERS: Final = {_OPEN_OBJECT: _CLOSE_OBJECT, _OPEN_LIST: _CLOSE_LIST}
_AFTER_STRING: Final = b":,}]"
_LONGEST_SPACE: Final = 1 << 16
# No JSON that nests deeper can be decoded.
_DEEPEST: Final = 1_000


class Piece(NamedTuple):
    """A part of a JSON text.

    Attributes
    ----------
    number
        The line on which it begins.
    text
        Its text, or the start of it if it is longer than the door accepts.
    size
        Its length in bytes.
    is_whole
        Whether it is an object from its first to its last brace; otherwise it is damaged, cut, or no object.
    """

    number: int
    text: bytes
    size: int
    is_whole: bool


def split_objects(read: Callable[[], bytes], records: tuple[str, ...] = (), *, first_line: int = 1) -> Iterator[Piece]:
    """The objects of a JSON text in their order, and what stands between them and is no JSON.

    Parameters
    ----------
    read
        Gives the next bytes of the text; empty at its end.
    records
        Names that lead to the list of records inside an object. An object without that list is a record itself.
    first_line
        Number of the text's first line.
    """
    return _Splitter(read, records, first_line).pieces()


class _Splitter:
    """Walks through the text. `_at` is the next byte to look at, `_start` the first one that is still needed."""

    def __init__(self, read: Callable[[], bytes], records: tuple[str, ...], first_line: int) -> None:
        self._read = read
        self._names = [name.encode() for name in records]
        self._text = b""
        self._at = 0
        self._start = 0
        # the line number of the byte `_counted`
        self._line = first_line
        self._counted = 0
        # of an object that is too long: its start, and the bytes that are no longer in the text
        self._head = b""
        self._dropped = 0
        # the string that is read: where it begins (before the text if that was dropped), and where it ends
        self._string = self._string_end = 0
        # the opening brackets around the list of records, while in it
        self._around = b""

    def pieces(self) -> Iterator[Piece]:
        # A match is eight times as fast as a walk, which is for what is deeper, damaged, unfinished or a wrapped list.
        match = _object_matcher()
        while self._skip(_between_in_list if self._around else _between):
            start = self._text[self._at]
            if start == _OPEN_OBJECT:
                whole = match(self._text, self._at) if self._around or not self._names else None
                if whole is not None:
                    yield self._piece(self._number(), whole.end(), is_whole=True)
                elif (piece := self._walk_object()) is not None:
                    yield piece
            elif start == _CLOSE_LIST:
                around, self._around = bytearray(self._around), b""
                self._at += 1
                self._walk(around, self._number(), is_record=False)
            elif (piece := self._foreign_text()) is not None:
                yield piece

    def _skip(self, skippable: _Match) -> bool:
        """Go to the next byte that is not skipped; False at the end of the text."""
        while True:
            match = skippable(self._text, self._at)
            self._at = self._start = match.end() if match else self._at
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def _more(self) -> bool:
        """Append the next bytes, and drop those that are no longer needed; False at the end of the text."""
        data = self._read()
        if not data:
            return False
        kept = self._start
        if self._dropped + self._at - self._start > MAX_LINE_BYTES:
            self._head = self._head or self._text[self._start : self._start + MAX_LINE_BYTES + 1]
            self._dropped += self._at - self._start
            kept = self._at
        self._number(kept)
        self._text = self._text[kept:] + data
        self._at -= kept
        self._string -= kept
        self._start = self._counted = 0
        return True

    def _number(self, at: int | None = None) -> int:
        """The line number of a byte, by default the first that is needed; bytes are asked for in their order."""
        at = self._start if at is None else at
        self._line += self._text.count(b"\n", self._counted, at)
        self._counted = at
        return self._line

    def _piece(self, number: int, end: int, *, is_whole: bool) -> Piece:
        """The text from `_start` to `end`, where reading goes on."""
        piece = Piece(number, self._head or self._text[self._start : end], self._dropped + end - self._start, is_whole)
        self._at = self._start = end
        self._head, self._dropped = b"", 0
        return piece

    def _foreign_text(self) -> Piece | None:
        """Text where an object should begin, up to where one may begin."""
        number = self._number()
        match = (_foreign_in_list if self._around else _foreign)(self._text, self._at)
        piece = self._piece(number, match.end() if match else self._at + 1, is_whole=False)
        return piece if piece.text.strip() else None

    def _walk_object(self) -> Piece | None:
        number = self._number()
        self._at += 1
        return self._walk(bytearray(b"{"), number, is_record=True)

    def _walk(self, stack: bytearray, number: int, *, is_record: bool) -> Piece | None:
        """Go to the end of an object, by its brackets and strings. None if it is no record but wraps a list of them."""
        names = self._names if is_record else []
        level = 0  # how many of the names lead here
        is_named = False  # whether the key before `_at` is the next of the names
        while True:
            if not is_record:
                self._start = self._at
            if not names and (run := _no_brackets(self._text, self._at)):
                self._at = run.end()
            found = _bracket_or_quote(self._text, self._at)
            at = found.start() if found else len(self._text)
            self._at = at + 1 if found else at
            if not found:
                if self._more():
                    continue
                return self._end(number, is_record)
            token = self._text[at]
            if token == _QUOTE:
                self._string = self._at
                if not self._to_end_of_string():
                    return self._end(number, is_record)
                if self._at < len(self._text) and self._text[self._at] not in _AFTER_STRING:
                    return self._damaged(number, self._at, is_record)
                if names and len(stack) == level + 1 and self._text.startswith(b":", self._at):
                    key = self._text[self._string : self._string_end] if self._string >= 0 else b""
                    is_named = key == names[level]
            elif token in _OPENERS:
                if len(stack) == _DEEPEST or (stack[-1] == _OPEN_OBJECT and not self._follows_colon(at)):
                    return self._damaged(number, at, is_record)
                if is_named and token == _OPEN_LIST and level + 1 == len(names):
                    self._around = bytes(stack)
                    return None
                level += is_named and token == _OPEN_OBJECT and level + 1 < len(names)
                is_named = False
                stack.append(token)
            elif token != _CLOSERS[stack.pop()]:
                return self._damaged(number, at, is_record)
            elif not stack:
                return self._piece(number, self._at, is_whole=True) if is_record else None
            else:
                level = min(level, len(stack) - 1)

    def _to_end_of_string(self) -> bool:
        """Go to what follows the string and the space after it, or to where the string is damaged; False at the end."""
        while True:
            rest = _string_rest(self._text, self._at)
            self._at = self._string_end = rest.end() if rest else self._at
            left = len(self._text) - self._at
            if self._text.startswith(b'"', self._at):
                space = _space(self._text, self._at + 1)
                after = space.end() if space else self._at + 1
                # a line of nothing but space must not be kept, so only so much of it is looked at
                if after < len(self._text) or left > _LONGEST_SPACE:
                    self._at = after
                    return True
            elif left > 1 or (left and self._text[self._at] != _BACKSLASH):
                return True
            if not self._more():
                return False

    def _follows_colon(self, at: int) -> bool:
        at -= 1
        while at >= 0 and self._text[at] in b" \t\r\n":
            at -= 1
        return at < 0 or self._text[at] == _COLON

    def _damaged(self, number: int, at: int, is_record: bool) -> Piece | None:
        """The object up to where the next one, or the next line, may begin."""
        found = _object_or_line(self._text, at)
        end = found.start() if found else len(self._text)
        if is_record:
            return self._piece(number, end, is_whole=False)
        self._at = self._start = end
        return None

    def _end(self, number: int, is_record: bool) -> Piece | None:
        """What is left of an object at the end of the text."""
        return self._piece(number, len(self._text), is_whole=False) if is_record else None
