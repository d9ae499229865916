from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ingestion.door.dialect import dialect_text, load_dialect, shipped_dialects
from tests.ingestion.onboarding.exports import EXPORTS
from tests.support.command import run


def test_dialects_are_listed_with_their_description() -> None:
    done = run("dialects")
    assert done.returncode == 0
    for name in shipped_dialects():
        assert re.search(rf"^{name} +\w", done.stdout, re.MULTILINE)


def test_a_shipped_dialect_is_shown_to_start_from() -> None:
    assert run("dialects", "show", "rees46").stdout == dialect_text("rees46")
    unknown = run("dialects", "show", "rees64")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "did you mean rees46?" in unknown.stderr


def test_from_a_strangers_export_to_its_revenue(tmp_path: Path) -> None:
    export, shop = tmp_path / "export.csv", tmp_path / "shop.yml"
    export.write_bytes(EXPORTS["shopware"].content)
    drafted = run("dialects", "draft", str(export), "--output", str(shop))
    assert drafted.returncode == 0
    assert "decide: Bestelldatum has no time zone" in drafted.stderr
    load_dialect(str(shop))
    tried = run("dialects", "try", str(export), "--dialect", str(shop), "--events", "1")
    assert tried.returncode == 0
    assert re.search(r"^EUR +1 +2 +3 +1,304.30 +0.00", tried.stdout, re.M)
    assert "purchase  2025-10-07T09:50:26.000000Z" in tried.stdout
    assert "3 lines read, 3 events accepted, from 2025-10-07 to 2025-10-13, 0 refused, 0 ignored" in tried.stdout
    assert not {path.name for path in tmp_path.iterdir()} - {"export.csv", "shop.yml"}


def test_ignored_events_are_named_with_their_numbers(tmp_path: Path) -> None:
    events = write_lines(tmp_path, "scroll", "scroll", "session_start", "page_view")
    tried = run("dialects", "try", str(events), "--dialect", "ga4_bigquery")
    assert "ignored: scroll 2, session_start 1\n" in tried.stdout


def write_lines(tmp_path: Path, *names: str) -> Path:
    path = tmp_path / "events.jsonl"
    records = ({"event_timestamp": "1762600000123456", "event_name": name, "user_pseudo_id": "9"} for name in names)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path


def test_a_draft_goes_to_stdout_and_an_existing_file_is_kept(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_bytes(EXPORTS["etsy"].content)
    (tmp_path / "shop.yml").write_text("mine")
    printed = run("dialects", "draft", str(export))
    (tmp_path / "drafted.yml").write_text(printed.stdout)
    load_dialect(str(tmp_path / "drafted.yml"))
    refused = run("dialects", "draft", str(export), "--output", str(tmp_path / "shop.yml"))
    assert refused.returncode == 2
    assert "exists and is kept" in refused.stderr
    assert (tmp_path / "shop.yml").read_text() == "mine"


def test_a_dialect_that_does_not_fit_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("event_type,event_time,price\nbuy,2025-10-07,1.00\n")
    done = run("dialects", "try", str(path))
    assert done.returncode == 1
    assert re.search(r"unknown_event_type +1 +line 2 +event_type: buy", done.stdout)
    assert "no line of events.csv was accepted: is --dialect canonical the right one?" in done.stderr


def test_hollow_events_are_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("event_type,event_time,order_id\npurchase,2025-10-07,1\nview_item,2025-10-07,\n")
    done = run("dialects", "try", str(path))
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "1 of 1 purchases (100 %) have no price or line_total",
        "1 of 1 purchases (100 %) have no product_id",
        "1 of 1 product views (100 %) have no product_id",
        "2 of 2 events (100 %) have no user_id, anonymous_id or IP address",
    ]


@pytest.mark.parametrize("command", ["try", "draft"])
def test_a_missing_file_is_one_sentence(command: str) -> None:
    done = run("dialects", command, "gone.csv")
    assert (done.returncode, done.stderr.strip()) == (2, "there is no file gone.csv")
