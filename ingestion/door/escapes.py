"""Decodes the escapes of programs: `\\u0040`, `\\x40`, `\\x{40}`, `\\100`, and backslashes before signs."""

from __future__ import annotations

import binascii
import codecs
import re
from typing import Final

from ingestion.door.work import Work, is_sparse, spend_on_matches

_FEW: Final = 32
_BACKSLASH: Final = "\x1f"

_backslashes: Final = re.compile(r"\\\\+")  # in this spelling CPython finds the first one with memchr
# Before these, programs put a backslash: re.escape, CSS.escape, Markdown, Elasticsearch. Octal numbers of @ . and :
_BACKSLASHED: Final = (*((f"\\{sign}", sign) for sign in "@.:-_+"), ("\\100", "@"), ("\\056", "."), ("\\072", ":"))
_backslashed: Final = re.compile(r"\\(?:[@.:_+-]|100|056|072)").search
_some_escape: Final = re.compile(r"\\[uUxX0-3]").search
_byte_escape: Final = re.compile(r"\\[xX]([0-9A-Fa-f]{2})")
_half_byte_escape: Final = re.compile(r"\\x(?![0-9A-Fa-f]{2})").search
_octal_escape: Final = re.compile(r"\\([0-3][0-7]{2})")
_short_escape: Final = re.compile(r"\\U(?=[0-9A-Fa-f]{4})(?![0-9A-Fa-f]{8})")
_no_escape: Final = re.compile(r"\\(?:u(?![0-9A-Fa-f]{4})|U(?!00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}))")
# A backslash that begins an escape, if every backslash is _BACKSLASH.
_unicode_escape: Final = re.compile("\x1f(?=u[0-9A-Fa-f]{4}|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})")
_braced_escape: Final = re.compile(r"\\[uxX]\{0*([0-9a-fA-F]{1,5})\}")


def unescaped(text: str, work: Work) -> str:
    """The text with its escapes decoded once."""
    size = len(text)
    work.spend(500 + 3 * size + 10 * text.count("\\"))
    # A pattern tries at every backslash, and a text may consist of them, so each waits for a plain search.
    if "\\\\" in text:
        text = _backslashes.sub(r"\\", text)
    if _backslashed(text):
        work.spend(8 * size)
        for escaped, sign in _BACKSLASHED:
            text = text.replace(escaped, sign)
    if "{" in text and _braced_escape.search(text):
        spend_on_matches(text, _braced_escape, work)
        text = _braced_escape.sub(_character, text)
    if _some_escape(text) is None:
        return text.replace("\0", "")
    work.spend(5 * size)
    has_octal = _octal_escape.search(text) is not None and is_sparse(text, _octal_escape)
    if has_octal or _byte_escape.search(text):
        text = _bytes_decoded(text, work, has_octal=has_octal)
    return _unicode_unescaped(text, work)


def _bytes_decoded(text: str, work: Work, *, has_octal: bool) -> str:
    work.spend(1_000 + 10 * len(text))
    text = text.replace("=", "=3D").replace("\\X", "\\x")
    if (count := text.count("\\x")) * _FEW < len(text):
        work.spend(500 * count)
        text = _byte_escape.sub(r"=\1", text)
    elif _half_byte_escape(text) is None:
        text = text.replace("\\x", "=")
    else:
        work.spend(30 * len(text))
        for digit in "0123456789abcdefABCDEF":
            text = text.replace(f"\\x{digit}", f"={digit}")
    if has_octal:
        spend_on_matches(text, _octal_escape, work)
        text = _octal_escape.sub(lambda match: f"={int(match[1], 8):02X}", text)
    # quoted-printable is the only hexadecimal decoding of text that Python has in C
    return binascii.a2b_qp(text.encode()).replace(b"\0", b"").decode("utf-8", "replace")


def _character(match: re.Match[str]) -> str:
    """What a braced escape stands for; half a surrogate pair is none, and no text with it can be encoded."""
    code = int(match[1], 16)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _unicode_unescaped(text: str, work: Work) -> str:
    """Decode `\\u0040` and `\\U00000040`, of any character: programs write whole names and domains so."""
    if "\\U" in text:
        work.spend(500 * text.count("\\U"))
        text = _short_escape.sub(r"\\u", text)
    if "\\u" in text or "\\U" in text:
        work.spend(1_000 + 6 * len(text))
        text = _whole(text) or _one_by_one(text, work)
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
    """Decode every escape at once, in C; None if that cannot be done, because too many are none."""
    if not text.isascii() or "\\\\" in text:
        return None
    try:
        return text.encode().decode("raw_unicode_escape")
    except UnicodeDecodeError:
        return text.encode().decode("raw_unicode_escape", _KEPT) if is_sparse(text, _no_escape) else None


def _kept(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs that leaves what is no escape as it was written."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


_KEPT: Final = "shoplake.kept"
codecs.register_error(_KEPT, _kept)


def _one_by_one(text: str, work: Work) -> str:
    escaped = text.replace("\\", _BACKSLASH)
    if _unicode_escape.search(escaped) is None:
        return text
    work.spend(1_000 * len(_unicode_escape.findall(escaped)))
    escaped = _unicode_escape.sub(r"\\", escaped)
    return escaped.encode("raw_unicode_escape").decode("raw_unicode_escape").replace(_BACKSLASH, "\\")
