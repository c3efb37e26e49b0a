"""The published places that people know the way by, resident: what lies near a case is looked up in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from data.domain.guide.nouns import PlaceState
from data.store.db.schema.guide import guide_edit, place
from data.store.geo.nearness import Points

_NEWEST = select(
    select(func.coalesce(func.max(place.c.id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(guide_edit.c.id), 0)).scalar_subquery(),
)
"""Every change of a place leaves an edit, so that these two say whether there is anything new."""
_POSITIONS = (
    select(place.c.id, place.c.name, place.c.kind, place.c.lat, place.c.lon)
    .where(place.c.state == PlaceState.PUBLISHED, place.c.lat.is_not(None), place.c.lon.is_not(None))
    .order_by(place.c.id)
)


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Places in one order."""

    ids: tuple[int, ...]
    names: tuple[str, ...]
    points: Points


class ResidentLandmarks:
    """Read again when a place was added or changed. One for a process; safe to use from many threads."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self._kinds = frozenset(kinds)
        self._guard = threading.Lock()
        self._version: tuple[int, int] | None = None
        self._known = Landmarks((), (), Points((), ()))

    def read(self, conn: Connection) -> Landmarks:
        """As they are now."""
        newest = conn.execute(_NEWEST).one()
        version = int(newest[0]), int(newest[1])
        with self._guard:
            if version != self._version:
                rows = [row for row in conn.execute(_POSITIONS) if row.kind in self._kinds]
                points = Points([row.lat for row in rows], [row.lon for row in rows])
                self._known = Landmarks(tuple(row.id for row in rows), tuple(row.name for row in rows), points)
                self._version = version
            return self._known
