"""Finds e-mail and IP addresses in text, however they are written.

docs/guide/security.md lists the forms that are found, and those that are not with the reason. The time is linear in
the length of the text: patterns begin with a literal, which CPython finds with memchr. Every part counts its steps
(`ingestion.door.work`), and a text that would take too many is cut: nobody needs one that consists of addresses.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Final

from ingestion.door.decoding import decoded, is_dense
from ingestion.door.work import TooDenseError, Work, budget

CUT: Final = "[cut]"
"""Stands for the rest of a text that was cut."""

_OCTET: Final = "0{0,3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4: Final = rf"{_OCTET}(?:\.{_OCTET}){{3}}(?![0-9])"
# Accents, and the vowel signs of Indic and other scripts, which are no letters: कंपनी.भारत
_MARKS: Final = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711-\u07fd"
    r"\u0816-\u085b\u0898-\u0963\u0966-\u109f\u135d-\u135f\u1712-\u17dd\u180b-\u1c37\u1cd0-\u1dff\u20d0-\u20f0"
    r"\u2cef-\u2cf1\u2d7f-\u2dff\u302a-\u302f\u3099-\u309a\ua66f-\ua6f1\ua802-\uabed\ufb1e\ufe20-\ufe2f"
)
_LABEL: Final = rf"[\w\-{_MARKS}]"
# Names of pictures for screens with several pixels per point: logo@2x.png
_PIXELS: Final = r"[0-9]{1,2}(?:\.[0-9]{1,2})?[xw](?:~[a-z]{1,10})?\.(?:png|jpe?g|gif|webp|avif|svg)(?![\w.-])"
_email_domain: Final = re.compile(
    rf"@(?<!@@)@*+[+ \t]{{0,3}}+\.*+(?={_LABEL}*+[.:]|\[)(?!{_PIXELS})"
    rf"(?:(?:{_LABEL}++\.++)+[^\W\d_]{_LABEL}+|[0-9]++(?:\.[0-9]++){{3}}"
    r"|\[(?:[A-Za-z][A-Za-z0-9-]{0,30}:)?[0-9A-Fa-f:.]{2,60}\]|\[ip\]"
    r"|(?=:*[0-9A-Fa-f])(?=[0-9A-Fa-f]{0,4}:(?:[0-9A-Fa-f]{1,4}:)*(?::|(?:[0-9A-Fa-f]{1,4}:){4}))[0-9A-Fa-f:]{3,}(?:\.[0-9]+)*)"
)
# Backwards from the @, so each pattern is applied to reversed text: a pattern in reading order takes quadratic time on
# long runs without an @. Everything that is not ASCII or white space may be a part of the local part.
_local: Final = re.compile(r"""[^\s\x00-\x1f\x7f"(),:;<>\[\]\\]*""").match
# Looks ahead for the @ first: without one, the pattern would try each place at which it may stand.
_userinfo: Final = re.compile(
    r"""/\\{0,4}/(?=[^\s/?#"'<>\\@]{0,512}+@)[^\s/?#"'<>\\]{1,512}@(?=[^\s/?#@])[^\s/?#"'<>\\]*"""
)
_URL_DELIMITERS: Final = "/?&#="
_has_parameter: Final = re.compile(r"(?:.*[?&#])?[\w.-]+=").match
_is_domain: Final = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+").fullmatch
_ODD_BEFORE_AT: Final = frozenset(" \t\"'()<>[];:,\\")
_MOST_ODD: Final = 2
_BEFORE_QUOTE: Final = frozenset(" \t\r\n<(,;:=\\")
_LONGEST_QUOTED: Final = 66
_LONGEST_LOCAL: Final = 1_000

_dotted: Final = re.compile(r"\.[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}(?![0-9])(?:\.[0-9]++)*+")
_number_before: Final = re.compile(r"[0-9]*").match
_quad: Final = re.compile(rf"(?<![0-9]){_IPV4}").search
# A date, with or without a time: 2025.10.07.10.30
_date: Final = re.compile(
    r"(?:19|20)[0-9]{2}\.(?:0?[1-9]|1[0-2])\.(?:0?[1-9]|[12][0-9]|3[01])\.(?:[01]?[0-9]|2[0-3])(?:\.[0-5]?[0-9]){1,2}"
).fullmatch
_colons_before: Final = re.compile(r"[0-9A-Fa-f:]*").match

_colons: Final = re.compile(
    r":(?<!::)(?::(?!:)(?=[A-Fa-f]{0,3}[0-9]|[0-9A-Fa-f]{1,4}:|(?<=[0-9]::)|(?<=[0-9][A-Fa-f]::)"
    r"|(?<=[0-9][A-Fa-f]{2}::)|(?<=[0-9][A-Fa-f]{3}::)|(?<=:[A-Fa-f]::)|(?<=:[A-Fa-f]{2}::)|(?<=:[A-Fa-f]{3}::)"
    r"|(?<=:[A-Fa-f]{4}::))|(?>(?:[0-9A-Fa-f]{1,4}+:){6})[0-9A-Fa-f])"
)
_groups_after: Final = re.compile(r"[0-9A-Fa-f:]*")
_has_eight_groups: Final = re.compile(r":(?<=[0-9A-Fa-f]:)(?:[0-9A-Fa-f]{1,4}:){6}[0-9A-Fa-f]").search
_has_gap: Final = re.compile(r"(?<!:)::(?!:)").search
_has_digit: Final = re.compile("[0-9]").search
# Where an address of one computer begins: global, unique local, or link-local. RFC 4291, RFC 4193.
_is_prefix: Final = re.compile(r"[23][0-9a-f]{3}|f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]", re.I).fullmatch
_LONGEST_RUN: Final = 512

_separators: Final = re.compile(r"([\s\"<>&?#;=/,]+)")
_LONGEST_IN_PARTS: Final = 8_192
_MAX_PASSES: Final = 3
_STEPS_OF_AN_ADDRESS: Final = 1_300
_STEPS_IN_A_URL: Final = 2_500

Replace = Callable[[str], str]


def normal_address(text: str) -> str | None:
    """The normal spelling of an IP address; None if the text is not one."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def replace_addresses(text: str, email: Replace, ip: Replace, work: Work) -> str:
    """Replace each address with the result of `email` or `ip`, and each NUL with U+FFFD.

    A text in which addresses are hidden is returned decoded. If decoding its parts is enough to find them, as it is in
    URLs, the other parts of the text stay as they were written. A text that consists of addresses is cut, and so is one
    that would take more work than is left.
    """
    try:
        work.spend(3_000 + 2 * len(text))
        return _clean(text, email, ip, work)
    except TooDenseError:
        return CUT


def _clean(text: str, email: Replace, ip: Replace, work: Work) -> str:
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if is_dense(text):
        return CUT
    if text.count("@") > budget(text):
        text = _cut(text, work)
    plain = decoded(text, work)
    if plain == text:
        return _replace(text, email, ip, work)
    if plain.count("@") > budget(plain):
        plain = _cut(plain, work)
    clean_plain = _replace(plain, email, ip, work)
    if clean_plain != plain and len(text) > _LONGEST_IN_PARTS:
        return clean_plain.replace("\0", "\ufffd")
    clean = _replace(text, email, ip, work)
    if clean_plain == plain and clean == text:
        return text
    if len(text) <= _LONGEST_IN_PARTS:
        try:
            return _least(text, clean, clean_plain, email, ip, work)
        except TooDenseError:
            pass  # then the decoded text
    return clean_plain.replace("\0", "\ufffd")


def _least(text: str, clean: str, clean_plain: str, email: Replace, ip: Replace, work: Work) -> str:
    """The text without addresses as it was written, or decoded as far as needed to find them all."""
    if clean != text and decoded(clean, work) == clean_plain:
        return clean  # nothing is hidden
    clean = _replace(_replace_in_parts(text, email, ip, work), email, ip, work)
    plain = decoded(clean, work)
    # Of the two ways to read the text, the one that leaves less of it.
    keeps_spelling = len(plain) <= len(clean_plain) and (plain == clean or _replace(plain, email, ip, work) == plain)
    return clean if keeps_spelling else clean_plain.replace("\0", "\ufffd")


def _replace_in_parts(text: str, email: Replace, ip: Replace, work: Work) -> str:
    work.spend(1_000 + 5 * len(text))
    parts = _separators.split(text)
    work.spend(150 * len(parts))
    for index, part in enumerate(parts):
        # in other parts nothing can be hidden: & and = separate them
        if "%" in part or "\\" in part or not (part.isascii() and part.isprintable()):
            plain = decoded(part, work)
            if plain != part and (clean := _replace(plain, email, ip, work)) != plain:
                parts[index] = clean.replace("\0", "\ufffd")
    return "".join(parts)


def _replace(text: str, email: Replace, ip: Replace, work: Work) -> str:
    # Replacing an address may reveal another one: 2001:db8::10.0.0.1 is found in two steps.
    for _ in range(_MAX_PASSES):
        replaced = text
        work.spend(700 + len(text))
        if "@" in replaced:
            replaced = _replace_emails(replaced, email, work)
        if (dots := replaced.count(".")) > 2:
            work.spend(30 * dots)
            replaced = _replace_ipv4(replaced, ip, work)
        if (colons := replaced.count(":")) > 1:
            work.spend(60 * colons)
            replaced = _replace_ipv6(replaced, ip, work)
        if replaced == text:
            break
        text = replaced
    return text


def _cut(text: str, work: Work) -> str:
    """The text up to the @ at which its budget is spent, without the local part before it."""
    work.spend(100 * budget(text))
    at = -1
    for _ in range(budget(text) + 1):
        at = text.find("@", at + 1)
    return text[: _run_start(text, 0, at, work)] + CUT


def _replace_emails(text: str, email: Replace, work: Work) -> str:
    work.spend(500 + (3 if text.isascii() else 8) * len(text) + 150 * text.count("@"))
    if "//" in text or "\\/" in text:
        text = _replace_userinfo(text, email, work)
    parts: list[str] = []
    end = 0
    left = budget(text)
    for match in _email_domain.finditer(text):
        if match.start() < end:
            continue
        if not left:
            return "".join(parts) + CUT
        left -= 1
        work.spend(_STEPS_OF_AN_ADDRESS)
        start = _local_start(text, end, match.start(), work)
        if start == match.start() and (not start or text[start - 1].isspace() or text[start - 1] == "/"):
            continue  # a handle, such as @shop.example
        parts += (text[end:start], email(text[start : match.end()]))
        end = match.end()
    return "".join(parts) + text[end:]


def _replace_userinfo(text: str, email: Replace, work: Work) -> str:
    """Replace the user and the password of a URL, with the host: https://max:secret@example.com/path."""
    work.spend(300 + len(text) + 40 * text.count("/"))
    parts: list[str] = []
    end = 0
    left = budget(text)
    for match in _userinfo.finditer(text):
        if not left:
            return "".join(parts) + CUT
        left -= 1
        work.spend(_STEPS_OF_AN_ADDRESS)
        start = match.start() + match[0].index("/", 1) + 1
        parts += (text[end:start], email(text[start : match.end()]))
        end = match.end()
    return "".join(parts) + text[end:]


def _local_start(text: str, end: int, at: int, work: Work) -> int:
    """Index at which the local part before the @ begins, at least `end`."""
    if at > end and text[at - 1] == '"':
        quote = text.rfind('"', max(end, at - _LONGEST_QUOTED), at - 1)
        if quote >= 0 and (quote == 0 or text[quote - 1] in _BEFORE_QUOTE):
            return quote
    stop = at
    while stop > max(end, at - _MOST_ODD) and text[stop - 1] in _ODD_BEFORE_AT:
        stop -= 1
    start = _run_start(text, end, stop, work)
    # After an odd sign it must look like a name: (max.mustermann)@example.com, max.mustermann @example.com
    is_apart = text[at - 1 : at].isspace() and text[at + 1 : at + 2].isspace()  # bob @ example.com
    if start == stop or (stop < at and not is_apart and "." not in text[start : stop - 1]):
        return at
    local = text[start:stop]
    if _is_url(local):
        work.spend(_STEPS_IN_A_URL)
        start = _url_value_start(text, start, stop)
    # max.mustermann:secret@example.com
    if start > end and text[start - 1] == ":":
        before = _run_start(text, end, start - 1, work)
        if "." in text[before : start - 1] and not _is_url(text[before : start - 1]):
            start = before
        # an IPv6 address that goes on into the local part
        groups = _colons_before(text[max(end, start - _LONGEST_RUN) : start][::-1])
        if groups and groups[0].count(":") > 2:
            start -= groups.end()
    return start


def _run_start(text: str, end: int, stop: int, work: Work) -> int:
    run = _local(text[max(end, stop - _LONGEST_LOCAL) : stop][::-1])
    length = run.end() if run else 0
    work.spend(5 * length)
    return stop - length


def _is_url(text: str) -> bool:
    """Whether a text is a URL or a part of one: it begins with a delimiter, or has a scheme, or a parameter."""
    return text.startswith(("/", "?", "&", "#")) or "//" in text or ("=" in text and _has_parameter(text) is not None)


def _url_value_start(text: str, start: int, stop: int) -> int:
    value = start + max(map(text[start:stop].rfind, _URL_DELIMITERS)) + 1
    if text[value - 1 : value] != "=" or not _is_domain(text[value:stop]):
        return value
    # bounce-max.mustermann=example.com@list.example, but not email=max.mustermann@example.com
    name = start + max(map(text[start : value - 1].rfind, _URL_DELIMITERS)) + 1
    is_sender = any(sign in text[name : value - 1] for sign in ".+-")
    return name if is_sender else value


def _replace_ipv4(text: str, ip: Replace, work: Work) -> str:
    parts: list[str] = []
    end = 0
    left = budget(text)
    for match in _dotted.finditer(text):
        if not left:
            return "".join(parts) + CUT
        left -= 1
        work.spend(_STEPS_OF_AN_ADDRESS)
        first = match.start()
        before = _number_before(text[max(end, first - _LONGEST_RUN) : first][::-1])
        start = first - (before.end() if before else 0)
        if start == first:
            start += 1
        run = text[start : match.end()]
        if _quad(run) is None or _date(run):
            continue
        if start > end and text[start - 1] == ":":  # ::ffff:203.0.113.77
            colons = _colons_before(text[max(end, start - _LONGEST_RUN) : start][::-1])
            prefix = text[start - (colons.end() if colons else 0) : start]
            if "::" in prefix or prefix.count(":") >= 6:
                start -= len(prefix)
        parts += (text[end:start], ip(text[start : match.end()]))
        end = match.end()
    return "".join(parts) + text[end:]


def _replace_ipv6(text: str, ip: Replace, work: Work) -> str:
    parts: list[str] = []
    end = 0
    left = budget(text)
    position = 0
    while match := _colons.search(text, position):
        if not left:
            return "".join(parts) + CUT
        left -= 1
        work.spend(_STEPS_OF_AN_ADDRESS)
        at = match.start()
        before = _colons_before(text[max(end, at - _LONGEST_RUN) : at][::-1])
        start = at - (before.end() if before else 0)
        after = _groups_after.match(text, at)
        position = stop = after.end() if after else match.end()
        if text[start] == ":" and text[start + 1 : start + 2] != ":":
            start += 1
        if text[stop - 1] == ":" and text[stop - 2] != ":":
            stop -= 1
        work.spend(10 * (stop - start))
        if _is_ipv6(text[start:stop], text[start - 1 : start], text[stop : stop + 1]):
            parts += (text[end:start], ip(text[start:stop]))
            end = stop
    return "".join(parts) + text[end:]


def _is_ipv6(run: str, before: str, after: str) -> bool:
    """Whether hexadecimal digits and colons between two characters hold an address.

    Code such as Foo::Bar and a::before is none: without a digit, or with few groups next to other letters, a run
    counts as an address only if it begins as the address of a computer does.
    """
    if _has_eight_groups(run):
        return True
    if not _has_gap(run):
        return False
    groups = [group for group in run.split(":", 40) if group]
    if len(groups) > 2 or (groups and _is_prefix(groups[0][-4:])):
        return _has_digit(run) is not None or len(groups) > 3
    is_glued = (before.isalnum() or before == "_") or (after.isalnum() or after == "_")
    return _has_digit(run) is not None and not is_glued
