"""What stands in bronze for a line that the door refuses: the reason, and what the line said without addresses."""

from __future__ import annotations

from typing import Final

import msgspec

from ingestion.door.scrub import scrub_text

MAX_RAW_CHARACTERS: Final = 100_000
# Half an address is not recognised: what is cut is scrubbed first, with a margin.
_RAW_MARGIN: Final = 1_000
_encode: Final = msgspec.json.Encoder().encode


def refusal(
    reason: str, at: str, raw: bytes, *, event_id: str | None = None, size: int | None = None, origin: str | None = None
) -> bytes:
    """The line that stands for one that is refused: why, and the head of what it said, without addresses.

    Parameters
    ----------
    at
        When it was received, as `utc_text` writes it.
    size
        Bytes of the line of which `raw` is the head; None where `raw` is all of it.
    """
    size = len(raw) if size is None else size
    text = raw[: (MAX_RAW_CHARACTERS + _RAW_MARGIN) * 4].decode("utf-8", "backslashreplace").rstrip("\r\n")
    line = {"event_id": event_id, "received_at": at, "reject_reason": reason}
    cut = scrub_text(text[: MAX_RAW_CHARACTERS + _RAW_MARGIN])[:MAX_RAW_CHARACTERS]
    if size > len(raw) or len(text) > MAX_RAW_CHARACTERS:
        line["extra"] = _encode({"raw_bytes": str(size)}).decode()
    line |= {"raw": cut, "origin": scrub_text(origin) if origin is not None else None}
    return _encode({name: value for name, value in line.items() if value is not None})
