"""Decompresses gzip files as far as possible, even if they are truncated or damaged."""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO, Final, Literal

MAGIC: Final = b"\x1f\x8b"
_READ_BYTES: Final = 1 << 17
_GZIP: Final = 31  # wbits: a gzip header and the largest window

Damage = Literal["damaged", "trailing bytes"]


class Gunzip(io.RawIOBase):
    """The decompressed bytes of a gzip file with one or more members. The stream ends at the first damage.

    `gzip.GzipFile` raises an error there and loses the bytes that it had decompressed in that call.

    Attributes
    ----------
    damage
        After the end: None, `damaged` (or truncated), or `trailing bytes` (bytes that are not gzip after the members).
    """

    def __init__(self, packed: BinaryIO) -> None:
        self.damage: Damage | None = None
        self._packed = packed
        self._member = zlib.decompressobj(_GZIP)
        self._waiting = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ended:
            if self._member.eof:
                self._next_member()
                continue
            packed = self._waiting or self._packed.read(_READ_BYTES)
            if data := self._decompress(packed, len(buffer)):
                buffer[: len(data)] = data
                return len(data)
            if not packed and not self._member.eof:
                self._end("damaged")
        return 0

    def _decompress(self, packed: bytes, most: int) -> bytes:
        # zlib discards the output of a call that fails, so the call is repeated with smaller limits: first with less
        # input, since zlib reads beyond the last byte of the requested output, then with less output.
        size = len(packed)
        while most:
            before = self._member.copy()
            try:
                data = self._member.decompress(packed[:size], most)
            except zlib.error:
                self._member = before
                if size > 1:
                    size //= 2
                else:
                    most //= 2
            else:
                # At the end of a member the rest is in unused_data, and CPython may also return it as unconsumed_tail.
                tail = b"" if self._member.eof else self._member.unconsumed_tail
                self._waiting = tail + packed[size:]
                return data
        self._end("damaged")
        return b""

    def _next_member(self) -> None:
        # RFC 1952 has no padding, but tapes add zeros and gzip(1) accepts them.
        rest = (self._member.unused_data + self._waiting).lstrip(b"\0")
        while len(rest) < len(MAGIC) and (more := self._packed.read(_READ_BYTES)):
            rest = (rest + more).lstrip(b"\0")
        if rest and MAGIC.startswith(rest[: len(MAGIC)]):
            self._member, self._waiting = zlib.decompressobj(_GZIP), rest
        else:
            self._end("trailing bytes" if rest else None)

    def _end(self, damage: Damage | None) -> None:
        self._ended, self.damage = True, damage
