from __future__ import annotations

import json

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from tests.ingestion.door.samples import EVENT, KEYS, NOW, admit


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "unparseable"),
        (b'{"event_id": "e1", "event_ty', "unparseable"),
        (b"[1, 2]", "unparseable"),
        (b"null", "unparseable"),
        (b"[" * 100_000, "unparseable"),
        (b'{"a": ' * 900 + b'"bob@example.com"' + b"}" * 900, "unknown_event_type"),
        (b'{"a": "\\ud800"}', "unknown_event_type"),
        (b'{"a": NaN}', "unknown_event_type"),
        (b'{"a": ' + b"9" * 4_301 + b"}", "unknown_event_type"),
        (b'{"event_type": "caf\xe9"}', "bad_encoding"),
        (b'{"a": "' + b"x" * (2 << 20) + b'"}', "line_too_long"),
    ],
)
def test_a_line_that_cannot_be_read_is_kept_with_the_reason(line: bytes, reason: str) -> None:
    admitted = admit(EVENT, line, EVENT)
    assert [json.loads(out).get("reject_reason") for out in admitted.lines] == [None, reason, None]
    kept = json.loads(admitted.lines[1])
    assert kept["origin"] == "file.json:2"
    assert 0 < len(kept["raw"]) <= 100_000
    if len(line) > 100_000:
        assert json.loads(kept["extra"]) == {"raw_bytes": str(len(line))}


def test_blank_lines_bom_and_crlf_are_ignored() -> None:
    payload = b"\xef\xbb\xbf" + b"\r\n".join([json.dumps(EVENT).encode(), b"", b"  ", b"x"]) + b"\r\n"
    admitted = Door(load_dialect("canonical"), KEYS).admit(payload, received_at=NOW, origin="f")
    assert admitted.accepted == 1
    assert json.loads(admitted.lines[1])["origin"] == "f:4"
    assert json.loads(admitted.lines[1])["raw"] == "x"
