from __future__ import annotations

from unittest.mock import MagicMock

import pytest

from ingestion.cli.destroy import destroy
from ingestion.stack.deletion import KeptResources
from tests.support.stubbed_aws import StubbedSession


def test_what_stays_is_named_with_the_secret_that_belongs_to_it(
    stubs: StubbedSession, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = KeptResources("shop-data", "arn:key", "arn:secret")
    deletion = MagicMock(label="shop", deletes_data=lambda: False, kept_resources=lambda: kept)
    monkeypatch.setattr("ingestion.cli.destroy.Deletion", lambda *_: deletion)
    monkeypatch.setattr("ingestion.cli.destroy.connect", lambda *_: stubs.aws)
    destroy("shop", yes=True)
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("shop-data", "arn:key", "arn:secret"))
