"""What no field of a dialect uses: it goes to `extra`, so that nothing is lost."""

from __future__ import annotations

from collections.abc import Collection, Container
from typing import Any, Final

from ingestion.door.compiling import text
from ingestion.door.layout import CHOICES, Layout, Place, Scope

_NESTED: Final = frozenset({dict, list})


class Leftovers:
    """Collects what is left of a record, or of an element of a list.

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
        rests = {
            position: _Rest(_names(used, position) - _names(dropped, position), _names(dropped, position))
            for position in (start, *(position for position, *place in inner if tuple(place) not in out))
        }
        self._rest = rests[start].of
        self._inner = tuple(
            (position, above, name, rests[position].of)
            for position, above, name in reversed(inner)
            if position in rests
        )
        self._lists = tuple(place for place in lists if place[0] in rests)

    def collect(self, scope: Scope, taken: Container[tuple[int, int]]) -> dict[str, Any]:
        """What is left. The scope is of no use afterwards.

        Parameters
        ----------
        taken
            The elements that became events: the id of their list, and their position there.
        """
        for position, name in self._lists:
            holder = scope[position]
            items = holder.get(name)
            if items.__class__ is list:
                others = [item for index, item in enumerate(items) if (id(items), index) not in taken]
                holder[name] = others
                if not others:
                    del holder[name]
        for position, above, name, rest in self._inner:
            holder = scope[position]
            left = rest(holder) if holder else holder
            given = scope[above].get(name)
            if left and given is holder:
                scope[above][name] = left
            elif not left and (given is holder or given == {}):
                del scope[above][name]
        return self._rest(scope[self._start])


class _Rest:
    """What is left of an object: nothing of what is dropped, and of what was used only objects and lists."""

    def __init__(self, used: frozenset[str], dropped: frozenset[str]) -> None:
        self._used = used
        self._gone = used | dropped

    def of(self, holder: dict[str, Any]) -> dict[str, Any]:
        used, gone = self._used, self._gone
        return {
            name: value
            for name, value in holder.items()
            if name not in gone or (value.__class__ in _NESTED and name in used)
        }


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
