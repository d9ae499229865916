"""Replaces characters that look like others, and removes invisible ones: an address may hide behind both."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final
from unicodedata import decimal, normalize

from ingestion.door.work import Work, budget, is_sparse

_PIECE: Final = 96
_FEW: Final = 32

# Characters that Unicode NFKC turns into a digit or one of @ . : % & \ =; digits of all scripts; the ideographic stop.
# CPython matches a set of characters fast only if none is above U+FFFF.
_LOOKALIKE: Final = (
    "\u00b2\u00b3\u00b9\u00bc-\u00be\u2024-\u2026\u2070-\u208c\u2150-\u215f\u2189\u2460-\u24ea\u2a74-\u2a76"
    "\u3002\u3251-\u325f\u32b1-\u32cb\u3358-\u3379\u339f-\u33fe\ufe13-\ufe30\ufe52-\ufe6b\uff01-\uff5e\uff61\\d"
)
_INVISIBLE: Final = (
    "\u0080-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffd"
)
_lookalike: Final = re.compile(f"[{_LOOKALIKE}]")
_invisible: Final = re.compile(f"[{_INVISIBLE}]+")
_hidden: Final = re.compile(f"[{_LOOKALIKE}{_INVISIBLE}]").search
# UTF-8 of digits with a comma (U+1F100 to U+1F13F). What is invisible above U+FFFF: tags and selectors, controls of
# shorthand and of music.
_HIGH_LOOKALIKE: Final = b"\xf0\x9f\x84"
_high_invisible: Final = re.compile("[\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+")
# NFKC makes up to 18 characters of one. These become none of an address, so they stay as they are.
_EXPANDING: Final = "\u0f77\u0f79\u222d\u2230\u2a0c\u321d\u321e\u3300-\u3357\ufb1d-\ufdff"
_expanding: Final = re.compile(f"[{_EXPANDING}]")
_not_expanding: Final = re.compile(f"[^{_EXPANDING}]+")
_lookalikes: Final = (re.compile(f"[{_LOOKALIKE[:-2]}]"), re.compile("[\U00010000-\U0010ffff]"))
_digit: Final = re.compile(r"\d").search
ASCII: Final = bytes(range(0x80))
# UTF-8 of ASCII, Latin and Cyrillic letters. None of them looks like @, a dot, a colon or a digit.
_ORDINARY: Final = bytes(range(0xC0)) + b"\xc3\xc4\xc5\xd0\xd1"


def hides_characters(text: str) -> bool:
    """Whether a text has look-alikes or invisible characters, which may hide an address."""
    return not text.isascii() and utf8_hides_characters(text.encode())


def utf8_hides_characters(text: bytes) -> bool:
    """The same of a text in UTF-8."""
    if text.isascii() or not text.translate(None, _ORDINARY):
        return False
    others = text.translate(None, ASCII)
    return _HIGH_LOOKALIKE in others or _hides_high(others) or _hidden(others.decode()) is not None


def _hides_high(others: bytes) -> bool:
    """Whether UTF-8 has the first bytes of an invisible character above U+FFFF."""
    return b"\xf3\xa0" in others or b"\xf0\x9b\xb2" in others or b"\xf0\x9d\x85" in others


def folded(text: str, encoded: bytes, work: Work) -> str:
    """The text with look-alikes replaced and invisible characters removed.

    Parameters
    ----------
    encoded
        What of the text is not ASCII, in UTF-8.
    """
    work.spend(8_000 + 20 * len(encoded))
    # It is looked at apart from the text: it is shorter, and every look at a whole text counts.
    others = encoded.decode()
    has_invisible = _invisible.search(others) is not None
    if _HIGH_LOOKALIKE in encoded or _lookalike.search(others):
        has_digits = _digit(others) is not None
        found = [pattern for pattern in _lookalikes if pattern.search(others)]
        if all(is_sparse(others, pattern, budget(text)) for pattern in found):
            for pattern in found:
                text, others = _replaced(text, others, pattern, _compatible, work)
        else:
            # In short pieces: NFKC takes quadratic time for one long run of combining marks.
            work.spend(6 * len(text) + 30 * len(encoded) + 400 * len(_expanding.findall(others)))
            text = "".join([_normalized(text[start : start + _PIECE]) for start in range(0, len(text), _PIECE)])
            others = text
        if has_digits:
            text, others = _replaced(text, others, _other_digits(), _ascii_digit, work)
        text, others = text.replace("\u3002", "."), others.replace("\u3002", ".")
    if _hides_high(encoded):
        work.spend(4 * len(text))
        text = _high_invisible.sub("", text)
    if has_invisible:
        text = _without_invisible(text, others, work)
    return text


def _without_invisible(text: str, others: str, work: Work) -> str:
    if len(others) * _FEW > len(text):
        work.spend(5 * len(text) + 70 * len(others))
        return _invisible.sub("", text)
    return _replaced(text, others, _invisible, lambda _: "", work)[0]


def _replaced(
    text: str, others: str, pattern: re.Pattern[str], replace: Callable[[str], str], work: Work
) -> tuple[str, str]:
    """Replace each character that a pattern matches, in a text and in what of it is not ASCII.

    If they are of few kinds, each kind is replaced in the whole text at once, in C.
    """
    found = pattern.findall(others)
    kinds = set("".join(found))
    by_kind = len(kinds) * (500 + 3 * len(text)) + 20 * len(found)
    by_match = 8 * len(text) + 600 * len(found)
    work.spend(min(by_kind, by_match))
    if by_kind < by_match:
        for kind in kinds:
            text, others = text.replace(kind, replace(kind)), others.replace(kind, replace(kind))
        return text, others
    text = pattern.sub(lambda match: "".join(map(replace, match[0])), text)
    return text, text


def _compatible(character: str) -> str:
    return normalize("NFKC", character)


def _normalized(piece: str) -> str:
    if piece.isascii():
        return piece
    if _expanding.search(piece) is None:
        return normalize("NFKC", piece)
    return _not_expanding.sub(lambda match: normalize("NFKC", match[0]), piece)


@cache
def _other_digits() -> re.Pattern[str]:
    """Digits of other scripts. Without ASCII in it, the pattern is fast on text that is full of digits."""
    return re.compile(f"[{''.join(filter(str.isdecimal, map(chr, range(0x80, 0x10000))))}]+")


def _ascii_digit(character: str) -> str:
    return str(decimal(character))
