"""Places the stored cases anew after a map was imported, some at a time. The caller owns the transaction.

The table `placing` says which map is in force and how far the cases are placed by it: whoever comes after an
interruption goes on there. Cases that are stored after the import are placed by the new map when they are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from data.domain.cases.model import Precision
from data.reference.boundaries.areas import Boundaries
from data.store.cases.versions import keep
from data.store.db.change_feed import record_change
from data.store.db.schema.cases import case
from data.store.db.schema.geo import placing

_MEASURED = (Precision.EXACT, Precision.STREET, Precision.OUTSIDE)
"""Only these have a measured position; the others have the middle of a village or kecamatan."""

Place = tuple[str | None, str]
"""Village code and precision."""


@dataclass(frozen=True, slots=True)
class Placing:
    """How far the cases are placed by a map."""

    map: int
    """The map's number: that of the import's change."""
    placed_to: int
    """Cases up to this id stand where it says."""
    last: int
    """The newest case that was there when it was imported."""
    moved: int
    """Cases that changed their place so far."""

    @property
    def is_done(self) -> bool:
        return self.placed_to >= self.last


_NEWEST = select(placing).order_by(placing.c.map.desc()).limit(1)
_NUMBER = select(func.max(placing.c.map))
_SPAN = (case.c.id > bindparam("after"), case.c.id <= bindparam("last"))
_NEXT_IDS = select(case.c.id).where(*_SPAN).order_by(case.c.id).limit(bindparam("most")).subquery()
_END_OF_NEXT = select(func.max(_NEXT_IDS.c.id))
_MEASURED_CASES = (
    select(case.c.id, case.c.lat, case.c.lon, case.c.village, case.c.precision)
    .where(*_SPAN, case.c.lat.is_not(None), case.c.lon.is_not(None), case.c.precision.in_(_MEASURED))
    .order_by(case.c.id)
)
_MOVE = (
    update(case)
    .where(case.c.id == bindparam("key"))
    .values(village=bindparam("new_village"), precision=bindparam("new_precision"))
)


def begin(conn: Connection, number: int) -> None:
    """A map of this number was imported: every case that is stored now has to be placed by it."""
    newest = conn.execute(select(func.coalesce(func.max(case.c.id), 0))).scalar_one()
    conn.execute(delete(placing))
    conn.execute(insert(placing).values(map=number, placed_to=0, last=newest))


def state(conn: Connection) -> Placing | None:
    """How far it is; None before the first import."""
    row = conn.execute(_NEWEST).mappings().one_or_none()
    return None if row is None else Placing(**row)


def map_number(conn: Connection) -> int:
    """The number of the map in force; 0 before the first import."""
    return conn.execute(_NUMBER).scalar_one() or 0


def place_next(conn: Connection, at: Placing, boundaries: Boundaries, most: int, now: datetime) -> Placing:
    """Place those of the next `most` cases that have a measured position, and keep how far that is.

    Outside the city the precision becomes `outside` and the village None; a case that was outside and now is inside
    becomes `exact`. Where a case stood before is kept, until the change `placed` of these.
    """
    span = {"after": at.placed_to, "last": at.last}
    end = conn.execute(_END_OF_NEXT, span | {"most": most}).scalar_one()
    to = at.last if end is None else end
    rows = conn.execute(_MEASURED_CASES, span | {"last": to}).mappings().all()
    moved = [
        {"key": row["id"], "new_village": place[0], "new_precision": place[1]}
        for row, place in zip(rows, _places(rows, boundaries), strict=True)
        if place != (row["village"], row["precision"])
    ]
    if moved:
        seq = record_change(conn, "placed", now, count=len(moved))
        keep(conn, (move["key"] for move in moved), seq, now)
        conn.execute(_MOVE, moved)
    conn.execute(
        update(placing).where(placing.c.map == at.map).values(placed_to=to, moved=placing.c.moved + len(moved))
    )
    return Placing(at.map, to, at.last, at.moved + len(moved))


def _places(rows: Sequence[RowMapping], boundaries: Boundaries) -> list[Place]:
    lats = np.array([row["lat"] for row in rows], dtype=np.float64)
    lons = np.array([row["lon"] for row in rows], dtype=np.float64)
    placed = boundaries.place_many(lats, lons)
    return [
        (code, _precision(row["precision"], inside))
        for row, code, inside in zip(rows, placed.codes.tolist(), placed.inside.tolist(), strict=True)
    ]


def _precision(was: str, inside: bool) -> str:
    if not inside:
        return Precision.OUTSIDE.value
    return Precision.EXACT.value if was == Precision.OUTSIDE else was
