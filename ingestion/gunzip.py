"""Gzip that hands out everything that can be decompressed, even of a file that is cut or damaged."""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO, Final, Literal

MAGIC: Final = b"\x1f\x8b"
_READ_BYTES: Final = 1 << 17
_GZIP: Final = 31  # wbits: a gzip header and the largest window

Damage = Literal["damaged", "trailing bytes"]


class Gunzip(io.RawIOBase):
    """The decompressed bytes of a gzip file of one or more members. It ends where reading is not possible.

    `gzip.GzipFile` raises there, and what it had decompressed in that call is lost.

    Attributes
    ----------
    damage
        After the end: None, `damaged` (also: cut), or `trailing bytes` for what is no gzip after whole members.
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
        # zlib throws away the output of a call that fails, so the call is repeated for ever less of it: first with
        # less to read, since zlib reads on behind the last byte asked for, then with less to write.
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
                # At the end of a member the tail stands in unused_data, and CPython may repeat it here.
                tail = b"" if self._member.eof else self._member.unconsumed_tail
                self._waiting = tail + packed[size:]
                return data
        self._end("damaged")
        return b""

    def _next_member(self) -> None:
        rest = (self._member.unused_data + self._waiting).lstrip(
            b"\0"
        )  # RFC 1952 has no padding, but tapes and gzip(1) do
        while len(rest) < len(MAGIC) and (more := self._packed.read(_READ_BYTES)):
            rest = (rest + more).lstrip(b"\0")
        if rest and MAGIC.startswith(rest[: len(MAGIC)]):
            self._member, self._waiting = zlib.decompressobj(_GZIP), rest
        else:
            self._end("trailing bytes" if rest else None)

    def _end(self, damage: Damage | None) -> None:
        self._ended, self.damage = True, damage
