"""Which place is near a point: 'at 200 m from the Alun-alun'. The positions of all published places, resident."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from data.domain.guide.distances import box_around, metres
from data.domain.guide.nouns import Place, PlaceKind, PlaceState
from data.store.db.schema.guide import guide_edit, place
from data.store.guide.places import place_of

_SHORTER = cos(radians(-7.87))
"""A degree of longitude is so much shorter than one of latitude in Batu."""
_NEWEST = (select(func.coalesce(func.max(place.c.id), 0)), select(func.coalesce(func.max(guide_edit.c.id), 0)))
_POSITIONS = (
    select(place.c.id, place.c.code, place.c.name, place.c.kind, place.c.lat, place.c.lon)
    .where(place.c.state == PlaceState.PUBLISHED.value, place.c.lat.is_not(None))
    .order_by(place.c.id)
)


def places_near(conn: Connection, lat: float, lon: float, radius_m: float, most: int = 20) -> list[tuple[Place, float]]:
    """Published places within the radius with their distance in metres, the nearest first; of all kinds."""
    south, north, west, east = box_around(lat, lon, radius_m)
    box = (place.c.lat.is_not(None), place.c.lat.between(south, north), place.c.lon.between(west, east))
    rows = conn.execute(select(place).where(*box, place.c.state == PlaceState.PUBLISHED)).mappings()
    found = [(place_of(row), metres(lat, lon, row["lat"], row["lon"])) for row in rows]
    return sorted((it for it in found if it[1] <= radius_m), key=lambda it: (it[1], it[0].id))[:most]


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest place of a point."""

    place_id: int
    code: str
    name: str
    metres: float


class _Known(NamedTuple):
    id: int
    code: str
    name: str
    lat: float
    lon: float


class ResidentPlaces:
    """For hints on walls, which ask for hundreds of points at once. One for a process; safe to use from many threads.

    Businesses are no landmarks: they are left out.
    """

    def __init__(self, kinds: Sequence[PlaceKind] = (PlaceKind.TOURISM, PlaceKind.SERVICE, PlaceKind.NATURE)) -> None:
        self._kinds = frozenset(kinds)
        self._guard = threading.Lock()
        self._newest: tuple[int, ...] | None = None
        self._places: list[_Known] = []
        self._flat = np.zeros((0, 2))

    def nearest(
        self, conn: Connection, points: Sequence[tuple[float, float]], within_m: float = 500.0
    ) -> list[Near | None]:
        """Of each (lat, lon) the nearest place within so many metres."""
        names, flat = self._positions(conn)
        if not names or not points:
            return [None] * len(points)
        asked = _flat(np.array(points, dtype=np.float64))
        squares = (asked[:, :1] - flat[:, 0]) ** 2 + (asked[:, 1:] - flat[:, 1]) ** 2
        return [
            self._near(names[n], point, within_m)
            for n, point in zip(squares.argmin(axis=1).tolist(), points, strict=True)
        ]

    def _positions(self, conn: Connection) -> tuple[list[_Known], NDArray[np.float64]]:
        newest = tuple(int(conn.execute(one).scalar_one()) for one in _NEWEST)
        with self._guard:
            if newest != self._newest:
                rows = [row for row in conn.execute(_POSITIONS) if row.kind in self._kinds]
                self._places = [_Known(row.id, row.code, row.name, row.lat, row.lon) for row in rows]
                degrees = np.array([(row.lat, row.lon) for row in rows], dtype=np.float64)
                self._flat, self._newest = _flat(degrees.reshape(-1, 2)), newest
            return self._places, self._flat

    @staticmethod
    def _near(known: _Known, point: tuple[float, float], within_m: float) -> Near | None:
        far = metres(*point, known.lat, known.lon)
        return Near(known.id, known.code, known.name, far) if far <= within_m else None


def _flat(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """On a plane that touches the city: near enough to tell which of two is nearer."""
    return degrees * (1.0, _SHORTER)
