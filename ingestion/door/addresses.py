"""Finds e-mail and IP addresses in text. The time is linear in the length of the text.

Recognized:

- E-mail: a local part, @, and a domain. The local part consists of RFC 5322 atext, dots and non-ASCII characters, or is
  quoted and at most 64 characters long. In a URL or a `name=value` it begins after the last of `/?&#=`. The domain has
  at least two labels, or is a literal such as `[203.0.113.77]`. After any other local part at least `@domain.tld` is
  replaced. `@domain.tld` at the start of a text, after white space or after the / of a URL is a handle and stays.
- IPv4 as four decimal numbers; IPv6 in every spelling of RFC 4291.
- Both also if all or part of them is written in URL encoding, JSON escapes (`\\u0040`), HTML entities, full-width or
  other look-alikes that Unicode NFKC resolves, with the ideographic full stop, or with zero-width characters inside.
  These may be mixed and nested up to four levels deep.

Not recognized: white space around @ or dots, words (`(at)`), base64, other escapes (`=40`, `\\x40`), digits of other
scripts, addresses split across fields, and IPv4 as one integer, in hexadecimal or octal, with dashes (as in host names
of providers), or defanged (`203[.]0`).
"""

from __future__ import annotations

import html
import ipaddress
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

_separators: Final = re.compile(r"([\s\"<>&?#;=/,\x00]+)")
# No surrogates: they cannot be encoded as UTF-8.
_escape: Final = re.compile(r"\\+u((?:[0-9a-ce-fA-CE-F][0-9a-fA-F]|[dD][0-7])[0-9a-fA-F]{2})")
# In short pieces: NFKC takes quadratic time for one long run of combining marks.
_not_ascii: Final = re.compile(r"[^\x00-\x7f]{1,64}")
_invisible: Final = re.compile("[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_IDEOGRAPHIC_STOP: Final = "\u3002"
_email_domain: Final = re.compile(
    r"@(?:(?:[\w-]+\.)+[^\W\d_][\w-]+|\[(?:[A-Za-z][A-Za-z0-9-]{0,30}:)?[0-9A-Fa-f:.]{2,60}\])"
)
_ATEXT: Final = frozenset(string.ascii_letters + string.digits + ".!#$%&'*+-/=?^_`{|}~")
_URL_DELIMITERS: Final = "/?&#="
_is_url: Final = re.compile(r"[/?&#]|.*//|.*[?&#][\w.-]+=|[\w.-]+=").match
_BEFORE_QUOTE: Final = frozenset(" \t\r\n<(,;:=\\")
_LONGEST_QUOTED: Final = 66
_dotted: Final = re.compile(r"(?<![0-9])(?<![0-9]\.)([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![0-9])(?!\.[0-9])")
_colon_run: Final = re.compile(r"[0-9A-Fa-f:.]{3,}")
_WORD: Final = frozenset(string.ascii_letters + string.digits + "_")
_SURE_GROUPS: Final = 5
_MAX_PASSES: Final = 4

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


def replace_addresses(text: str, email: Replace, ip: Replace) -> str:
    """Replace each address with the result of `email` or `ip`, and each NUL with U+FFFD.

    A text in which addresses are hidden (see the module) is returned decoded. If only URL encoding hides them, the
    other parts of the text stay as they were written.
    """
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    plain = _decoded(text)
    if plain == text:
        return _replace(text, email, ip)
    clean, in_parts = _counted(_replace_by_part, text, email, ip)
    clean_plain, found = _counted(_replace, plain, email, ip)
    return clean_plain if found - in_parts else clean


def hides_characters(text: str) -> bool:
    """Whether a non-ASCII text has look-alikes or invisible characters, which may hide an address."""
    return (
        _IDEOGRAPHIC_STOP in text or not unicodedata.is_normalized("NFKC", text) or _invisible.search(text) is not None
    )


def _counted(
    replace: Callable[[str, Replace, Replace], str], text: str, email: Replace, ip: Replace
) -> tuple[str, Counter[str]]:
    """The text without addresses, and how often each address was found."""
    found: Counter[str] = Counter()

    def counting(replacement: Replace) -> Replace:
        def count(address: str) -> str:
            found[address] += 1
            return replacement(address)

        return count

    return replace(text, counting(email), counting(ip)), found


def _replace_by_part(text: str, email: Replace, ip: Replace) -> str:
    if "%" not in text and "\\u" not in text:
        return _replace(text, email, ip)
    # Encoded parts are decoded one by one, so that a URL keeps its other parts as they were written.
    parts = _separators.split(text)
    for index, part in enumerate(parts):
        decoded = _decoded(part)
        if decoded != part and (clean := _replace(decoded, email, ip)) != decoded:
            parts[index] = clean
    return _replace("".join(parts), email, ip)


def _decoded(text: str) -> str:
    for _ in range(4):
        plain = unquote(text) if "%" in text else text
        if "\\" in plain:
            plain = _escape.sub(lambda match: chr(int(match[1], 16)), plain)
        if "&" in plain:
            plain = html.unescape(plain)
        if not plain.isascii():
            plain = _not_ascii.sub(lambda match: unicodedata.normalize("NFKC", match[0]), plain)
            plain = _invisible.sub("", plain).replace(_IDEOGRAPHIC_STOP, ".")
        if plain == text:
            break
        text = plain
    return text.replace("\0", "\ufffd")


def _replace(text: str, email: Replace, ip: Replace) -> str:
    # Replacing an address may reveal another one: in 2001:db8::10.0.0.1_ first the IPv4 part, then the rest is found.
    for _ in range(_MAX_PASSES):
        replaced = _replace_once(text, email, ip)
        if replaced == text:
            break
        text = replaced
    return text


def _replace_once(text: str, email: Replace, ip: Replace) -> str:
    if "@" in text:
        text = _replace_emails(text, email)
    if text.count(":") > 1:
        text = _colon_run.sub(lambda match: _replace_ipv6(match, ip), text)
    if text.count(".") > 2:
        text = _dotted.sub(lambda match: ip(match[1]) if _is_ipv4(match[1]) else match[1], text)
    return text


def _replace_emails(text: str, email: Replace) -> str:
    parts: list[str] = []
    end = 0
    for match in _email_domain.finditer(text):
        start = _local_start(text, end, match.start())
        if start == match.start() and (not start or text[start - 1].isspace() or text[start - 1] == "/"):
            continue  # a handle, such as @shop.example
        parts += (text[end:start], email(text[start : match.end()]))
        end = match.end()
    return "".join(parts) + text[end:]


def _local_start(text: str, end: int, at: int) -> int:
    """Index at which the local part before the @ begins, at least `end`."""
    if at > end and text[at - 1] == '"':
        quote = text.rfind('"', max(end, at - _LONGEST_QUOTED), at - 1)
        return quote if quote >= 0 and (quote == 0 or text[quote - 1] in _BEFORE_QUOTE) else at
    # Scan backwards from the @: a regex for the local part would take quadratic time on long runs without an @.
    start = at
    while start > end and _is_local(text[start - 1]):
        start -= 1
    local = text[start:at]
    if _is_url(local):
        start += max(map(local.rfind, _URL_DELIMITERS)) + 1
    return start


def _is_local(char: str) -> bool:
    return char in _ATEXT or (char > "\x7f" and not char.isspace())


def _is_ipv4(text: str) -> bool:
    return all(int(octet) < 256 for octet in text.split("."))


def _replace_ipv6(match: re.Match[str], ip: Replace) -> str:
    run = match[0]
    if run.count(":") < 2:
        return run
    # Foo::Bar is code, not an address. A run with more colons is an address even next to letters.
    glued_left = match.string[max(match.start() - 1, 0) : match.start()] in _WORD
    glued_right = match.string[match.end() : match.end() + 1] in _WORD
    groups = run.split(":")
    parts: list[str] = []
    index = 0
    while index < len(groups):
        for stop in range(min(len(groups), index + 9), index + 2, -1):
            glued = (glued_left and index == 0) or (glued_right and stop == len(groups))
            if glued and stop - index < _SURE_GROUPS:
                continue
            candidate = ":".join(groups[index:stop])
            address = candidate.rstrip(".")
            if len(address) > 2 and _is_ipv6(address):
                parts.append(ip(address) + candidate[len(address) :])
                index = stop
                break
        else:
            parts.append(groups[index])
            index += 1
    return ":".join(parts)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
