from __future__ import annotations

import io
import time

import pytest
from rich.console import Console
from rich.progress import TextColumn

from ingestion.cli import progress
from ingestion.cli.progress import ProgressBar


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, after: float, show: bool = True) -> str:
    """What a block of a tenth of a second prints when the bar may appear after `after` seconds."""
    monkeypatch.setattr(progress, "SHOW_AFTER_SECONDS", after)
    console = Console(file=io.StringIO(), force_terminal=terminal)
    with ProgressBar(TextColumn("{task.completed:.0f} lines"), console=console, show=show) as bar:
        bar.update(7)
        time.sleep(0.1)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_bar_appears_on_a_terminal_after_a_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "7 lines" in shown(monkeypatch, terminal=True, after=0.02)
    assert shown(monkeypatch, terminal=True, after=5) == ""


def test_no_bar_appears_in_a_log_or_with_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, terminal=False, after=0.02) == ""
    assert shown(monkeypatch, terminal=True, after=0.02, show=False) == ""
