from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.door.scrub import Scrubber, scrub_text
from ingestion.door.work import FREE_STEPS, STEPS_PER_BYTE, TooDenseError, Work
from tests.ingestion.door.samples import EVENT, KEYS, admit, only

PEOPLE = {
    "Japanese": "東京都千代田区\uff11\uff0d\uff12\uff0d\uff13\u3000株式会社\uff08\uff21\uff22\uff23\uff09、",
    "Arabic": "السعر \u0662\u0665\u066b\u0660\u0660 ريال، الكمية ٣ ",
    "Thai": "ราคา ๒๕ บาท ",
    "Hindi": "कीमत २५ रुपये ",
    "Ukrainian": "Київ, вулиця Хрещатик 22, кв. 5. ",
    "emoji": "Great \U0001f44d\u200d\u2764\ufe0f mug! ",
    "encoded": quote("東京都千代田区\uff11\uff0d\uff12\uff0d\uff13\u3000株式会社\uff08\uff21\uff22\uff23\uff09"),
    "escaped": json.dumps("Київ, вулиця Хрещатик 22 "),
    "HTML": "<p class='a'>10.00 &euro; &nbsp;<a href='/x?a=1&amp;b=%20c'>Mug</a></p>\n",
    "paths": "C:\\users\\max\\x\\new\\100 ",
    "JSON": json.dumps({"name": "Mug", "at": "2025-10-07T10:00:00.123Z", "url": "https://x.example/?a=%20b"}),
}
HIDDEN = "https://shop.example/a?email=max%40example.com "
DEAR = "\u0662\\u0430\u0301:%2540&amp;a=//x" * 4_000


@pytest.mark.parametrize("kind", PEOPLE)
@pytest.mark.parametrize("size", [100, 1_000, 2_000])
def test_text_of_people_and_programs_is_not_cut(kind: str, size: int) -> None:
    text = (PEOPLE[kind] * size)[:size].rstrip("%&\\0123456789ABCDEFu") + " ."
    assert scrub_text(text) == text


def test_work_grows_with_the_length_in_bytes() -> None:
    assert Work("").left == FREE_STEPS
    assert Work("ab").left == FREE_STEPS + 2 * STEPS_PER_BYTE
    assert Work("д\ud800").left == FREE_STEPS + 5 * STEPS_PER_BYTE
    with pytest.raises(TooDenseError):
        Work("").spend(FREE_STEPS + 1)


def test_a_text_that_would_take_too_much_work_is_cut_visibly() -> None:
    assert scrub_text(DEAR + "max@example.com") == "[cut]"
    assert only(admit(EVENT | {"city": DEAR, "note": DEAR}))["city"] == "[cut]"


def test_where_no_work_is_left_to_keep_the_spelling_a_text_without_addresses_is_decoded() -> None:
    work = Work("")
    clean = [scrub_text(f"{HIDDEN}{number}%20", work) for number in range(20)]
    plain = "https://shop.example/a?email=[email] "
    assert clean[0] == f"{plain}0%20"
    assert "[cut]" in clean
    assert all(text in (f"{plain}{number}%20", f"{plain}{number} ", "[cut]") for number, text in enumerate(clean))
    assert clean.index("[cut]") > 5


@pytest.mark.parametrize(("text", "count"), [(HIDDEN, 8), ("max@example.com ", 200), ("203.0.113.7 ", 200)])
def test_addresses_of_a_list_are_removed_and_the_rest_stays(text: str, count: int) -> None:
    event = only(admit(EVENT | {"seen": [f"{text}{number}" for number in range(count)]}))
    assert "cut" not in event["extra"]
    assert event["extra"].count("[email]") + event["extra"].count("[ip]") == count


def test_what_becomes_of_an_id_depends_on_nothing_else_in_the_record() -> None:
    expected = Scrubber(KEYS).identifier("bob@example.com")
    event = only(admit(EVENT | {"city": DEAR, "page_url": DEAR, "user_id": "bob@example.com"}))
    assert (event["user_id"], event["city"]) == (expected, "[cut]")


def test_of_a_long_rejected_line_that_would_take_too_much_work_the_start_is_kept() -> None:
    text = json.dumps({"event_type": "no such type", "to": "max@example.com", "a": "lorem " * 500} | {"note": DEAR})
    [line] = admit(text).lines
    raw = json.loads(line)["raw"]
    assert raw.startswith('{"event_type": "no such type", "to": "[email]", "a": "lorem lorem')
    assert raw.endswith("[cut]")
    assert len(raw) > 1_900


@given(
    st.lists(st.sampled_from([*"ab@:.%&=\\/ \u0662\u0430", "%40", "max@example.com", "::1"]), max_size=400).map("".join)
)
def test_the_same_text_always_takes_the_same_work(text: str) -> None:
    left = []
    for _ in range(2):
        work = Work(text)
        scrub_text(text, work)
        left.append(work.left)
    assert left[0] == left[1]
