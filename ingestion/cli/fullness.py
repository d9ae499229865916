"""How commands print what accepted events lack, and warn of a field that a dialect probably misses."""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.cli.output import warn
from ingestion.door.fullness import Fullness, Hollow
from ingestion.event import HOLLOW_LIMITS


def hollow_events(fullness: Fullness) -> str:
    """What accepted events lack, as one text; empty if they lack nothing."""
    return ", ".join(map(_described, fullness.hollow()))


def warn_of_hollow_events(files: Sequence[tuple[str, Fullness]], dialect: str) -> None:
    """Print one warning for each field that more events of a file lack than usual; it names the first such file."""
    hollow = [(name, found) for name, fullness in files for found in fullness.hollow() if found.is_above_limit]
    for limit_name, limit in HOLLOW_LIMITS.items():
        above = [(name, found) for name, found in hollow if found.name == limit_name]
        if above:
            name, found = above[0]
            others = f" and {len(above) - 1:,} other files" if len(above) > 1 else ""
            warn(
                f"{found.percent} of the {found.events} in {name}{others} have no {found.field} ({found.count:,} of "
                f"{found.total:,}; usual are at most {100 * limit:.0f} %): find out which of its fields holds it with "
                f"`shoplake dialects try {name} --dialect {dialect}`"
            )


def _described(found: Hollow) -> str:
    return f"{found.count:,} of {found.total:,} {found.events} without {found.field} ({found.percent})"
