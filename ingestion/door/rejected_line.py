"""The line that bronze holds for a rejected line: the reason, and its text without addresses."""

from __future__ import annotations

from typing import Final

import msgspec

from ingestion.door.scrub import scrub_text

MAX_RAW_CHARACTERS: Final = 100_000
# Half an address would not be recognized, so the text is scrubbed with this margin before it is cut.
_RAW_MARGIN: Final = 1_000
_encode: Final = msgspec.json.Encoder().encode


def rejected_line(
    reason: str, at: str, raw: bytes, *, event_id: str | None = None, size: int | None = None, origin: str | None = None
) -> bytes:
    """The line of bronze for a rejected line: the reason, and the start of its text, without addresses.

    Parameters
    ----------
    at
        When the line was received, as `utc_text` writes it.
    size
        Length in bytes of the line if `raw` is only its start; None if `raw` is the whole line.
    """
    size = len(raw) if size is None else size
    text = raw[: (MAX_RAW_CHARACTERS + _RAW_MARGIN) * 4].decode("utf-8", "backslashreplace").rstrip("\r\n")
    line = {"event_id": event_id, "received_at": at, "reject_reason": reason}
    cut = scrub_text(text[: MAX_RAW_CHARACTERS + _RAW_MARGIN])[:MAX_RAW_CHARACTERS]
    if size > len(raw) or len(text) > MAX_RAW_CHARACTERS:
        line["extra"] = _encode({"raw_bytes": str(size)}).decode()
    line |= {"raw": cut, "origin": scrub_text(origin) if origin is not None else None}
    return _encode({name: value for name, value in line.items() if value is not None})
