"""What no field of a dialect uses: it goes to `extra`, so that nothing is lost."""

from __future__ import annotations

from collections.abc import Collection, Container
from typing import Any, Final

from ingestion.door.compiling import text
from ingestion.door.layout import CHOICES, Layout, Place, Scope

_NESTED: Final = frozenset({dict, list})


class Leftovers:
    """Collects what is left of a record, or of an element of a list, by removing the rest in place.

    Parameters
    ----------
    used
        What fields use: texts, numbers and truth values at these places.
    dropped
        What is left out, whatever it is.
    lists
        Lists whose elements became events.
    """

    def __init__(
        self, layout: Layout, level: int, used: Collection[Place], dropped: Collection[Place], lists: Collection[Place]
    ) -> None:
        self._start = start = layout.starts[level]
        inner = [(start + 1 + n, holder, name) for n, (holder, name) in enumerate(layout.inner[level])]
        end = start + len(inner)
        self._inner = tuple(reversed(inner))
        self._dropped = frozenset(dropped)
        gone = {place for place in (*used, *dropped) if start <= place[0] <= end}
        self._gone = tuple(
            (position, frozenset(name for holder, name in gone if holder == position))
            for position in sorted({position for position, _ in gone})
        )
        self._lists = tuple((position, name) for position, name in lists if start <= position <= end)

    def collect(self, scope: Scope, taken: Container[tuple[int, int]]) -> dict[str, Any]:
        """What is left; it is removed from the scope what is not.

        Parameters
        ----------
        taken
            The elements that became events: the id of their list, and their position there.
        """
        for position, names in self._gone:
            if holder := scope[position]:
                for name in holder.keys() & names:
                    if holder[name].__class__ not in _NESTED or (position, name) in self._dropped:
                        del holder[name]
        for holder, name in scope[CHOICES]:
            if holder.get(name).__class__ not in _NESTED:
                holder.pop(name, None)
        for position, name in self._lists:
            holder = scope[position]
            items = holder.get(name)
            if items.__class__ is list:
                others = [item for index, item in enumerate(items) if (id(items), index) not in taken]
                holder[name] = others
                if not others:
                    del holder[name]
        for position, above, name in self._inner:
            if not scope[position]:
                holder = scope[above]
                if holder.get(name) == {}:
                    del holder[name]
        left: dict[str, Any] = scope[self._start]
        return left


def as_texts(left: dict[str, Any]) -> dict[str, Any]:
    """The same as every unknown field of a flat record is: numbers as texts, nothing that is empty."""
    for name in [name for name, value in left.items() if value.__class__ is not str or not value]:
        value = left[name]
        if not (kept := value if value.__class__ in _NESTED else text(value)):
            del left[name]
        else:
            left[name] = kept
    return left
