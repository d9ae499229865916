"""Finds e-mail and IP addresses in text, however they are written, in time linear in its length."""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

_separators: Final = re.compile(r"([\s\"<>&?#;=/,\x00]+)")
_escape: Final = re.compile(r"\\+u00([0-9a-fA-F]{2})")
_at_entity: Final = re.compile("&#0*64;|&#[xX]0*40;|\uff20")
_email_domain: Final = re.compile(r"@(?:[\w-]+\.)+[^\W\d_][\w-]+")
_dotted: Final = re.compile(r"(?<![0-9])(?<![0-9]\.)([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![0-9])(?!\.[0-9])")
_colon_run: Final = re.compile(r"[0-9A-Fa-f:.]{3,}")
_WORD: Final = frozenset(string.ascii_letters + string.digits + "_")
_SURE_GROUPS: Final = 5

Replace = Callable[[str], str]


def normal_address(text: str) -> str | None:
    """An IP address in its one spelling, or None where the text is none."""
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
    """The text with each address replaced by what `email` or `ip` makes of it, and U+FFFD for NUL."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    plain = _at_entity.sub("@", text)
    if plain != text and _replace(plain, email, ip) != plain:
        text = plain
    if "%" not in text and "\\u00" not in text:
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
        plain = _escape.sub(lambda match: chr(int(match[1], 16)), unquote(text))
        if plain == text:
            break
        text = plain
    return text.replace("\0", "\ufffd")


def _replace(text: str, email: Replace, ip: Replace) -> str:
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
        # Walked backwards from the @: a regex for the local part would be quadratic on long runs without one.
        start = match.start()
        while start > end and (text[start - 1].isalnum() or text[start - 1] in "._%+'-"):
            start -= 1
        if start == match.start():
            continue
        parts += (text[end:start], email(text[start : match.end()]))
        end = match.end()
    return "".join(parts) + text[end:]


def _is_ipv4(text: str) -> bool:
    return all(int(octet) < 256 for octet in text.split("."))


def _replace_ipv6(match: re.Match[str], ip: Replace) -> str:
    run = match[0]
    if run.count(":") < 2:
        return run
    # Foo::Bar is code, not an address; what has more colons is one, whatever it is glued to.
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
