"""Decodes text in which addresses may hide: URL encoding, escapes, HTML entities, look-alikes, invisible characters.

Every step takes linear time. The steps that any text may trigger everywhere run in C; for the others a text has a
budget, so that hostile text costs a small multiple of plain text.
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Final
from unicodedata import decimal, normalize

_ROUNDS: Final = 6
_PIECE: Final = 96
_SHORT: Final = 4_096
_FEW: Final = 32
_LONG: Final = 16_384
_ROUNDS_OF_LONG_TEXT: Final = 2
_EQUALS: Final = "\x1f"
_BACKSLASH: Final = "\x1f"
_NOTHING: Final = "\x7f"

_percent: Final = re.compile("%[0-9A-Fa-fuU]").search
_nested_percent: Final = re.compile("%25(?:25)+(?=[0-9A-Fa-f]{2})")
_percent_signs: Final = re.compile("%%%+")
_percent_unicode: Final = re.compile("%[uU](?=[0-9A-Fa-f]{4})")
_backslashes: Final = re.compile(r"\\{2,}")
# Before these, programs put a backslash: re.escape, CSS.escape, Markdown, Elasticsearch. Octal numbers of @ . and :
_BACKSLASHED: Final = (*((f"\\{sign}", sign) for sign in "@.:-_+"), ("\\100", "@"), ("\\056", "."), ("\\072", ":"))
_backslashed: Final = re.compile(r"\\(?:[@.:_+-]|100|056|072)").search
_byte_escape: Final = re.compile(r"\\[xX]([0-9A-Fa-f]{2})")
_octal_escape: Final = re.compile(r"\\([0-3][0-7]{2})")
_short_escape: Final = re.compile(r"\\U(?=[0-9A-Fa-f]{4})(?![0-9A-Fa-f]{8})")
# A backslash that begins an escape, if every backslash is _BACKSLASH.
_unicode_escape: Final = re.compile("\x1f(?=u[0-9A-Fa-f]{4}|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})")
_braced_escape: Final = re.compile(r"\\[uxX]\{0*([0-9a-fA-F]{1,5})\}")
_entity: Final = re.compile(
    r"&(?:#(?:0{0,30}+[0-9]{0,7}|[xX]0{0,30}+[0-9A-Fa-f]{0,6});|#0{0,30}+(?:[4-9][0-9]|1[01][0-9])(?![0-9;])"
    r"|#[xX]0{0,30}+(?:40|2[eE]|3[aA])(?![0-9A-Fa-f;])|[A-Za-z][A-Za-z0-9]{1,30};)"
)
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
# All but tab and line ends. Those above U+007F are among the invisible characters.
_CONTROLS: Final = bytes([*range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
# NFKC makes up to 18 characters of one. These become none of an address, so they stay as they are.
_expanding: Final = re.compile("[\u0f77\u0f79\u222d\u2230\u2a0c\u321d\u321e\u3300-\u3357\ufb1d-\ufdff]")
_lookalikes: Final = (re.compile(f"[{_LOOKALIKE[:-2]}]"), re.compile("[\U00010000-\U0010ffff]"))
_digit: Final = re.compile(r"\d").search
_ASCII: Final = bytes(range(0x80))
# UTF-8 of ASCII, Latin and Cyrillic letters. None of them looks like @, a dot, a colon or a digit.
_ORDINARY: Final = bytes(range(0xC0)) + b"\xc3\xc4\xc5\xd0\xd1"


class TooDenseError(Exception):
    """The text has so many encoded characters that decoding it costs too much."""


def hides_characters(text: str) -> bool:
    """Whether a text has look-alikes or invisible characters, which may hide an address."""
    return not text.isascii() and utf8_hides_characters(text.encode())


def utf8_hides_characters(text: bytes) -> bool:
    """The same of a text in UTF-8."""
    if text.isascii() or not text.translate(None, _ORDINARY):
        return False
    others = text.translate(None, _ASCII)
    return _HIGH_LOOKALIKE in others or _hides_high(others) or _hidden(others.decode()) is not None


def _hides_high(others: bytes) -> bool:
    """Whether UTF-8 has the first bytes of an invisible character above U+FFFF."""
    return b"\xf3\xa0" in others or b"\xf0\x9b\xb2" in others or b"\xf0\x9d\x85" in others


def decoded(text: str) -> str:
    """The text with everything decoded that may hide an address, up to six levels deep.

    Raises
    ------
    TooDenseError
        The text has more encoded characters than its length allows, or a long text more than two levels of them.
    """
    is_short = len(text) <= _LONG
    for _ in range(_ROUNDS if is_short else _ROUNDS_OF_LONG_TEXT):
        plain = _decoded_once(text)
        if plain == text:
            return text
        text = plain
    if not is_short and _decoded_once(text) != text:
        raise TooDenseError
    return text


def _decoded_once(text: str) -> str:
    if not text.isprintable():
        text = text.encode().translate(None, _CONTROLS).decode()
    if hides_characters(text):
        text = _folded(text)
    if "%" in text and ("%%" in text or _percent(text)):
        if "%u" in text or "%U" in text:
            text = _percent_unicode.sub(r"\\u", text)
        text = url_decoded(text)
    if "=" in text:
        if "=\n" in text or "=\r\n" in text:  # quoted-printable: the line goes on
            text = text.replace("=\r\n", "").replace("=\n", "")
        if "=40" in text or "=2E" in text:
            text = _hex_decoded(text.replace("=\r", "=3D\r").replace("=\n", "=3D\n"))
    if "\\" in text:
        text = _unescaped(text)
    if "&" in text:
        text = _entities_decoded(text)
    return text


def url_decoded(text: str) -> str:
    """The text with its URL encoding decoded once."""
    # What is left as = after decoding was a % that encodes nothing. Two = would be taken for one, and = before a line
    # end for a line that goes on.
    if "%25" in text:
        text = _nested_percent.sub("%25", text)
    if "%%" in text:
        text = _percent_signs.sub("%%", text).replace("%%", f"%{_NOTHING}%")
    if "\r" in text or "\n" in text:
        text = text.replace("%\r", f"%{_NOTHING}\r").replace("%\n", f"%{_NOTHING}\n")
    text = text.replace("%3D", "=").replace("%3d", "=").replace("=", _EQUALS)
    text = _hex_decoded(text.replace("%", "="))
    return text.replace("=", "%").replace(_NOTHING, "").replace(_EQUALS, "=")


def _hex_decoded(text: str) -> str:
    """Decode `=40` and its like: quoted-printable, the only hexadecimal decoding of text that Python has in C."""
    return binascii.a2b_qp(text.encode()).replace(b"\0", b"").decode("utf-8", "replace")


def _unescaped(text: str) -> str:
    # A pattern tries at every backslash, and a text may consist of them, so each waits for a plain search.
    if "\\\\" in text:
        text = _backslashes.sub(r"\\", text)
    if _backslashed(text):
        for escaped, sign in _BACKSLASHED:
            text = text.replace(escaped, sign)
    if "{" in text and _braced_escape.search(text):
        _check_budget(text, _braced_escape)
        text = _braced_escape.sub(_character, text)
    has_octal = _octal_escape.search(text) is not None and _is_sparse(text, _octal_escape)
    if has_octal or (("\\x" in text or "\\X" in text) and _byte_escape.search(text)):
        text = text.replace("=", "=3D")
        text = text.replace("\\X", "\\x")
        if text.count("\\x") * _FEW < len(text):
            text = _byte_escape.sub(r"=\1", text)
        else:
            for digit in "0123456789abcdefABCDEF":
                text = text.replace(f"\\x{digit}", f"={digit}")
        if has_octal:
            text = _octal_escape.sub(lambda match: f"={int(match[1], 8):02X}", text)
        text = _hex_decoded(text)
    return _unicode_unescaped(text)


def _character(match: re.Match[str]) -> str:
    """What a braced escape stands for; half a surrogate pair is none, and no text with it can be encoded."""
    code = int(match[1], 16)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _unicode_unescaped(text: str) -> str:
    """Decode `\\u0040` and `\\U00000040`, of any character: programs write whole names and domains so."""
    if "\\U" in text:
        text = _short_escape.sub(r"\\u", text)
    if "\\u" in text or "\\U" in text:
        text = _whole(text) or _one_by_one(text)
    if _has_surrogates(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "")


def _has_surrogates(text: str) -> bool:
    if text.isascii():
        return False
    try:
        text.encode()  # half the time of a pattern
    except UnicodeEncodeError:
        return True
    return False


def _whole(text: str) -> str | None:
    """Decode every escape at once, in C; None if that cannot be done, because one of them is none."""
    if not text.isascii() or "\\\\" in text:
        return None
    try:
        return text.encode().decode("raw_unicode_escape")
    except UnicodeDecodeError:
        return None


def _one_by_one(text: str) -> str:
    escaped = text.replace("\\", _BACKSLASH)
    if _unicode_escape.search(escaped) is None:
        return text
    escaped = _unicode_escape.sub(r"\\", escaped)
    return escaped.encode("raw_unicode_escape").decode("raw_unicode_escape").replace(_BACKSLASH, "\\")


def _entities_decoded(text: str) -> str:
    if ";" not in text and "&#" not in text:
        return text
    for _ in range(_ROUNDS):
        if "&amp;" not in text:
            break
        text = text.replace("&amp;", "&")
    if _entity.search(text) is None:
        return text
    _check_budget(text, _entity)
    return _entity.sub(lambda match: html.unescape(match[0]), text)


def is_dense(text: str) -> bool:
    """Whether a long text consists of signs, as no text of people or programs does."""
    size = len(text)
    return size > _SHORT and (text.count(":") * 4 > size or text.count(".") * 4 > size or text.count("&") * 3 > size)


def _check_budget(text: str, pattern: re.Pattern[str]) -> None:
    if not _is_sparse(text, pattern):
        raise TooDenseError


def _is_sparse(text: str, pattern: re.Pattern[str], most: int | None = None) -> bool:
    """Whether a pattern matches so seldom that each match may be handled on its own."""
    return next(islice(pattern.finditer(text), budget(text) if most is None else most, None), None) is None


def budget(text: str) -> int:
    """How many encoded characters or addresses of a text are handled one by one."""
    return 256 + len(text) // 400


def _folded(text: str) -> str:
    """The text with look-alikes replaced and invisible characters removed."""
    encoded = text.encode().translate(None, _ASCII)
    # What is not ASCII is looked at apart from the text: it is shorter, and every look at a whole text counts.
    others = encoded.decode()
    has_invisible = _invisible.search(others) is not None
    if _HIGH_LOOKALIKE in encoded or _lookalike.search(others):
        most = len(text) // 4 if len(text) > _SHORT else len(text)
        if len(others) > most and next(islice(_lookalike.finditer(others), most, None), None):
            raise TooDenseError
        digits = _other_digits().findall(others) if _digit(others) else []
        if sum(map(len, digits)) > budget(text):
            _check_budget(text, _other_digits())
        found = [pattern for pattern in _lookalikes if pattern.search(others)]
        if all(_is_sparse(others, pattern, budget(text)) for pattern in found):
            for pattern in found:
                text, others = _replaced(text, others, pattern, _compatible)
        else:
            # In short pieces: NFKC takes quadratic time for one long run of combining marks.
            text = "".join([_normalized(text[start : start + _PIECE]) for start in range(0, len(text), _PIECE)])
            others = text
        if digits:
            text, others = _replaced(text, others, _other_digits(), _ascii_digit)
        text, others = text.replace("\u3002", "."), others.replace("\u3002", ".")
    if _hides_high(encoded):
        text = _high_invisible.sub("", text)
    if has_invisible:
        text = _without_invisible(text, others)
    return text


def _without_invisible(text: str, others: str) -> str:
    if len(others) * _FEW > len(text):
        return _invisible.sub("", text)
    return _replaced(text, others, _invisible, lambda _: "")[0]


def _replaced(text: str, others: str, pattern: re.Pattern[str], replace: Callable[[str], str]) -> tuple[str, str]:
    """Replace each character that a pattern matches, in a text and in what of it is not ASCII.

    Where they are few, and of few kinds, each kind is replaced in the whole text at once, in C.
    """
    if len(others) * _FEW < len(text):
        kinds = set("".join(pattern.findall(others)))
        if len(kinds) <= _FEW:
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
    return "".join(part if _expanding.match(part) else normalize("NFKC", part) for part in piece)


@cache
def _other_digits() -> re.Pattern[str]:
    """Digits of other scripts. Without ASCII in it, the pattern is fast on text that is full of digits."""
    return re.compile(f"[{''.join(filter(str.isdecimal, map(chr, range(0x80, 0x10000))))}]+")


def _ascii_digit(character: str) -> str:
    return str(decimal(character))
