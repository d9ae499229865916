from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.door.keys import Keys
from ingestion.door.scrub import Scrubber, is_suspect, scrub_text
from ingestion.door.scrub_value import scrub_value
from tests.ingestion.door.samples import EVENT, ID_KEY, KEYS, admit, only


def test_product_versions_stay_only_in_the_user_agent() -> None:
    agent = "Mozilla/5.0 (203.0.113.7; bob@example.com) Chrome/120.0.0.0 Safari/537.36"
    scrubber = Scrubber(KEYS)
    assert scrubber.user_agent(agent)[0] == "Mozilla/5.0 ([ip]; [email]) Chrome/120.0.0.0 Safari/537.36"
    assert scrubber.user_agent("see http://203.0.113.7/")[0] == "see http://[ip]/"
    assert scrub_text("Chrome/120.0.0.0") == "Chrome/[ip]"


def test_an_address_behind_a_product_is_found() -> None:
    for agent in ("max.mustermann/1.2.3.4@example.com", "max.mustermann/1.2.3.4%40example.com"):
        assert Scrubber(KEYS).user_agent(agent)[0].endswith("[email]")


LONG = f"https://shop.example/confirm?token={'x' * 70}&email="


@pytest.mark.parametrize(
    "end",
    [
        *("max.mustermann@exa", "max.mustermann@", "max.mustermann@example.", "max.mustermann@example.c"),
        *("max.mustermann%40exa", "max.mustermann%2540exa", "max.mustermann%40example%2Ec", "max.mustermann@exäm"),
        *("max.mustermann\\u0040exa", "max.mustermann&#64;exa", "max.mustermann%40ex%C3%A", "max%2Bmustermann%40exa"),
    ],
)
def test_half_an_address_at_the_end_of_a_text_that_was_cut_is_not_visible(end: str) -> None:
    assert scrub_text(LONG + end) == f"{LONG}[cut]"
    assert scrub_value({"a": LONG + end, **{str(number): "" for number in range(20)}})["a"] == f"{LONG}[cut]"


@pytest.mark.parametrize(
    "end",
    [
        *("vue@3", "vue@3.7.1", "/logo@2x", "/@jane", "%2F%40jane", "now @shop", "x&size=40", "x%26size%3D40", "40px"),
        *("x&c=%2340ff64", "max", ""),
    ],
)
def test_the_end_of_another_long_text_stays(end: str) -> None:
    assert scrub_text(LONG + end) == LONG + end


@pytest.mark.parametrize(
    "agent",
    [
        "Instagram 10.33.0.12 Android",
        "Mozilla/5.0 (iPhone) Mobile/15E148 Instagram 123.0.0.21.114 (iPhone11,8; iOS 13_3; scale=2.00)",
        "Barcelona 289.0.0.77.109 Android (29/10; 480dpi)",
        "Mozilla/5.0 (Linux; Android 9) Chrome/76.0.3809.132 [FBAN/EMA;FBLC/de_DE;FBAV/183.0.0.41.81;]",
    ],
)
def test_versions_of_apps_stay(agent: str) -> None:
    assert Scrubber(KEYS).user_agent(agent)[0] == agent
    assert only(admit(EVENT | {"user_agent": agent}))["user_agent"] == agent


PARTS = [
    *(
        "bob@example.com",
        "bob",
        "@",
        "%40",
        "&#64;",
        "&commat;",
        "\\u0040",
        "\\x40",
        "\\100",
        "=40",
        "=2E",
        "\uff20",
        "\u00ad",
    ),
    *(
        "203.0.113.7",
        "1.",
        "2",
        "\u0663",
        "\u3002",
        "2001:db8::1",
        "::",
        "a:",
        "12:00",
        "%",
        "%25",
        "&",
        "\\",
        "\\\\",
        "=",
        ";",
    ),
    *(".", ":", "/", "//", "?", " ", "\n", "\0", "é", "д", "shop.example", "\U0001d7d0", "\u200b"),
]


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_a_text_that_is_not_suspect_needs_no_scrubbing(text: str) -> None:
    if not is_suspect(text.encode(), 0):
        assert scrub_text(text) == text
        assert Scrubber(KEYS).identifier(text) == text


def test_an_address_as_an_id_becomes_a_pseudonym_that_tells_users_apart() -> None:
    scrubber = Scrubber(KEYS)
    bob, ann = scrubber.identifier("Bob@example.com"), scrubber.identifier("ann@example.com")
    assert bob == scrubber.identifier("bob@EXAMPLE.com") != ann
    assert bob.startswith("email:")
    assert "@" not in bob
    assert Scrubber(Keys(b"another address key", ID_KEY)).identifier("bob@example.com") != bob


def test_one_visitor_has_one_hash_in_every_spelling_of_the_address() -> None:
    scrubber = Scrubber(KEYS)
    expected = scrubber.visitor_hash("203.0.113.7")
    assert expected is not None
    assert len(expected) == 32
    for spelling in (" 203.0.113.7 ", "203.0.113.7:4711", "::ffff:203.0.113.7"):
        assert scrubber.visitor_hash(spelling) == expected
    assert scrubber.visitor_hash("[2001:DB8::1]:443") == scrubber.visitor_hash("2001:db8:0::1%eth0")
    assert scrubber.visitor_hash("not an address") is None


def test_the_hash_is_hmac_sha256_cut_to_32_digits() -> None:
    # echo -n 203.0.113.7 | openssl dgst -sha256 -hmac 'a key of 16 byte'
    keys = Keys(b"a key of 16 byte", ID_KEY)
    assert Scrubber(keys).visitor_hash("203.0.113.7") == "f9adcb202cc8083ce8c924c1504c21ab"


def test_a_nul_does_not_reach_the_engines() -> None:
    assert scrub_text("a\0b") == "a\ufffdb"
