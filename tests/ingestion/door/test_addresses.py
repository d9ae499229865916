from __future__ import annotations

import re
import unicodedata

import pytest

from ingestion.door.addresses import normal_address
from ingestion.door.scrub import scrub_text
from tests.ingestion.door.samples import HIDDEN_EMAILS, HIDDEN_IPS, UNCHANGED
from tests.support.paths import CASES


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


def test_marks_of_all_scripts_are_parts_of_a_domain() -> None:
    marks = [chr(code) for code in range(0x80, 0x10000) if unicodedata.category(chr(code)).startswith("M")]
    assert [hex(ord(mark)) for mark in marks if scrub_text(f"max@a{mark}b.de") != "[email]"] == []


@pytest.mark.parametrize("odd", [")", '"', ">", "]", ";"])
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


@pytest.mark.parametrize("text", UNCHANGED)
def test_text_that_only_looks_like_an_address_stays_unchanged(text: str) -> None:
    assert scrub_text(text) == text


@pytest.mark.skipif(not CASES.exists(), reason=f"the shared cases are not at {CASES}")
def test_the_addresses_that_once_passed_are_found() -> None:
    for text in (CASES / "hostile" / "addresses_that_passed.txt").read_text().split():
        assert not re.search("muster|secret|2001|203", scrub_text(text)), text


@pytest.mark.parametrize("local", ["bob", "bob.o'neil", "max.mustermann"])
@pytest.mark.parametrize(
    "domain",
    [
        *("@example.com.csv", "@example.com.png", "@@example.com", "@@@example.com", "@foo@example.com"),
        *("@203.0.113.77", "@1.203.0.113.77", "@[203.0.113.77]", "@[IPv6:2001:db8::1]", "@2001:db8::1"),
        *("@203.0.113%2E77", "@example..com", "@.example.com", "@exa\u0301mple.com", "@exa\ufffdmple.com"),
        *(" @ example.com", "@ example.com", "+%40+example.com", "%20%40%20example.com", "%%40example.com"),
        *("%00@example.com", "\0@example.com", "%u0040example.com", "\\x40example.com", "\\100example.com"),
        *("\\u{40}example.com", "\\U00000040example.com", "=40example.com", "%3D40example.com"),
        *("%26%2364%3Bexample.com", "&amp;amp;commat;example.com", "%2525252540example.com"),
        "=example.org@list.example",
    ],
)
def test_nothing_of_the_local_part_is_left(local: str, domain: str) -> None:
    text = f"x-{local}" if domain.startswith("=e") else local
    assert not re.search("bob|neil|max|muster", scrub_text(text + domain)), scrub_text(text + domain)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://max.mustermann:secret@example.com/path", "https://[email]/path"),
        ("https://max:se@cret@example.com/path", "https://[email]/path"),
        ("https://max%3Asecret%40example.com/path", "https://[email]/path"),
        ("https%3A%2F%2Fmax%3Asecret%40example.com%2Fpath", "https://[email]/path"),
        ("https:\\/\\/max:secret@example.com\\/path", "https:\\/\\/[email]\\/path"),
        ("http://max:secret@intranet:8080/x", "http://[email]/x"),
        ("max.mustermann:secret@example.com", "[email]"),
        ("mailto:max@example.com?subject=x", "mailto:[email]?subject=x"),
        ("(max.mustermann)@example.com", "([email]"),
        ("max.mustermann @example.com", "[email]"),
        ("?e=max.mustermann@example.com&b=1", "?e=[email]&b=1"),
        ("/u/bounce-max.mustermann=example.com@list.example", "/u/[email]"),
    ],
)
def test_the_user_of_a_url_and_other_signs_before_the_at_are_found(text: str, clean: str) -> None:
    assert scrub_text(text) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("2001:db8::1.443", "[ip].443"),
        ("2001:db8::1px", "[ip]px"),
        ("x2001:db8::1_y", "x[ip]_y"),
        ("2a00::x", "[ip]x"),
        ("2001:db8::1%eth0", "[ip]%eth0"),
        ("2001:db8::1/64", "[ip]/64"),
        ("2001:db8::1-2001:db8::2,2001:db8::3;", "[ip]-[ip],[ip];"),
        ("_2001:db8:1:2:3:4:5:6x", "_[ip]x"),
        ("2001:db8:0:0:0:0:203.0.113.7", "[ip]"),
        ("64:ff9b::203.0.113.7x", "[ip]x"),
        ("1.203.0.113.77", "[ip]"),
        ("0203.0.0113.77:80", "[ip]:80"),
        ("8080.203.0.113.77.example.org", "[ip].example.org"),
        ("\u0662\u0660\u0663.\u0660.\u0661\u0661\u0663.\u0667\u0667", "[ip]"),
        ("\U0001d7d0\U0001d7ce\U0001d7d1.0.113.77", "[ip]"),
        ("203\\x2e0\\u002e113\\u002e77", "[ip]"),
        ("77.113.0.203.in-addr.arpa", "[ip].in-addr.arpa"),
    ],
)
def test_an_ip_address_next_to_other_text_is_found(text: str, clean: str) -> None:
    assert scrub_text(text) == clean


@pytest.mark.parametrize("text", [*HIDDEN_EMAILS, *HIDDEN_IPS, *UNCHANGED, "2001:db8::1.1.2.3.4.5@a.bc"])
def test_a_clean_text_stays_as_it_is(text: str) -> None:
    assert scrub_text(scrub_text(text)) == scrub_text(text)


def test_a_text_that_consists_of_addresses_is_cut() -> None:
    clean = scrub_text("max.mustermann@example.com, " * 20_000)
    assert clean.startswith("[email], [email], ")
    assert clean.endswith("[cut]")
    assert "max" not in clean
    assert scrub_text("&#109;&#97;&#120;@" * 20_000) == "[cut]"
    emails = "max.mustermann@example.com, " * 250
    assert scrub_text(emails) == "[email], " * 250


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "bob@example.com", "[", "::::"])
def test_other_texts_are_no_addresses(text: str) -> None:
    assert normal_address(text) is None
