from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.replay.streams import START_BYTES, open_stream
from tests.ingestion.replay.files import write

TEXT = 'naïve,"€ 5"\r\nsecond\n' + "x" * 3 * START_BYTES


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda content: zipped(a=content)], ids=["", "gzip", "zip"])
def test_text_is_read_as_utf_8_however_it_is_packed(tmp_path: Path, encoding: str, pack: object) -> None:
    assert callable(pack)
    path = write(tmp_path, pack((TEXT if "16-" not in encoding else f"ab{TEXT}").encode(encoding)))
    stream = open_stream(str(path))
    assert stream.text.read().decode().removeprefix("ab") == TEXT
    assert TEXT.startswith(stream.start.decode("utf-8", "ignore").removeprefix("ab"))
    assert not stream.is_damaged


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8", "shift_jis"])
def test_an_encoding_that_is_named_is_read_and_a_mark_decides_against_it(tmp_path: Path, encoding: str) -> None:
    text = "ok,日本\n" if encoding == "shift_jis" else "ok,£20\n"
    mark = b"\xef\xbb\xbf" if encoding == "utf-8" else b""
    path = write(tmp_path, mark + text.encode(encoding))
    named = "cp1252" if encoding == "utf-8" else encoding
    assert open_stream(str(path), named).text.read().decode() == text


def test_bytes_that_the_encoding_does_not_know_spoil_only_their_line(tmp_path: Path) -> None:
    path = write(tmp_path, b"good \xe9\nbad \x81\ngood\n")
    first, bad, last = open_stream(str(path), "cp1252").text.read().splitlines()
    assert (first.decode(), last) == ("good é", b"good")
    with pytest.raises(UnicodeDecodeError):
        bad.decode()
    cut = write(tmp_path, "good\n€".encode("utf-16")[:-1], "cut.csv")
    assert open_stream(str(cut)).text.read().startswith(b"good\n")


def test_line_ends_of_old_macs_become_new_ones(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\r1,2\r" + b"3,4\r" * START_BYTES)
    assert open_stream(str(path)).text.read() == b"a,b\n1,2\n" + b"3,4\n" * START_BYTES


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(a=b"1", b=b"2"), "a zip archive of 2 files: unpack it"),
        (zipped(**{"[Content_Types].xml": b""}), "an Excel workbook: save the sheet as CSV"),
        (b"PK\x03\x04nonsense", "zip archive that cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1", "an Excel workbook"),
        (b"BZh91AY", "bzip2"),
        (b"(\xb5/\xfdx", "zstd"),
        (b"Obj\x01x", "Avro"),
        (b"<?xml version='1.0'?>", "XML"),
    ],
)
def test_a_form_that_is_not_read_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        open_stream(str(write(tmp_path, content)))


def test_a_damaged_zip_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    # only its checksum is wrong
    packed = bytearray(zipped(a=b"1,2\n" * 3))
    packed[14] ^= 1
    packed[packed.index(b"PK\x01\x02") + 16] ^= 1
    stream = open_stream(str(write(tmp_path, bytes(packed))))
    stream.text.read()
    assert stream.damage("a.zip") == "a.zip is a damaged or truncated zip file; the readable part was loaded"
