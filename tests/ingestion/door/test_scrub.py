from __future__ import annotations

import pytest

from ingestion.door.addresses import normal_address
from ingestion.door.scrub import Scrubber, is_suspect, scrub_text, scrub_value

KEY = b"a key for tests"

HIDDEN_EMAILS = [
    *(f"bob{char}x@example.com" for char in "!#$&*/?^`{|}~é\u4e2d\u200b😀"),
    *(f"bob{char}@example.com" for char in "!#$&*/?^`{|}~\u200b\u00a9"),
    '"max mustermann"@firma.de',
    "a+bob=b.example@example.com",
    "x@[203.0.113.77]",
    "x@[IPv6:2001:db8::1]",
    "bob&commat;example.com",
    "bob&amp;commat;example.com",
    "bob@example&period;com",
    "bob@example&#46;com",
    "bob&commat;example&#x2e;com",
    "bob&amp;x@example.com",
    "bob\ufe6bexample.com",
    "bob@example\uff0ecom",
    "bob\uff20example\u3002com",
    "\uff42\uff4f\uff42@example.com",
    "bob\u200b@\u2060example\ufeff.com",
    "bob@exam\u00adple.com",
    "bob%EF%BC%A0example.com",
    "bob%26commat%3Bexample.com",
    "bob\\uff20example.com",
    "%22max%20mustermann%22%40firma.de",
]
HIDDEN_IPS = [
    "203\uff0e0\uff0e113\uff0e7",
    "203\u30020\u3002113\u30027",
    "203\uff610\uff61113\uff617",
    "\uff12\uff10\uff13.0.113.7",
    "203.\uff10.113.7",
    "203.\u200b0.113.7",
    "203.&ZeroWidthSpace;0.113.7",
    "203&#46;0&#46;113&#46;7",
    "203&period;0&period;113&period;7",
    "203.%30.113.7",
    "2001\uff1adb8\uff1a\uff1a1",
    "2001&colon;db8&colon;&colon;1",
]


@pytest.mark.parametrize(
    "text",
    [
        "bob@example.com",
        "bob.o'neil+shop@mail.example.co.uk",
        "bob%40example.com",
        "bob%2540example.com",
        "bob\\u0040example.com",
        "bob&#64;example.com",
        "bob\uff20example.com",
        "müller@exämple.de",
        "x" * 70 + "@example.com",
    ],
)
def test_an_email_is_found_however_it_is_written(text: str) -> None:
    assert scrub_text(text) == "[email]"


@pytest.mark.parametrize(
    "text",
    [
        "203.0.113.7",
        "2001:db8::1",
        "2001:0db8:0000:0000:0000:0000:0000:0001",
        "2001%3Adb8%3A%3A1",
        "2001%253adb8%253a%253a1",
        "::ffff:203.0.113.7",
        "203%2E0%2E113%2E7",
        "010.001.002.003",
    ],
)
def test_an_ip_address_is_found_however_it_is_written(text: str) -> None:
    assert scrub_text(text) == "[ip]"


@pytest.mark.parametrize("text", HIDDEN_EMAILS)
def test_an_unusual_or_hidden_email_is_found(text: str) -> None:
    assert scrub_text(text) == "[email]"


@pytest.mark.parametrize("text", HIDDEN_IPS)
def test_a_hidden_ip_address_is_found(text: str) -> None:
    assert scrub_text(text) == "[ip]"


@pytest.mark.parametrize("odd", [")", '"', "\x1b", ">", "]", ";"])
def test_of_an_email_with_an_odd_local_part_at_least_the_domain_goes(odd: str) -> None:
    assert scrub_text(f"bob{odd}@example.com") == f"bob{odd}[email]"


def test_a_repeated_address_is_found_in_plain_and_hidden_form() -> None:
    assert scrub_text("bob@example.com bob&commat;example.com") == "[email] [email]"


def test_what_hides_nothing_stays_as_it_was_written() -> None:
    for text in (
        "Tom &amp; Jerry, 5 &times; 3",
        "caf\u00e9 \u2026 \uff12\u00bd",
        "?a=1&copy=2&amp;reg=3",
        "https://x.y/@jane.doe",
    ):
        assert scrub_text(text) == text
    assert scrub_text("?a=1&copy=2&m=bob@example.com") == "?a=1&copy=2&m=[email]"
    assert scrub_text('{"to":"bob@example.com","cc":"","by":"@shop"}') == '{"to":"[email]","cc":"","by":"@shop"}'


def test_the_text_around_an_address_stays() -> None:
    url = "https://shop.example/a%20b?email=bob%40example.com&q=red%20shoes&ip=203.0.113.7#top"
    assert scrub_text(url) == "https://shop.example/a%20b?email=[email]&q=red%20shoes&ip=[ip]#top"
    assert scrub_text("from 203.0.113.7, to [2001:db8::1]:443.") == "from [ip], to [[ip]]:443."
    assert scrub_text("client ip:2001:db8::1") == "client ip:[ip]"
    assert scrub_text("q=%2010.0.0.1") == "q= [ip]"


@pytest.mark.parametrize(
    "text",
    [
        "10:22:33",
        "2019-10-01T10:22:33.123456+02:00",
        "version 1.2.3",
        "1.2.3.4.5",
        "300.1.2.3",
        "35.79",
        "aa:bb:cc:dd:ee:ff",
        "std::vector",
        "Foo::Bar",
        "3 for 2@9.99",
        "@shop",
        "a%20b%3D1",
        "100%",
    ],
)
def test_what_only_looks_like_an_address_stays(text: str) -> None:
    assert scrub_text(text) == text


def test_product_versions_stay_in_the_user_agent_alone() -> None:
    agent = "Mozilla/5.0 (203.0.113.7; bob@example.com) Chrome/120.0.0.0 Safari/537.36"
    scrubber = Scrubber(KEY)
    assert scrubber.user_agent(agent)[0] == "Mozilla/5.0 ([ip]; [email]) Chrome/120.0.0.0 Safari/537.36"
    assert scrubber.user_agent("see http://203.0.113.7/")[0] == "see http://[ip]/"
    assert scrub_text("Chrome/120.0.0.0") == "Chrome/[ip]"


def test_an_address_as_an_id_keeps_users_apart_without_being_readable() -> None:
    scrubber = Scrubber(KEY)
    bob, ann = scrubber.identifier("Bob@example.com"), scrubber.identifier("ann@example.com")
    assert bob == scrubber.identifier("bob@EXAMPLE.com") != ann
    assert bob.startswith("email:")
    assert "@" not in bob
    assert Scrubber(None).identifier("bob@example.com") == "[email]"
    assert Scrubber(b"other").identifier("bob@example.com") != bob


def test_one_visitor_has_one_hash_in_every_spelling_of_the_address() -> None:
    scrubber = Scrubber(KEY)
    expected = scrubber.visitor_hash("203.0.113.7")
    assert expected is not None
    assert len(expected) == 32
    for spelling in (" 203.0.113.7 ", "203.0.113.7:4711", "::ffff:203.0.113.7"):
        assert scrubber.visitor_hash(spelling) == expected
    assert scrubber.visitor_hash("[2001:DB8::1]:443") == scrubber.visitor_hash("2001:db8:0::1%eth0")
    assert scrubber.visitor_hash("not an address") is None
    assert Scrubber(None).visitor_hash("203.0.113.7") is None


def test_the_hash_is_hmac_sha256_cut_to_32_digits() -> None:
    # echo -n 203.0.113.7 | openssl dgst -sha256 -hmac key
    assert Scrubber(b"key").visitor_hash("203.0.113.7") == "df9ac6d8766d37aa28f482625dcd1e3c"


def test_keys_and_nested_values_are_scrubbed_and_none_is_lost() -> None:
    value = {"a@example.com": 1, "b@example.com": ["c@example.com", {"ip": "203.0.113.7"}]}
    assert scrub_value(value) == {"[email]": 1, "[email]'": ["[email]", {"ip": "[ip]"}]}


def test_a_nul_does_not_reach_the_engines() -> None:
    assert scrub_text("a\0b") == "a\ufffdb"


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "bob@example.com", "[", "::::"])
def test_other_texts_are_no_addresses(text: str) -> None:
    assert normal_address(text) is None


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "@",
        "1.",
        "f:",
        "a@",
        "%40",
        "1:",
        "a.b@c.",
        "&amp;",
        "&a=",
        "//a=",
        "a\u0301\u0316",
        "\u0316\u0301",
        '"@a.bc',
        "\ufdfa",
        "?@a.bc",
    ],
)
def test_a_long_text_takes_linear_time(unit: str) -> None:
    # A quadratic pattern takes minutes for this; the test then fails by the patience of whoever waits.
    text = unit * (1_000_000 // len(unit))
    scrub_text(text)
    is_suspect(text.encode(), 0)
