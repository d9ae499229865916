"""Lines that go through a second door: the first one seals them, and the second one passes them on as they are.

`shoplake replay --to firehose:NAME` and the door's own lines that did not fit into an answer go through two doors with
the same id key. The seal proves that the line was made by the first of them. Without it, whoever may write to the
stream could choose `received_at`, `replayed_at`, the reason of a rejection or another visitor's `visitor_hash`. The
second door neither maps nor hashes nor rejects a sealed line again, whatever its dialect, and takes off the seal.
"""

from __future__ import annotations

import hmac
import re
from binascii import b2a_base64
from datetime import datetime, timedelta
from typing import Any, Final

from ingestion.door.keys import keyed_hash
from ingestion.door.times import EARLIEST

# AWS rejects requests signed by a clock that is further off, so no honest door's line has a later time.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
CLOCK_SKEW: Final = timedelta(minutes=5)

SEAL_START: Final = b'{"seal":"'
"""How a sealed line begins."""

_DIGEST_BYTES: Final = 12
_MIDDLE: Final = b'",'
_BODY: Final = len(SEAL_START) + _DIGEST_BYTES * 4 // 3 + len(_MIDDLE)

SEAL_BYTES: Final = _BODY - 1
"""How much longer a line is with its seal."""

_is_door_time: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z").fullmatch


class Seal:
    """Proves that a line was made by a door with the same id key: a hash of 96 bits with that key, its first field."""

    def __init__(self, id_key: bytes) -> None:
        self._hash = keyed_hash(id_key, b"shoplake seal", _DIGEST_BYTES)

    def sealed(self, line: bytes) -> bytes:
        """The line of a door with its seal."""
        return b"".join((SEAL_START, self._digest(line[1:]), _MIDDLE, line[1:]))

    def opened(self, raw: bytes) -> bytes | None:
        """The line that was sealed; None if the text has no seal, or not the one of its content."""
        if not raw.startswith(SEAL_START):
            return None
        fields = raw[_BODY:]
        given = raw[len(SEAL_START) : _BODY]
        return b"{" + fields if hmac.compare_digest(given, self._digest(fields) + _MIDDLE) else None

    def _digest(self, fields: bytes) -> bytes:
        digest = self._hash.copy()
        digest.update(fields)
        return b2a_base64(digest.digest(), newline=False)


def first_received(fields: dict[str, Any], latest: str) -> str | None:
    """The `received_at` of a sealed line; None if it is later than `latest`.

    The watermark of every table follows `received_at`, so a machine whose clock is wrong must not set it.
    """
    received = fields.get("received_at")
    if not isinstance(received, str) or not EARLIEST <= received <= latest or not _is_door_time(received):
        return None
    try:
        datetime.fromisoformat(received)
    except ValueError:
        return None
    return received
