"""Removes e-mail and IP addresses from events, as `ingestion.door.policy` says for each field.

Every event gets a cheap check of all its texts (`is_suspect`). Only the few events that fail it are scrubbed field by
field, which is slow. `ingestion.door.addresses` finds the addresses.
"""

from __future__ import annotations

import hmac
import re
from functools import lru_cache
from typing import Final

from ingestion.door.addresses import CUT, normal_address, replace_addresses
from ingestion.door.decoding import url_decoded
from ingestion.door.folding import utf8_hides_characters
from ingestion.door.keys import Keys
from ingestion.door.policy import POLICIES, Policy
from ingestion.door.work import Work

EMAIL: Final = "[email]"
IP: Final = "[ip]"
ID_FIELDS: Final = tuple(name for name, policy in POLICIES.items() if policy is Policy.PSEUDONYM)
HASH_LENGTH: Final = 32

_LONGEST_ADDRESS: Final = 128
_LONGEST_ID: Final = 512
_LONG: Final = 4_096
_SHORT: Final = 256
_LONGEST_AGENT: Final = 1_024

_KEPT: Final = frozenset(name for name, policy in POLICIES.items() if policy is Policy.KEPT)

_ENCODING_SIGNS: Final = (b"%", b"\\", b"&")
# A control character may stand between the digits of an address. Tabs and line ends may not.
_NO_CONTROLS: Final = bytes([0x09, 0x0A, 0x0D, *range(0x20, 0x7F), *range(0x80, 0x100)])
_HEX_DIGITS: Final = b"0123456789abcdefABCDEF"
_runs: Final = re.compile(rb"\.[0-9a-fA-F]*+\.[0-9a-fA-F]*+\.").findall
# Each pattern begins with a literal, which CPython finds with memchr; one combined pattern takes six times as long.
_percent: Final = re.compile(
    rb"%(?:25)*(?:0[0-8bBcCeEfF]|1[0-9a-fA-F]|7[fF]|40|2[eE6]|3[0-9aA]|3[dD]40|5[cC]|"
    rb"[cC]2|[cC][dD]|[dD](?:8%9[cC]|[9bBfF])|[eEfF]|[uU][0-9a-fA-F])"
).search
_escaped: Final = re.compile(rb"\\(?:[uxX]|U[0-9a-fA-F]{4}|[0-3][0-7]{2}|[@.:_+-])").search
_entity: Final = re.compile(rb"&(?:#|[A-Za-z0-9]+;)").search
_quoted: Final = re.compile(rb"=(?:40|2E)").search
_colons: Final = re.compile(rb":(?::|[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}:)").search

# Trackers cut values, GA4 at 100 characters and nobody earlier: https://support.google.com/analytics/answer/9267744
_SHORTEST_CUT: Final = 100
# Half an address at the end of a text, read backwards: `c.elpmaxe@xam`, but no version or picture, as in vue@3 and
# logo@2x.
_half_address: Final = re.compile(r"""(?![xw]?[0-9.]{1,20}@)[\w.%\ufffd-]{0,63}@[^\s/?&#=@"'<>,;:\]]{1,100}""").match
_LONGEST_HALF: Final = 200

# RFC 9110, 10.1.5: product/version, such as Chrome/120.0.0.0, whose version looks like an IPv4 address. Apps of Meta
# write a space instead: Instagram 10.33.0.12 Android.
_VERSION: Final = r"[0-9]+(?:\.[0-9]+){3,}"
_product: Final = re.compile(
    rf"(?<![\w/.+-])[A-Za-z][\w.+-]*+(?:/{_VERSION}(?![\w.@%])"
    rf"| {_VERSION}(?= \(?(?:Android|iOS|iPhone|iPad|iPod|Linux|Windows|Mac)(?![a-z])))"
)


def dotted_runs(data: bytes) -> int:
    """An upper bound of how often the bytes hold four numbers joined by dots; with 0 there is no IPv4 address."""
    if len(data) > _LONG:  # which may have a dot in every place
        return data.translate(None, _HEX_DIGITS).count(b"...")
    return len(_runs(data))


def is_suspect(texts: bytes, harmless_runs: int) -> bool:
    """Whether the texts of an event may hold an address, or a NUL.

    Parameters
    ----------
    texts
        The contract's fields in UTF-8, each on a line; `extra` is JSON.
    harmless_runs
        `dotted_runs` of the product versions in the user agent, which are known to be clean.
    """
    # In a long text a pattern may try too often: then it is enough to count.
    if len(texts) > _LONG and any(sign in texts and texts.count(sign) * 16 > len(texts) for sign in _ENCODING_SIGNS):
        return True
    return (
        b"@" in texts
        or texts.translate(None, _NO_CONTROLS) != b""
        or ((at := texts.find(b"%")) >= 0 and _percent(texts, at) is not None)
        or ((at := texts.find(b"\\")) >= 0 and _escaped(texts, at) is not None)
        or ((at := texts.find(b"&")) >= 0 and _entity(texts, at) is not None)
        or ((at := texts.find(b"=")) >= 0 and _quoted(texts, at) is not None)
        or _colons(texts) is not None
        or dotted_runs(texts) != harmless_runs
        or utf8_hides_characters(texts)
    )


class Scrubber:
    """Removes addresses from text.

    Parameters
    ----------
    keys
        The same address always gives the same pseudonym: under the address key, and in an `event_id` under the id key,
        so that the id stays the same when the address key is rotated.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._cached_hash = lru_cache(maxsize=65_536)(self._visitor_hash)
        self.rehashed = lru_cache(maxsize=65_536)(self.pseudonym)
        """`pseudonym` for texts that recur, such as a `visitor_hash` that a producer gave."""
        self._cached_agent = lru_cache(maxsize=4_096)(_scrub_user_agent)

    def pseudonym(self, text: str) -> str:
        """The hash of a text under the address key: the first 32 of its 64 hex digits."""
        return _hash(self._keys.addresses, text)

    def visitor_hash(self, address: str) -> str | None:
        """The pseudonym of an IP address; None if the text is not an address.

        A port, brackets and a zone are ignored. An IPv4-mapped IPv6 address has the hash of the IPv4 address.
        """
        return self._cached_hash(address) if len(address) <= _LONGEST_ADDRESS else None

    def _visitor_hash(self, address: str) -> str | None:
        normal = normal_address(address)
        return self.pseudonym(normal) if normal else None

    def user_agent(self, text: str) -> tuple[str, int]:
        """A user agent without addresses, and the `dotted_runs` of its product versions."""
        return self._cached_agent(text) if len(text) <= _LONGEST_AGENT else _scrub_user_agent(text)

    def identifier(self, text: str) -> str:
        """An id in which each address is replaced by its pseudonym, so that users can still be told apart.

        A very long id with an address becomes one pseudonym as a whole.
        """
        return _pseudonymized(text, self._keys.addresses)

    def event_id(self, event_id: str) -> str:
        """An `event_id` in which each address is replaced by its pseudonym under the id key."""
        return _pseudonymized(event_id, self._keys.ids)

    def record(self, record: dict[str, str], work: Work) -> dict[str, str]:
        """The contract's fields as their policies say; `user_agent` and `extra` are scrubbed separately.

        What becomes of an id depends on nothing else in the record, so ids do not draw on its work.
        """
        return {
            name: value
            if len(value) <= _SHORT and not is_suspect(value.encode(), 0)
            else without_nul(value)
            if name in _KEPT
            else self.event_id(value)
            if name == "event_id"
            else self.identifier(value)
            if name in ID_FIELDS
            else value
            if name in ("user_agent", "extra")
            else scrub_text(value, work)
            for name, value in record.items()
        }


def _hash(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()[:HASH_LENGTH]


def _pseudonymized(text: str, key: bytes) -> str:
    if len(text) > _LONGEST_ID:
        return text if scrub_text(text) == text else f"id:{_hash(key, text)}"
    clean = replace_addresses(
        text,
        lambda email: f"email:{_hash(key, email.lower())}",
        lambda ip: f"ip:{_hash(key, normal_address(ip) or ip)}",
        Work(text),
    )
    return f"id:{_hash(key, text)}" if clean.endswith(CUT) and not text.endswith(CUT) else clean


def without_nul(text: str) -> str:
    """The text with U+FFFD in place of NUL, which the engines do not read alike."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def scrub_text(text: str, work: Work | None = None) -> str:
    """The text with `[email]` and `[ip]` in place of addresses, and U+FFFD in place of NUL.

    A text that seems to have been cut inside of an e-mail address ends in `[cut]`, and one that would take too much
    work is `[cut]`. Texts of one record share the work that is free.
    """
    clean = replace_addresses(text, lambda _: EMAIL, lambda _: IP, work or Work(text))
    return clean if len(text) < _SHORTEST_CUT else _without_half_address(clean)


def is_cut_in_an_address(text: str) -> bool:
    """Whether a text may have been cut by its producer, and seems to end inside of an e-mail address."""
    return len(text) >= _SHORTEST_CUT and _without_half_address(text) != text


def _without_half_address(text: str) -> str:
    end = text[-_LONGEST_HALF:]
    if "@" not in end and "40" not in end and "64" not in end:  # %40, \u0040, &#64;
        return text
    if "%" in end:
        end = url_decoded(url_decoded(end))
    # not quoted-printable: many URLs end in size=40
    end = end.replace("\\u0040", "@").replace("&#64;", "@")
    half = _half_address(end[::-1])
    return text if half is None else text[:-_LONGEST_HALF] + end[: len(end) - half.end()] + CUT


def _scrub_user_agent(text: str) -> tuple[str, int]:
    if len(text) > _LONGEST_AGENT:
        scrubbed = scrub_text(text)
        return scrubbed, dotted_runs(scrubbed.encode())
    kept: list[str] = []
    parts: list[str] = []
    end = 0
    for match in _product.finditer(text):
        parts.append(text[end : match.start()])
        kept.append(match[0])
        end = match.end()
    parts.append(text[end:])
    clean = [scrub_text(part) for part in parts]
    scrubbed = clean[0] + "".join(product + part for product, part in zip(kept, clean[1:], strict=True))
    return scrubbed, dotted_runs(scrubbed.encode())
