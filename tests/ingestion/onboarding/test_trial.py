from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.door.dialect import Dialect
from ingestion.onboarding.trial import Trial, shown, try_dialect
from ingestion.replay.readers import open_source
from tests.ingestion.replay.files import dialect, write

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "event_type,event_time,order_id,product_id,price,quantity,currency,user_id\n"


def tried(path: Path, shape: Dialect, *, events: int = 10, most_lines: int | None = None) -> Trial:
    return try_dialect(open_source(str(path), shape), shape, now=NOW, events=events, most_lines=most_lines)


def test_sales_are_counted_as_the_tables_will(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER
        + "purchase,2025-10-07,1,a,10.00,2,EUR,u\n" * 2
        + "purchase,2025-10-08,1,b,5.50,,EUR,u\n"
        + "purchase,2025-10-09,2,b,5.50,,USD,u\n"
        + "refund,2025-10-09,1,b,5.50,,EUR,u\n",
    )
    trial = tried(path, dialect("{}"))
    euro, dollar = trial.money["EUR"], trial.money["USD"]
    assert (euro.orders, euro.lines, euro.pieces) == (1, 2, 3)
    assert (euro.revenue, euro.given_back, dollar.revenue) == (Decimal("25.50"), Decimal("5.50"), Decimal("5.50"))
    assert (trial.copies, trial.read, trial.earliest[:10], trial.latest[:10]) == (1, 5, "2025-10-07", "2025-10-09")


def test_line_totals_are_preferred_to_prices(tmp_path: Path) -> None:
    path = write(tmp_path, "event_type,event_time,price,quantity,line_total\npurchase,2025-10-07,3.33,3,10.00\n")
    assert tried(path, dialect("{}")).money[""].revenue == 10


def test_fields_are_counted_by_type_and_unknown_ones_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, "event_type,event_time,product_id,color\nview_item,2025-10-07,a,red\nsearch,2025-10-07,,\n")
    trial = tried(path, dialect("{}"))
    assert trial.filled == {"view_item": {"product_id": 1}, "search": {}}
    assert trial.unknown == {"color": 1}


def test_a_refusal_names_the_line_and_the_value_without_addresses(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER
        + "purchase,31.02.2025,1,a,1,1,EUR,u\n"
        + "purchase,2025-10-07,1,a,bob@example.com,1,EUR,u\n"
        + "bob@example.com,2025-10-07,1,a,1,1,EUR,u\n"
        + ",2025-10-07,1,a,1,1,EUR,u\n"
        + "cut\n",
    )
    refused = tried(path, dialect("{}")).refused
    assert {reason: (refusal.line, refusal.value, refusal.count) for reason, refusal in refused.items()} == {
        "bad_event_time": (2, "event_time: 31.02.2025", 1),
        "bad_price": (3, "price: [email]", 1),
        "unknown_event_type": (4, "event_type: [email]", 2),
        "unparseable": (6, "cut", 1),
    }


def test_lines_that_the_dialect_ignores_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path, "event_type,event_time\nscroll,2025-10-07\nsearch,2025-10-07\nscroll,2025-10-07\n")
    trial = tried(path, dialect("ignore_events: [scroll]"))
    assert (trial.ignored, trial.first_ignored, trial.accepted.total(), trial.refused_count) == (2, 2, 1, 0)
    assert trial.ignored_events == {"scroll": 2}


@pytest.mark.parametrize(
    "text",
    ["rename: {what.kind: event_type}", "fields: {event_type: [what.kind, kind], event_time: at}"],
)
def test_ignored_events_are_counted_by_their_names_wherever_these_stand(tmp_path: Path, text: str) -> None:
    kind = "what.kind" if text.startswith("rename") else "kind"
    records: list[dict[str, object]] = [
        {kind: "scroll"},
        {"what": {"kind": "ping"}},
        {kind: "search"},
        {kind: "login", "test": "1"},
    ]
    lines = "".join(json.dumps(record | {"at": "2025-10-07", "event_time": "2025-10-07"}) + "\n" for record in records)
    ignored = "ignore_events: [scroll, ping]" + ("" if text.startswith("rename") else "\nignore_when: {test: 1}")
    trial = tried(write(tmp_path, lines), dialect(f"{text}\n{ignored}"))
    assert trial.ignored_events == ({"scroll": 1} if text.startswith("rename") else {"scroll": 1, "ping": 1})
    assert trial.ignored == sum(trial.ignored_events.values()) + (not text.startswith("rename"))


def test_only_so_many_lines_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "".join(f"search,2025-10-07,{n},,,,,\n" for n in range(20)))
    trial = tried(path, dialect("{}"), most_lines=5, events=2)
    assert (trial.read, trial.is_complete, len(trial.first)) == (5, False, 2)
    assert tried(path, dialect("{}"), most_lines=20).is_complete


def test_a_text_for_the_terminal_has_no_control_characters() -> None:
    assert shown("a\x1b[31m\nb") == "a [31m b"
    assert len(shown("x" * 500)) == 60
