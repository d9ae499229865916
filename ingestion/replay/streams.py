"""Opens a file as a stream of UTF-8 with LF line ends, whatever it is packed in: gzip, zip, UTF-16, an old encoding.

The first bytes decide, not the name. A form that is not read is named in a sentence.
"""

from __future__ import annotations

import codecs
import io
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from ingestion.errors import UserError
from ingestion.gunzip import MAGIC, Gunzip

STDIN: Final = "-"
READ_BYTES: Final = 1 << 20
START_BYTES: Final = 1 << 16
PARQUET: Final = b"PAR1"

_ZIP: Final = b"PK\x03\x04"
_FOREIGN: Final = {
    b"\xd0\xcf\x11\xe0": "an Excel workbook (.xls): save the sheet as CSV UTF-8 and replay that",
    b"BZh": "compressed with bzip2: unpack it with bunzip2",
    b"\xfd7zXZ": "compressed with xz: unpack it with unxz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it with unzstd",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"Obj\x01": "Avro: export it as JSON lines, CSV or Parquet",
    b"SQLite format 3": "an SQLite database: export the table as CSV",
    b"%PDF": "a PDF: export the data as CSV",
    b"<?xml": "XML: export it as CSV or JSON",
    b"<!DOCTYPE": "HTML, a page and no export",
    b"<html": "HTML, a page and no export",
}
_BOMS: Final = {
    codecs.BOM_UTF8: "utf-8",
    # before UTF-16, whose mark is the start of this one
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_BAD_BYTES: Final = "shoplake_bad_bytes"
# A byte that is not UTF-8 stands for what the encoding does not know, so that its line, and only that, is bad_encoding.
codecs.register_error(_BAD_BYTES, lambda error: ("\udcff", cast(UnicodeDecodeError, error).end))


@dataclass(slots=True)
class Stream:
    """An open file; reading may raise OSError.

    Attributes
    ----------
    raw
        The file as it is stored.
    text
        Its text in UTF-8, without a byte order mark.
    start
        The first bytes of the text, which are still to be read.
    """

    raw: BinaryIO
    text: BinaryIO
    start: bytes
    _packed: Gunzip | _Unzip | None

    @property
    def is_packed(self) -> bool:
        """Whether the file is compressed."""
        return self._packed is not None

    @property
    def is_damaged(self) -> bool:
        """After reading: whether the packed file ended at damage."""
        return self._packed is not None and self._packed.damage is not None

    def damage(self, name: str) -> str | None:
        """After reading: a sentence about the damage to a packed file."""
        if self._packed is None or self._packed.damage is None:
            return None
        if self._packed.damage == "trailing bytes":
            return f"{name} has bytes after its gzip data that are not gzip; all lines before them were loaded"
        return f"{name} is a damaged or truncated {self._form} file; the readable part was loaded"

    def nothing_readable(self, path: str) -> str:
        """A sentence about a packed file of which nothing can be read."""
        return f"{path} is a damaged or truncated {self._form} file, and none of it can be read"

    @property
    def _form(self) -> str:
        return "gzip" if isinstance(self._packed, Gunzip) else "zip"


def open_raw(path: str) -> BinaryIO:
    """The file as it is stored.

    Raises
    ------
    UserError
        It is missing, a directory, or not readable.
    """
    if path == STDIN:
        return sys.stdin.buffer
    try:
        return Path(path).open("rb", buffering=READ_BYTES)
    except IsADirectoryError as error:
        raise UserError(f"{path} is a directory: give the files in it, such as {path.rstrip('/')}/*.csv") from error
    except FileNotFoundError as error:
        raise UserError(f"there is no file {path}") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error


def open_stream(path: str, encoding: str = "utf-8") -> Stream:
    """Open a file, unpack and decode it.

    Raises
    ------
    UserError
        The file cannot be opened, or is of a form that is not read.
    OSError
        It cannot be read.
    """
    raw = open_raw(path)
    packed = _unpacked(path, raw)
    stream: BinaryIO = raw if packed is None else cast(BinaryIO, io.BufferedReader(packed, READ_BYTES))
    start = _read(stream, START_BYTES)
    for magic, sentence in _FOREIGN.items():
        if start.startswith(magic):
            raise UserError(f"{path} is {sentence}")
    bom = next((bom for bom in _BOMS if start.startswith(bom)), b"")
    encoding = _BOMS.get(bom) or _utf16_without_mark(start) or encoding
    if encoding == "utf-8":
        start = start[len(bom) :]
    elif not start.startswith(PARQUET):
        stream = cast(BinaryIO, io.BufferedReader(_Decoded(_Again(start, stream), encoding), READ_BYTES))
        start = _read(stream, START_BYTES)
    if b"\r" in start.rstrip(b"\r") and b"\n" not in start and not start.startswith(PARQUET):
        start = start.replace(b"\r", b"\n")
        stream = cast(BinaryIO, io.BufferedReader(_LineFeeds(stream), READ_BYTES))
    text = io.BufferedReader(_Again(start, stream), READ_BYTES)
    return Stream(raw, cast(BinaryIO, text), start, packed)


def _read(stream: BinaryIO, size: int) -> bytes:
    """So many bytes, or as many as there are: a pipe gives them in pieces."""
    pieces = []
    while size and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _unpacked(path: str, raw: BinaryIO) -> Gunzip | _Unzip | None:
    start = cast(io.BufferedReader, raw).peek(4)
    if start.startswith(MAGIC):
        return Gunzip(raw)
    if not start.startswith(_ZIP):
        return None
    if not raw.seekable():
        raise UserError(f"{path} is a zip archive: unpack it, or give it by its name")
    try:
        archive = zipfile.ZipFile(raw)
        names = archive.namelist()
        if "[Content_Types].xml" in names:
            raise UserError(f"{path} is an Excel workbook: save the sheet as CSV UTF-8 and replay that")
        files = [name for name in names if not name.endswith("/") and not name.startswith("__MACOSX/")]
        if len(files) != 1:
            raise UserError(f"{path} is a zip archive of {len(files)} files: unpack it and give the files")
        return _Unzip(cast(BinaryIO, archive.open(files[0])))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UserError(f"{path} is a zip archive that cannot be read ({error}): unpack it") from error


def _utf16_without_mark(start: bytes) -> str | None:
    """Text that begins with two ASCII characters is UTF-16 if every second byte is NUL."""
    if len(start) < 4:
        return None
    pattern = [byte == 0 for byte in start[:4]]
    return {(False, True, False, True): "utf-16-le", (True, False, True, False): "utf-16-be"}.get(
        cast("tuple[bool, bool, bool, bool]", tuple(pattern))
    )


class _Raw(io.RawIOBase):
    """A stream that is read in pieces of any size."""

    _waiting: bytes = b""

    def readable(self) -> bool:
        return True

    def next_bytes(self, size: int) -> bytes:
        raise NotImplementedError

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._waiting or self.next_bytes(len(buffer))
        self._waiting = data[len(buffer) :]
        data = data[: len(buffer)]
        buffer[: len(data)] = data
        return len(data)


class _Again(_Raw):
    """A stream whose start has been read already."""

    def __init__(self, start: bytes, stream: BinaryIO) -> None:
        self._waiting = start
        self._stream = stream

    def next_bytes(self, size: int) -> bytes:
        return self._stream.read(size)


class _Decoded(_Raw):
    """Text of another encoding as UTF-8."""

    def __init__(self, stream: _Again, encoding: str) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder(encoding)(_BAD_BYTES).decode
        self._ended = False

    def next_bytes(self, size: int) -> bytes:
        while not self._ended:
            data = self._stream.read(size) or b""
            self._ended = not data
            if text := self._decode(data, self._ended):
                return text.encode("utf-8", "surrogateescape")
        return b""


class _LineFeeds(_Raw):
    """Text with the line ends of old Macs, CR, with LF in their place."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def next_bytes(self, size: int) -> bytes:
        return self._stream.read(size).replace(b"\r", b"\n")


class _Unzip(_Raw):
    """The only file of a zip archive. The stream ends at the first damage."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.damage: str | None = None

    def next_bytes(self, size: int) -> bytes:
        if self.damage:
            return b""
        try:
            return self._file.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            self.damage = "damaged"
            return b""
