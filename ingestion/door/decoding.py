"""Decodes text in which addresses may hide: URL encoding, escapes, HTML entities, look-alikes, invisible characters.

Every part takes linear time and counts its steps (`ingestion.door.work`). What any text may trigger everywhere runs in
C; of the rest a text may have only so much.
"""

from __future__ import annotations

import binascii
import html
import re
from typing import Final

from ingestion.door.escapes import unescaped
from ingestion.door.folding import ASCII, folded, utf8_hides_characters
from ingestion.door.work import TooDenseError, Work, spend_on_matches

_ROUNDS: Final = 6
_SHORT: Final = 4_096
_LONG: Final = 16_384
_ROUNDS_OF_LONG_TEXT: Final = 2
_EQUALS: Final = "\x1f"
_NOTHING: Final = "\x7f"

_percent: Final = re.compile("%[0-9A-Fa-fuU]").search
_nested_percent: Final = re.compile("%25(?:25)+(?=[0-9A-Fa-f]{2})")
_percent_signs: Final = re.compile("%%%+")
_percent_unicode: Final = re.compile("%[uU](?=[0-9A-Fa-f]{4})")
_entity: Final = re.compile(
    r"&(?:#(?:0{0,30}+[0-9]{0,7}|[xX]0{0,30}+[0-9A-Fa-f]{0,6});|#0{0,30}+(?:[4-9][0-9]|1[01][0-9])(?![0-9;])"
    r"|#[xX]0{0,30}+(?:40|2[eE]|3[aA])(?![0-9A-Fa-f;])|[A-Za-z][A-Za-z0-9]{1,30};)"
)
# All but tab and line ends. Those above U+007F are among the invisible characters.
_CONTROLS: Final = bytes([*range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])


def decoded(text: str, work: Work) -> str:
    """The text with everything decoded that may hide an address, up to six levels deep.

    Raises
    ------
    TooDenseError
        The text has more encoded characters than its length allows, or a long text more than two levels of them, or
        there is no work left for it.
    """
    is_short = len(text) <= _LONG
    for _ in range(_ROUNDS if is_short else _ROUNDS_OF_LONG_TEXT):
        plain = _decoded_once(text, work)
        if plain == text:
            return text
        text = plain
    if not is_short and _decoded_once(text, work) != text:
        raise TooDenseError
    return text


def _decoded_once(text: str, work: Work) -> str:
    size = len(text)
    work.spend(500 + 3 * size)
    if not text.isprintable():
        text = text.encode().translate(None, _CONTROLS).decode()
    if not text.isascii():
        encoded = text.encode()
        others = encoded.translate(None, ASCII)
        work.spend(1_000 + 3 * size + 10 * len(others))
        if utf8_hides_characters(encoded):
            text = folded(text, others, work)
    if "%" in text and ("%%" in text or _percent(text)):
        work.spend(3_000 + 4 * size + 15 * text.count("%"))
        if "%u" in text or "%U" in text:
            text = _percent_unicode.sub(r"\\u", text)
        text = url_decoded(text)
    if "=" in text:
        work.spend(15 * text.count("="))
        if "=\n" in text or "=\r\n" in text:  # quoted-printable: the line goes on
            text = text.replace("=\r\n", "").replace("=\n", "")
        if "=40" in text or "=2E" in text:
            work.spend(1_000 + 5 * size)
            text = _hex_decoded(text.replace("=\r", "=3D\r").replace("=\n", "=3D\n"))
    if "\\" in text:
        text = unescaped(text, work)
    if "&" in text:
        text = _entities_decoded(text, work)
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


def _entities_decoded(text: str, work: Work) -> str:
    if ";" not in text and "&#" not in text:
        return text
    work.spend(500 + 3 * len(text) + 20 * text.count("&"))
    for _ in range(_ROUNDS):
        if "&amp;" not in text:
            break
        text = text.replace("&amp;", "&")
    if _entity.search(text) is None:
        return text
    spend_on_matches(text, _entity, work, 1_500)
    return _entity.sub(lambda match: html.unescape(match[0]), text)


def is_dense(text: str) -> bool:
    """Whether a long text consists of signs, as no text of people or programs does."""
    size = len(text)
    return size > _SHORT and (text.count(":") * 4 > size or text.count(".") * 4 > size or text.count("&") * 3 > size)
