from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingestion.errors import UserError
from tests.ingestion.firehose.sinks import AT, THROTTLED, lines_of, open_sink
from tests.support.fake_firehose import FakeFirehose


def test_a_spill_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file where the folder should be")
    sink = open_sink(FakeFirehose([THROTTLED] * 99), tmp_path, give_up_after=1)
    sink.write(lines_of(1), AT)
    with pytest.raises(UserError, match=r"cannot be stored in .*give another --spill"):
        sink.close()


def test_no_part_of_a_spill_file_is_ever_visible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    sink = open_sink(FakeFirehose([THROTTLED] * 99), tmp_path, give_up_after=1)
    sink.write(lines_of(1), AT)
    with pytest.raises(UserError, match="No space left"):
        sink.close()
    assert list((tmp_path / "shop").iterdir()) == []
