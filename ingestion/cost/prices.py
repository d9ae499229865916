"""Unit prices by region with their dates and sources, read from prices.yml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_FILE: Final = Path(__file__).with_name("prices.yml")
DEFAULT_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True)
class Price:
    """One unit price in US dollars.

    Attributes
    ----------
    seen
        Year or date of the source, or the date of the lookup; empty if nobody read the number.
    source
        Where the number was read; AWS's page, which has the valid one, if nobody did.
    unconfirmed
        No readable source gives the number.
    free
        Units that AWS does not bill in any month, for ever.
    """

    price: float
    unit: str
    source: str
    seen: str = ""
    unconfirmed: bool = False
    free: float = 0.0


@cache
def prices(region: str = DEFAULT_REGION) -> dict[str, Price]:
    """All prices of a region, by name."""
    return {name: _price(entry, region) for name, entry in _entries().items()}


@cache
def regions() -> list[str]:
    """The regions whose prices are known."""
    [first, *_] = _entries().values()
    return list(first["regions"])


@cache
def _entries() -> dict[str, Any]:
    entries: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["prices"]
    return entries


def _price(entry: dict[str, Any], region: str) -> Price:
    found = {"source": entry["page"], **entry["regions"][region]}
    return Price(unit=entry["unit"], free=float(entry.get("free", {}).get("units", 0)), **found)
