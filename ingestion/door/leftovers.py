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
        # what is inside of something that is left out needs no care
        out = set(dropped)
        for position, holder, name in inner:
            if (holder, name) in out:
                out.update((position, below) for _, above, below in inner if above == position)
        self._inner = tuple(each for each in reversed(inner) if each[1:] not in out)
        positions = (start, *(position for position, *place in inner if tuple(place) not in out))
        self._gone = tuple(
            (position, _names(used, position) - _names(dropped, position), _names(dropped, position))
            for position in positions
            if _names(used, position) or _names(dropped, position)
        )
        self._lists = tuple(place for place in lists if place[0] in positions)

    def collect(self, scope: Scope, taken: Container[tuple[int, int]]) -> dict[str, Any]:
        """What is left; it is removed from the scope what is not.

        Parameters
        ----------
        taken
            The elements that became events: the id of their list, and their position there.
        """
        for position, used, dropped in self._gone:
            if holder := scope[position]:
                for name in holder.keys() & used:
                    if holder[name].__class__ not in _NESTED:
                        del holder[name]
                for name in holder.keys() & dropped:
                    del holder[name]
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


def _names(places: Collection[Place], position: int) -> frozenset[str]:
    return frozenset(name for holder, name in places if holder == position)


def remove_choices(scope: Scope) -> None:
    """Remove what was taken of alternatives, in the record and in all elements."""
    for holder, name in scope[CHOICES]:
        if name in holder and holder[name].__class__ not in _NESTED:
            del holder[name]


def as_texts(left: dict[str, Any], nulls: Container[str]) -> dict[str, Any]:
    """The same as every unknown field of a flat record is: numbers as texts, nothing that is empty."""
    for name in [name for name, value in left.items() if value.__class__ is not str or not value or value in nulls]:
        value = left[name]
        kept = value if value.__class__ in _NESTED else text(value)
        if kept and (kept.__class__ is not str or kept not in nulls):
            left[name] = kept
        else:
            del left[name]
    return left
