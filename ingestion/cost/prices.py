"""Unit prices with their dates and sources, read from prices.yml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

_FILE: Final = Path(__file__).with_name("prices.yml")


@dataclass(frozen=True, slots=True)
class Price:
    """One unit price in US dollars.

    Attributes
    ----------
    seen
        Year or date of the source; the date of the lookup if the source has none.
    unconfirmed
        No readable source gives the number.
    """

    price: float
    unit: str
    seen: str
    source: str
    unconfirmed: bool = False


@cache
def prices() -> dict[str, Price]:
    """All prices, by name."""
    return {
        name: Price(**fields) for name, fields in yaml.safe_load(_FILE.read_text(encoding="utf-8"))["prices"].items()
    }
