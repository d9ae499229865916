from __future__ import annotations

import re
import unicodedata

import pytest

from ingestion.door.addresses import normal_address
from ingestion.door.scrub import is_suspect, scrub_text
from tests.ingestion.door.samples import HIDDEN_EMAILS, HIDDEN_IPS


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
def test_at_least_the_domain_of_an_email_with_an_odd_local_part_is_removed(odd: str) -> None:
    assert scrub_text(f"bob{odd}@example.com") == f"bob{odd}[email]"


@pytest.mark.parametrize("text", ["2001:db8::10.0.0.1_", "203.0.113.7::ffff:1.2.3.4", "x::ffff:1.2.3.47::ffff:1.2.3.4"])
def test_addresses_next_to_each_other_are_found_in_one_call(text: str) -> None:
    assert scrub_text(scrub_text(text)) == scrub_text(text)
    assert not re.search("[0-9]", scrub_text(text))


def test_a_repeated_address_is_found_in_plain_and_hidden_form() -> None:
    assert scrub_text("bob@example.com bob&commat;example.com") == "[email] [email]"


def test_text_that_hides_no_address_stays_unchanged() -> None:
    for text in (
        "Tom &amp; Jerry, 5 &times; 3",
        "caf\u00e9 \u2026 \uff12\u00bd",
        "?a=1&copy=2&amp;reg=3",
        "https://x.y/@jane.doe",
    ):
        assert scrub_text(text) == text
    assert scrub_text("?a=1&copy=2&m=bob@example.com") == "?a=1&copy=2&m=[email]"
    assert scrub_text('{"to":"bob@example.com","cc":"","by":"@shop"}') == '{"to":"[email]","cc":"","by":"@shop"}'


def test_the_text_around_an_address_stays_unchanged() -> None:
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
def test_text_that_only_looks_like_an_address_stays_unchanged(text: str) -> None:
    assert scrub_text(text) == text


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
    # A quadratic pattern takes minutes for a million characters, measured after NFKC: it makes 18 of U+FDFA.
    text = unit * (1_000_000 // len(unicodedata.normalize("NFKC", unit)))
    scrub_text(text)
    is_suspect(text.encode(), 0)
