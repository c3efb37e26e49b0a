"""Places for the public pages: lists by pages, how many there are of what, and what is known of one by its id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, and_, func, select

from data.domain.guide.nouns import Place, PlaceKind, PlaceState
from data.store.db.schema.guide import place
from data.store.guide.places import place_of
from data.store.guide.public import public_place

_PUBLISHED = place.c.state == PlaceState.PUBLISHED.value
_COUNTS = (
    select(place.c.kind, place.c.category, place.c.village, func.count())
    .where(_PUBLISHED)
    .group_by(place.c.kind, place.c.category, place.c.village)
)
_ALL = select(place).where(_PUBLISHED).order_by(place.c.id)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PlaceQuestion:
    """Which places; what is empty asks nothing."""

    kind: str = ""
    category: str = ""
    village: str = ""


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


def page(conn: Connection, question: PlaceQuestion, number: int, per_page: int) -> PlacePage:
    """The page of this number, from 1 on."""
    where = _where(question)
    total = int(conn.execute(select(func.count()).select_from(place).where(where)).scalar_one())
    asked = select(place).where(where).order_by(func.lower(place.c.name), place.c.id)
    rows = conn.execute(asked.limit(per_page).offset((number - 1) * per_page)).mappings()
    return PlacePage(tuple(_shown(place_of(row) for row in rows)), total)


def facets(conn: Connection) -> Facets:
    """Of all published places."""
    found = Facets()
    for kind, category, village, n in conn.execute(_COUNTS):
        found.kinds[kind] += n
        found.categories[kind, category] += n
        if village is not None:
            found.villages[village] += n
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


def _where(question: PlaceQuestion) -> ColumnElement[bool]:
    names = ("kind", "category", "village")
    asked = [place.c[name] == getattr(question, name) for name in names if getattr(question, name)]
    return and_(_PUBLISHED, *asked)


def _shown(places: Iterator[Place]) -> Iterator[Place]:
    return (shown for each in places if (shown := public_place(each)) is not None)
