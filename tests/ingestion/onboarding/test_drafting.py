from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.door.dialect import parse_dialect
from ingestion.door.door import Door
from ingestion.errors import UserError
from ingestion.onboarding.drafting import Draft, draft_dialect
from ingestion.onboarding.trial import Trial, try_dialect
from ingestion.replay.readers import open_source
from tests.ingestion.door.samples import KEYS
from tests.ingestion.onboarding.exports import EXPORTS, Export
from tests.ingestion.replay.files import write
from tests.support.paths import CASES, ROOT

FORMATS = ROOT / "tests" / "ingestion" / "door" / "formats"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def drafted(path: Path) -> tuple[Draft, Trial]:
    draft = draft_dialect(str(path), now=NOW)
    shape = parse_dialect(draft.text, name="draft", where="draft.yml")
    return draft, try_dialect(open_source(str(path), shape), shape, now=NOW)


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_a_draft_gives_the_figures_that_the_shop_knows(tmp_path: Path, export: Export) -> None:
    draft, trial = drafted(write(tmp_path, export.content))
    sales = {
        currency: (money.orders, money.pieces, money.revenue, money.given_back)
        for currency, money in trial.money.items()
    }
    assert sales == {
        currency: (orders, pieces, Decimal(revenue), Decimal(back))
        for currency, (orders, pieces, revenue, back) in export.sales.items()
    }
    assert not trial.refused
    assert "@" not in draft.text


def test_what_could_not_be_decided_is_said_in_the_draft_and_to_the_user(tmp_path: Path) -> None:
    draft, _ = drafted(write(tmp_path, EXPORTS["sheet"].content))
    ambiguous, zone = draft.open_questions
    assert ambiguous.startswith("Date can be read as %d/%m/%Y and as %m/%d/%Y: the draft takes the one")
    assert zone.startswith("Date has no time zone")
    assert "# To decide:" in draft.text
    known, _ = drafted(write(tmp_path, "action,ts,sku\nview,1759823426,a\nclub,1759823427,a\n"))
    assert any("names that are no event types: club;" in question for question in known.open_questions)
    assert "view: view_item\n    # club: ?" in known.text


def test_a_value_of_several_lines_hides_no_header(tmp_path: Path) -> None:
    stores = '"Main Website\n  Main Website Store\n   Default Store View"'
    rows = "".join(f'"10{n}",{stores},"2025-10-0{n} 08:12:33","{n}0.50","Complete"\n' for n in range(1, 4))
    header = '"ID","Purchase Point","Purchase Date","Grand Total (Purchased)","Status"\n'
    _, trial = drafted(write(tmp_path, header + rows))
    [(orders, revenue)] = [(money.orders, money.revenue) for money in trial.money.values()]
    assert (orders, revenue) == (3, Decimal("61.50"))


def test_ten_digits_are_the_number_of_an_order(tmp_path: Path) -> None:
    header = "Date Paid,Order ID,SKU,Quantity,Price,Order Shipping\n"
    rows = "10/14/25,3400000001,A,2,20.00,4.90\n10/14/25,3400000001,B,1,12.50,4.90\n10/09/25,3400000002,B,3,12.50,0\n"
    _, trial = drafted(write(tmp_path, header + rows))
    assert [money.orders for money in trial.money.values()] == [2]


@pytest.mark.parametrize(("total", "is_asked"), [("40.00", True), ("35.00", False)])
def test_a_total_before_the_discount_of_its_line_is_asked_about(tmp_path: Path, total: str, is_asked: bool) -> None:
    header = "Sale Date,Order ID,SKU,Quantity,Price,Discount Amount,Item Total\n"
    rows = f"2025-10-07,1,A,2,20.00,5.00,{total}\n2025-10-08,2,B,1,12.50,0.00,12.50\n"
    draft, _ = drafted(write(tmp_path, header + rows))
    asked = "`line_total: {minus: [Item Total, Discount Amount]}`"
    assert any(asked in question for question in draft.open_questions) is is_asked


def test_names_of_people_are_no_ids_and_are_not_kept(tmp_path: Path) -> None:
    draft, _ = drafted(write(tmp_path, EXPORTS["prestashop"].content))
    assert yaml.safe_load(draft.text)["ignore"] == ["Customer"]
    assert "user_id" not in draft.text


def test_the_number_of_a_customer_is_preferred_to_the_address(tmp_path: Path) -> None:
    draft, _ = drafted(write(tmp_path, EXPORTS["shopware"].content))
    assert yaml.safe_load(draft.text)["fields"]["user_id"] == "Kundennummer"
    only, trial = drafted(write(tmp_path, EXPORTS["sheet"].content))
    assert yaml.safe_load(only.text)["fields"]["user_id"] == "Customer"
    assert trial.fullness.no_visitor == 0


def test_a_column_that_is_not_used_is_not_taken_by_its_name_either(tmp_path: Path) -> None:
    lines = "order_id,date,sku,qty,price,line_total\n1,2025-10-07,a,1,10.00,30.00\n1,2025-10-07,b,2,10.00,30.00\n"
    draft, trial = drafted(write(tmp_path, lines))
    assert trial.money[""].revenue == 30
    assert yaml.safe_load(draft.text)["ignore"] == ["line_total"]


def test_negative_amounts_in_brackets_are_refused_by_their_names(tmp_path: Path) -> None:
    lines = "order_id,date,sku,amount\n1,2025-10-07,a,10.00\n2,2025-10-08,a,(10.00)\n"
    _, trial = drafted(write(tmp_path, lines))
    assert trial.money[""].revenue == 10
    assert "(10.00)" in trial.refused["bad_amount"].value


def test_the_total_of_an_order_on_each_of_its_lines_is_not_taken_for_theirs(tmp_path: Path) -> None:
    lines = "order id,date,sku,qty,price,total\n1,2025-10-07,a,1,10.00,30.00\n1,2025-10-07,b,2,10.00,30.00\n"
    draft, trial = drafted(write(tmp_path, lines))
    assert trial.money[""].revenue == 30
    assert any("total is not price times the pieces" in question for question in draft.open_questions)


@pytest.mark.parametrize("path", sorted(FORMATS.glob("*.[jct]s*[lv]")), ids=lambda path: path.name)
def test_a_shipped_format_is_recognised(path: Path) -> None:
    assert draft_dialect(str(path), now=NOW).shipped[:1] == [path.stem]


def test_columns_of_a_shipped_csv_format_are_recognised(tmp_path: Path) -> None:
    rows = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n" + "1," * 9
    assert draft_dialect(str(write(tmp_path, rows)), now=NOW).shipped == ["rees46", "canonical"]


def test_an_order_that_is_cancelled_after_it_was_loaded_is_taken_back(tmp_path: Path) -> None:
    content = EXPORTS["shopware"].content
    draft, _ = drafted(write(tmp_path, content))
    shape = parse_dialect(draft.text, name="draft", where="draft.yml")
    later = write(tmp_path, content.replace(b"Bezahlt", b"Storniert"), "later.csv")
    types: dict[str, str] = {}
    for path in (tmp_path / "events.csv", later):
        lines = open_source(str(path), shape).lines()
        admitted = Door(shape, KEYS).admit_lines(lines, received_at=NOW)
        types |= {event["event_id"]: event["event_type"] for event in map(json.loads, admitted.lines)}
    assert list(types.values()) == ["begin_checkout"] * 3


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Oct 7, 2025 9:50:26 AM PDT", "2025-10-07T16:50:26"),
        ("2025-12-07 09:50:26 CET", "2025-12-07T08:50:26"),
        ("Tue, 07 Oct 2025 09:50:26 +0200", "2025-10-07T07:50:26"),
        ("07/10/2025 9:50PM", "2025-10-07T21:50:00"),
    ],
)
def test_times_with_a_zone_behind_them_are_read(tmp_path: Path, text: str, utc: str) -> None:
    lines = f'order id,created,sku,price\n1,"{text}",A,5.00\n2,"{text}",B,5.00\n'
    _, trial = drafted(write(tmp_path, lines))
    assert trial.earliest == f"{utc}.000000Z"


def test_the_draft_of_a_file_without_a_header_shows_what_its_columns_hold(tmp_path: Path) -> None:
    draft, trial = drafted(write(tmp_path, "u1,2025-10-07,view,a@b.de\nu2,2025-10-08,purchase,c@d.de\n"))
    text = " ".join(draft.text.replace("#", " ").split())
    assert "column_1 is u1, u2; column_2 is 2025-10-07, 2025-10-08; column_3 is view, purchase;" in text
    assert "@" not in draft.text
    assert trial.accepted == {"view_item": 1, "purchase": 1}


def test_a_table_is_not_taken_for_a_format_that_is_json(tmp_path: Path) -> None:
    table = "event_timestamp,event_name,user_pseudo_id\n1762600000123456,view_item,9.9\n"
    assert draft_dialect(str(write(tmp_path, table)), now=NOW).shipped == []


def test_the_invoice_of_a_return_is_that_of_its_order(tmp_path: Path) -> None:
    draft, trial = drafted(write(tmp_path, EXPORTS["invoices"].content))
    assert {event["order_id"] for event in trial.first} == {"INV7001"}
    assert "strip_prefix: C" in draft.text


def test_without_a_number_a_product_is_its_name(tmp_path: Path) -> None:
    _, trial = drafted(write(tmp_path, "Bestellnummer;Datum;Artikelname;Preis\n1;07.10.2025;Kerze;1,50\n"))
    assert trial.first[0]["product_id"] == trial.first[0]["product_name"] == "Kerze"


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "is empty"), ("hello\nworld\n", "has one column only"), ("<?xml version='1.0'?>", "is XML")],
)
def test_a_file_without_columns_is_one_sentence(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        draft_dialect(str(write(tmp_path, content)), now=NOW)


CELLS = st.sampled_from(
    [
        "1",
        "-2,5",
        "x",
        "",
        "a@b.de",
        "2025-10-07",
        "NULL",
        '"',
        "#1",
        "€5",
        "1.234",
        "yes",
        "{",
        ":",
        "\x1bx",
        "\x80",
        "😀",
    ]
)
NAMES = st.sampled_from(
    [
        "order id",
        "Preis",
        "date",
        "Status",
        "qty",
        "Total",
        "event",
        "a: b",
        "- x",
        "#",
        "yes",
        "€",
        "qty\x1b",
        "\x85😀",
    ]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(NAMES, min_size=2, max_size=6), st.lists(st.lists(CELLS, min_size=2, max_size=6), max_size=5))
def test_every_draft_is_a_valid_dialect(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], rows: list[list[str]]
) -> None:
    text = "\n".join(";".join(row) for row in [names, *rows])
    path = write(tmp_path_factory.mktemp("draft"), text)
    try:
        drafted(path)
    except UserError as error:
        # the file may be none that can be read; the draft is always valid
        is_about_draft = str(error).startswith("dialect draft")
        if is_about_draft:
            raise


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this project")
def test_the_cases_get_from_draft_to_their_right_values() -> None:
    german = drafted(CASES / "german_orders.csv")[1].money[""]
    assert (german.lines, german.revenue) == (3, Decimal("2508.90"))
    day_first = drafted(CASES / "date_and_time_columns.csv")[1]
    assert day_first.earliest == "2025-10-07T10:00:00.000000Z"
    draft, returns = drafted(CASES / "returns_latin1.csv")
    assert returns.money[""].given_back == Decimal("5.10")
    assert returns.latest.startswith("2010-12-02")
    assert returns.refused["bad_price"].value == "price: -110.06"
    assert any("identical_rows: each" in question for question in draft.open_questions)
    nulls = drafted(CASES / "null_tokens.csv")[1]
    assert nulls.filled["view_item"]["user_id"] == 0
    assert drafted(CASES / "preamble.csv")[1].accepted.total() == 1
