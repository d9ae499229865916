from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.door import decoding, escapes
from ingestion.door.folding import hides_characters
from ingestion.door.work import TooDenseError, Work


def decoded(text: str) -> str:
    return decoding.decoded(text, Work(text))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a%40b", "a@b"),
        ("a%2540b", "a@b"),
        ("a%25252540b", "a@b"),
        ("100% of a%40b", "100% of a@b"),
        ("a%%40b", "a%@b"),
        ("a%%34%30b%25%34%30", "a@b@"),
        ("%%%%%40", "%@"),
        ("%2525252525252540", "@"),
        ("&#64a &#2001:db8", "@a &#2001:db8"),
        ("\uff06\uff0364\uff1b\uff06co\uff4d\uff4dat;", "@@"),
        ("%zz=%3D%40", "%zz==@"),
        ("%\r\nbob%40x", "%\r\nbob@x"),
        ("%C3%BC%ff", "ü"),
        ("a=40b=2Ede", "a@b.de"),
        ("a\\u0040\\x2E\\\\u0040", "a@.@"),
        ("\\uff20\\u3002\\u{40}\\U00000040\\100", "@.@@@"),
        ("\\u043f\\u4e2d\\n\\п\\u12", "п中\\n\\п\\u12"),
        ("\\u0000a\\ud83d\\ud83d\\udc4d\\U0001F44D\\u{1F44D}", "a" + 3 * "\U0001f44d"),
        ("%u043f%U4e2d%u00e9", "п中é"),
        ("\\X40\\x{40}\\x{0040}\\U0040", "@@@@"),
        ("\\xC3\\xbc\\303\\274\\56\\056\\072", "üü\\56.:"),
        ("a\\@b\\.d\\-e\\:f\\_g\\+h", "a@b.d-e:f_g+h"),
        ("a=\nb=\r\nc=\rd=", "abc=\rd="),
        ("203=2E0=2E113=2E77", "203.0.113.77"),
        ("&commat;&#64;&#x40;&amp;amp;#64;", "@@@@"),
        ("&eacute; &copy=1 &b;", "é &copy=1 &b;"),
        ("\uff42\ufe6b\u24b7\u3002\u2024", "b@B.."),
        ("\u0662\U0001d7d0\u00b2", "222"),
        ("a\u200b\u00ad\ufeff\ufffd\U000e0041b", "ab"),
        ("%26commat%3B", "@"),
        ("a\\u{d800}\\x40b\\x{DFFF}", "a@b"),
        ("&#37;40", "@"),
    ],
)
def test_everything_that_hides_an_address_is_decoded(text: str, plain: str) -> None:
    assert decoded(text) == plain


@pytest.mark.parametrize(
    "text", ["", "plain", "caf\u00e9", "Київ", "東京", "?a=1&b=2", "100%", "a=b", "C:\\new", "\ufdfa"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert decoded(text) == text


BROKEN_ESCAPES = [
    *(
        "\\u{d800}",
        "\\x{dfff}",
        "\\u{fffff}",
        "\\ud800",
        "\\U0000dfff",
        "&#xd800;",
        "&#1114112;",
        "%ED%A0%80",
        "=ED=A0=80",
    ),
    *("\\x40", "\\100", "\\u0040", "%40", "=40", "\\", "{", "}", "\uff20"),
]


def characters() -> Iterator[tuple[str, str]]:
    """Each character that NFKC changes or that is a digit, with its plain form."""
    for code in (*range(0x80, 0xD800), *range(0xE000, sys.maxunicode + 1)):
        character = chr(code)
        plain = unicodedata.normalize("NFKC", character)
        if plain != character or character.isdecimal():
            yield character, plain


def test_every_character_that_may_be_a_part_of_an_address_counts_as_hidden() -> None:
    for character, plain in characters():
        if re.search(r"[0-9@.:%&\\=]", plain) or character.isdecimal():
            assert hides_characters(character), hex(ord(character))
            is_rare = plain == character and character > "\uffff"  # digits of scripts that few people write
            assert (decoded(f"a{character}b") != f"a{character}b") is not is_rare, hex(ord(character))


def test_decoding_never_makes_much_of_one_character() -> None:
    for character, _ in characters():
        text = f"{character}\uff20"
        assert len(decoded(text).encode()) <= 3 * len(text.encode()), hex(ord(character))


@given(st.text() | st.lists(st.sampled_from(BROKEN_ESCAPES)).map("".join))
def test_no_text_breaks_the_decoder(text: str) -> None:
    decoded(text).encode()


def test_a_long_text_of_entities_is_too_dense() -> None:
    assert decoded("&#64;" * 200) == "@" * 200
    with pytest.raises(TooDenseError):
        decoded("&#64;" * 2_000)


PIECES = [
    "\\u0040",
    "\\u043F",
    "\\ud83d\\ude00",
    "\\U00000040",
    "\\U00110000",
    "\\u12",
    "\\users",
    "\\",
    "\\n",
    "x",
    "é",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join).filter(lambda text: "\\\\" not in text))
def test_escapes_that_are_decoded_at_once_are_decoded_as_one_by_one(text: str) -> None:
    assert escapes._whole(text) in (None, escapes._one_by_one(text, Work(text)))


@pytest.mark.parametrize(
    "hidden", ["\uff41", "\u00b2", "\u0662", "\u3002", "\u2026", "\u00ad", "\ufeff", "\U0001f103", "\uffa0"]
)
def test_what_is_rare_in_a_long_text_is_decoded_as_in_a_short_one(hidden: str) -> None:
    filling = "lorem ipsum " * 500
    assert decoded(filling + hidden + filling) == filling + decoded(hidden) + filling
    assert decoded(filling + (hidden + "x") * 9 + filling) == filling + decoded((hidden + "x") * 9) + filling


@pytest.mark.parametrize("text", ["\\x40", "\\X2e", "\\xc3\\xa9", "\\xzz", "a=40\\x41", "\\x4"])
def test_rare_and_frequent_escapes_of_bytes_are_decoded_alike(text: str) -> None:
    filling = " lorem ipsum " * 50
    assert decoded(filling + text) == filling + decoded(text)
    assert decoded(text * 40) == decoded(text) * 40
