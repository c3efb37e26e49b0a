"""Places for the public pages: lists by pages, how many there are of what, and what is known of one by its id.

What is listed is resident, and read again when a place or an edit has come: with 5,000 places a list by name is a
matter of a millisecond.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from data.domain.guide.nouns import Place, PlaceKind, PlaceState
from data.store.db.schema.guide import guide_edit, place
from data.store.guide.places import place_of
from data.store.guide.public import public_place

_PUBLISHED = place.c.state == PlaceState.PUBLISHED.value
_NEWEST = (select(func.coalesce(func.max(place.c.id), 0)), select(func.coalesce(func.max(guide_edit.c.id), 0)))
_LISTED = select(place.c.id, place.c.kind, place.c.category, place.c.village, place.c.name).where(_PUBLISHED)
_ALL = select(place).where(_PUBLISHED).order_by(place.c.id)
AT_ONCE = 500


class Listed(NamedTuple):
    """What a list is made by."""

    id: int
    kind: str
    category: str
    village: str | None
    name: str


@dataclass(frozen=True, slots=True)
class PlaceQuestion:
    """Which places; what is empty asks nothing."""

    kind: str = ""
    category: str = ""
    village: str = ""

    def wants(self, one: Listed) -> bool:
        """Whether it is one of them."""
        wanted = ((self.kind, one.kind), (self.category, one.category), (self.village, one.village))
        return all(asked in ("", told) for asked, told in wanted)


@dataclass(frozen=True, slots=True)
class PlacePage:
    """Some of the places, by name, and how many there are."""

    places: tuple[Place, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Facets:
    """How many published places there are of what."""

    kinds: Counter[str] = field(default_factory=Counter)
    categories: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind and category."""
    villages: Counter[str] = field(default_factory=Counter)


class ResidentList:
    """The published places of a process, by name. Safe to use from many threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._newest: tuple[int, ...] = ()
        self._listed: tuple[Listed, ...] = ()
        self._facets = Facets()

    def page(self, conn: Connection, question: PlaceQuestion, number: int, per_page: int) -> PlacePage:
        """The page of this number, from 1 on."""
        found = [one.id for one in self._renewed(conn)[0] if question.wants(one)]
        ids = found[(number - 1) * per_page : number * per_page]
        rows = {row["id"]: row for row in conn.execute(select(place).where(place.c.id.in_(ids))).mappings()}
        return PlacePage(tuple(_shown(place_of(rows[each]) for each in ids if each in rows)), len(found))

    def facets(self, conn: Connection) -> Facets:
        """Of all published places."""
        return self._renewed(conn)[1]

    def _renewed(self, conn: Connection) -> tuple[tuple[Listed, ...], Facets]:
        newest = tuple(int(conn.execute(one).scalar_one()) for one in _NEWEST)
        with self._guard:
            if newest != self._newest:
                rows = (Listed(*row) for row in conn.execute(_LISTED))
                self._listed = tuple(sorted(rows, key=lambda one: (one.name.casefold(), one.id)))
                self._facets, self._newest = _facets(self._listed), newest
            return self._listed, self._facets


def _facets(listed: Sequence[Listed]) -> Facets:
    found = Facets()
    for one in listed:
        found.kinds[one.kind] += 1
        found.categories[one.kind, one.category] += 1
        if one.village is not None:
            found.villages[one.village] += 1
    return found


def everything(conn: Connection, kinds: Collection[PlaceKind] = tuple(PlaceKind)) -> Iterator[Place]:
    """All that are published, as the public sees them, in the order in which they came."""
    rows = conn.execute(_ALL.where(place.c.kind.in_(list(kinds)))).mappings()
    return _shown(place_of(row) for row in rows)


def known(conn: Connection, ids: Sequence[int | None]) -> dict[int, tuple[str, str]]:
    """Code and name of those that are published, by id."""
    wanted = sorted({each for each in ids if each is not None})
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        asked = select(place.c.id, place.c.code, place.c.name)
        rows = conn.execute(asked.where(_PUBLISHED, place.c.id.in_(wanted[start : start + AT_ONCE])))
        found |= {row.id: (row.code, row.name) for row in rows}
    return found


def codes(conn: Connection) -> list[str]:
    """Of all that are published, for search engines."""
    return list(conn.execute(select(place.c.code).where(_PUBLISHED).order_by(place.c.id)).scalars())


def _shown(places: Iterator[Place]) -> Iterator[Place]:
    return (shown for each in places if (shown := public_place(each)) is not None)
