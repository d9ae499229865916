"""The two keys of a door."""

from __future__ import annotations

from typing import NamedTuple


class Keys(NamedTuple):
    """Keys of HMAC-SHA256.

    Attributes
    ----------
    addresses
        Replaces e-mail and IP addresses by pseudonyms. It may be rotated: the same visitor then gets another pseudonym.
    ids
        Derives the id of an event that came without one. It never changes, or the same record would count twice.
    """

    addresses: bytes | None
    ids: bytes
