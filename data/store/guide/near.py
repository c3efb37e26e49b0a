"""Which place is near a point: 'at 200 m from the Alun-alun'. The positions of all published places, resident."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from data.domain.guide.distances import RADIUS_M, box_around, metres
from data.domain.guide.nouns import Place, PlaceKind, PlaceState
from data.store.db.schema.guide import guide_edit, place
from data.store.guide.places import place_of

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


class ResidentPlaces:
    """For hints on walls, which ask for hundreds of points at once. One for a process; safe to use from many threads.

    Businesses are no landmarks: they are left out.
    """

    def __init__(self, kinds: Sequence[PlaceKind] = (PlaceKind.TOURISM, PlaceKind.SERVICE, PlaceKind.NATURE)) -> None:
        self._kinds = frozenset(kinds)
        self._guard = threading.Lock()
        self._known: tuple[int, ...] | None = None
        self._names: list[tuple[int, str, str]] = []
        self._radians = np.zeros((0, 2))

    def nearest(
        self, conn: Connection, points: Sequence[tuple[float, float]], within_m: float = 500.0
    ) -> list[Near | None]:
        """Of each (lat, lon) the nearest place within so many metres."""
        names, where = self._positions(conn)
        if not names:
            return [None] * len(points)
        return [self._nearest(names, where, point, within_m) for point in points]

    def _positions(self, conn: Connection) -> tuple[list[tuple[int, str, str]], NDArray[np.float64]]:
        newest = tuple(int(conn.execute(one).scalar_one()) for one in _NEWEST)
        with self._guard:
            if newest != self._known:
                rows = [row for row in conn.execute(_POSITIONS) if row.kind in self._kinds]
                self._names = [(row.id, row.code, row.name) for row in rows]
                self._radians = np.radians(
                    np.array([(row.lat, row.lon) for row in rows], dtype=np.float64).reshape(-1, 2)
                )
                self._known = newest
            return self._names, self._radians

    @staticmethod
    def _nearest(
        names: list[tuple[int, str, str]],
        where: NDArray[np.float64],
        point: tuple[float, float],
        within_m: float,
    ) -> Near | None:
        lat, lon = np.radians(point)
        square = (
            np.sin((where[:, 0] - lat) / 2) ** 2
            + np.cos(lat) * np.cos(where[:, 0]) * np.sin((where[:, 1] - lon) / 2) ** 2
        )
        n = int(square.argmin())
        far = float(2 * RADIUS_M * np.arcsin(np.sqrt(square[n])))
        return Near(*names[n], far) if far <= within_m else None
