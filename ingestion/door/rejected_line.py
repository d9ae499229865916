"""The line that bronze holds for a rejected line: the reason, and its text without addresses."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ingestion.door.addresses import CUT
from ingestion.door.lenient_json import as_utf8
from ingestion.door.scrub import scrub_text

MAX_RAW_CHARACTERS: Final = 100_000
# So much is kept of a long text that would take too much work as a whole.
_HEAD: Final = 2_000
# No address is longer, also when it is encoded.
_LONGEST_ADDRESS: Final = 2_000
# The end of a text, read backwards: the last token, and what comes before an @.
_token: Final = re.compile(r"""[^\s",]*""").match
_at: Final = re.compile(r"[ \t+]*(?:@|04%|;tammoc&|;46#&|0400u\\)").match
_local_part: Final = re.compile(r"""[ \t+]*(?:"[^"]{0,64}"|[^\s",]*)""").match
_open_quote: Final = re.compile(r"""[^"]{0,64}[^",:"]"(?!:)""").match
_quoted_part: Final = re.compile(r'"\\[^"]{0,64}"').match
_AT_SIGNS: Final = ("@", "%40", "&commat;", "&#64;", "\\u0040")
_half_address: Final = re.compile(r"@|%40|[0-9]\.[0-9]+\.|[0-9A-Fa-f]:[0-9A-Fa-f]*:").search
_is_time: Final = re.compile(r"(?:.*T)?[0-9]{1,2}:[0-9]{2}:[0-9]{2}[0-9.Z+:-]*").fullmatch
_encode: Final = msgspec.json.Encoder().encode


def rejected_line(
    reason: str, at: str, raw: bytes, *, event_id: str | None = None, size: int | None = None, origin: str | None = None
) -> bytes:
    """The line of bronze for a rejected line: the reason, and the start of its text, without addresses.

    A text that is cut ends before its last token, which may be half an address, and in `[cut]`: text that is too long,
    and JSON that its producer cut.

    Parameters
    ----------
    at
        When the line was received, as `utc_text` writes it.
    size
        Length in bytes of the line if `raw` is only its start; None if `raw` is the whole line.
    """
    size = len(raw) if size is None else size
    # U+FFFD and not an escape: an address goes on behind a byte that cannot be decoded.
    text = as_utf8(raw[: MAX_RAW_CHARACTERS * 4]).decode("utf-8", "replace").rstrip("\r\n").replace("\0", "")
    line = {"event_id": event_id, "received_at": at, "reject_reason": reason}
    is_cut = size > len(raw) or len(text) > MAX_RAW_CHARACTERS
    if is_cut:
        line["extra"] = _encode({"raw_bytes": str(size)}).decode()
    if is_cut or (reason in ("unparseable", "bad_encoding") and _is_cut_off(text)):
        text = _without_last_token(text[: MAX_RAW_CHARACTERS - len(CUT)])
    clean = scrub_text(text)
    if clean == CUT and len(text) > _HEAD:
        clean = scrub_text(_without_last_token(text[:_HEAD]))
    if len(clean) > MAX_RAW_CHARACTERS:
        clean = _without_last_token(clean[: MAX_RAW_CHARACTERS - len(CUT)])
    line |= {"raw": clean, "origin": scrub_text(origin) if origin is not None else None}
    return _encode({name: value for name, value in line.items() if value is not None})


def _is_cut_off(text: str) -> bool:
    """Whether a producer cut the text, as far as one can tell: JSON without an end, or half an address at the end."""
    end = text[-_LONGEST_ADDRESS:].rstrip()
    if not end or end[-1] in "}]":
        return False
    if text.lstrip()[:1] in ("{", "["):
        return True
    token = end[len(end) - _length(_token(end[::-1])) :]
    return _half_address(token) is not None and _is_time(token) is None and scrub_text(token) == token


def _without_last_token(text: str) -> str:
    """The text without its last token, and without the rest of an address of which that token may be a part."""
    backwards = text[-_LONGEST_ADDRESS:].rstrip(" \t+")[::-1]
    end = len(text) - min(len(text), _LONGEST_ADDRESS) + len(backwards)
    length = _length(_token(backwards))
    if backwards[:length][::-1].startswith(_AT_SIGNS):  # "max mustermann"@exa
        length += _length(_local_part(backwards, length), length)
    elif at := _at(backwards, length):  # max.mustermann @ exa
        length = at.end() + _length(_local_part(backwards, at.end()), at.end())
    if quote := _quoted_part(backwards) or _open_quote(backwards, length):  # "max muster
        length = quote.end()
    if not any(character.isalnum() for character in backwards[:length]):
        return text
    return text[: end - length] + CUT


def _length(match: re.Match[str] | None, start: int = 0) -> int:
    return match.end() - start if match else 0
