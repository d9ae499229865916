"""Removes addresses from a JSON value: from its texts and keys, at any depth.

A value may have tens of thousands of short texts. Each text alone costs ten times what it costs as a part of a longer
one, so short texts are looked at together, and only those among which an address is found are scrubbed one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NoReturn

from ingestion.door.addresses import CUT, replace_addresses
from ingestion.door.decoding import decoded
from ingestion.door.scrub import EMAIL, IP, is_cut_in_an_address, is_suspect, scrub_text
from ingestion.door.work import TooDenseError, Work, budget

_FEW: Final = 16
_SHORT: Final = 256
_TOGETHER: Final = 1_024


def scrub_value(value: Any, work: Work | None = None) -> Any:
    """A JSON value without addresses in its texts and keys. Keys that become equal get a number: `[email] 2`.

    Of a value that consists of addresses, the texts for which no work is left become `[cut]`.
    """
    texts = dict.fromkeys(_texts(value))
    return _replaced(value, _cleaned(texts, work or Work("".join(texts))))


def _texts(value: Any) -> Iterator[str]:
    """The texts and keys in their order. Generators in generators take quadratic time where values nest deeply."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            for key, item in reversed(value.items()):
                waiting += (item, key)


def _cleaned(texts: Iterable[str], work: Work) -> dict[str, str]:
    """The texts that change, with what becomes of them."""
    clean: dict[str, str] = {}
    short = [text for text in texts if len(text) <= _SHORT]
    for text in texts:
        if len(text) > _SHORT or len(short) <= _FEW:
            clean[text] = scrub_text(text, work)
    if len(short) <= _FEW:
        return clean
    left = budget("".join(short))
    for group in _groups(short):
        suspects = _suspects(group)
        scrubbed = _scrubbed_together(suspects, work) if left and len(suspects) > _FEW else {}
        for text in suspects:
            clean[text] = (scrubbed.get(text) or scrub_text(text, work)) if left else CUT
            left -= clean[text] != text and left > 0
    return clean


def _scrubbed_together(texts: list[str], work: Work) -> dict[str, str]:
    """What becomes of texts, if nothing is hidden in them or nothing need be changed; otherwise nothing."""
    joined = "\n".join(texts)
    try:
        if decoded(joined, work) == joined:
            clean = replace_addresses(joined, lambda _: EMAIL, lambda _: IP, work)
        else:
            clean = replace_addresses(joined, _found, _found, work)
    except (TooDenseError, _FoundError):
        return {}
    parts = clean.split("\n")
    if len(parts) != len(texts) or joined.count("\n") != len(texts) - 1:
        return {}
    return {text: part for text, part in zip(texts, parts, strict=True) if part and not is_cut_in_an_address(text)}


def _suspects(group: list[str]) -> list[str]:
    """The texts that may hold an address; nearly always none. If many do, the others are not looked for."""
    if not is_suspect("\n".join(group).encode(), 0) and not any(map(is_cut_in_an_address, group)):
        return []
    if len(group) > _FEW and all(is_suspect(text.encode(), 0) for text in group[:_FEW]):
        return group
    return [text for text in group if is_suspect(text.encode(), 0) or is_cut_in_an_address(text)]


class _FoundError(Exception):
    """There is an address, and that is enough to know."""


def _found(_: str) -> NoReturn:
    raise _FoundError


def _groups(texts: list[str]) -> Iterator[list[str]]:
    group: list[str] = []
    size = 0
    for text in texts:
        group.append(text)
        size += len(text)
        if size >= _TOGETHER:
            yield group
            group, size = [], 0
    if group:
        yield group


def _replaced(value: Any, clean: dict[str, str]) -> Any:
    if isinstance(value, str):
        return clean.get(value, value)
    if isinstance(value, list):
        return [_replaced(item, clean) for item in value]
    if isinstance(value, dict):
        result: dict[str, Any] = {}
        copies: dict[str, int] = {}
        for key, item in value.items():
            name = scrubbed = clean.get(str(key), str(key))
            while name in result:
                copies[scrubbed] = copies.get(scrubbed, 1) + 1
                name = f"{scrubbed} {copies[scrubbed]}"
            result[name] = _replaced(item, clean)
        return result
    return value
