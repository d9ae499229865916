from __future__ import annotations

import pytest

from ingestion.addresses import normal_address
from ingestion.scrub import Scrubber, scrub_text, scrub_value

KEY = b"a key for tests"


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


@pytest.mark.parametrize("unit", ["a", "@", "1.", "f:", "a@", "%40", "1:", "a.b@c."])
def test_a_long_text_takes_linear_time(unit: str) -> None:
    # A quadratic pattern takes minutes for this; the test then fails by the patience of whoever waits.
    scrub_text(unit * (1_000_000 // len(unit)))
