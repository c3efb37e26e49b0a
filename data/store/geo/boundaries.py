"""Stores and loads the imported boundaries, and places cases again by them. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np
import shapely
from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from data.domain.cases.model import Precision
from data.reference.boundaries.areas import Area, Boundaries, region
from data.reference.boundaries.cells import schematic
from data.store.cases.versions import keep
from data.store.db.change_feed import record_change
from data.store.db.schema import boundary, case

_MEASURED = (Precision.EXACT, Precision.STREET, Precision.OUTSIDE)
"""Only these have a measured position; the others have the middle of a village or kecamatan."""

Place = tuple[str | None, str]
"""Village code and precision."""


def replace(conn: Connection, areas: Iterable[Area], origin: str, now: datetime) -> int:
    """Make these areas the city's map in place of what was there; the change's number.

    `origin`: the file and its SHA-256. Cases keep their villages until `replace_villages`, which takes that number.
    """
    rows = [
        {
            "code": area.code,
            "name": area.name,
            "district": area.district,
            "village": area.village,
            "shape": shapely.to_wkb(area.shape, output_dimension=2),
            "origin": origin,
            "imported_at": now,
        }
        for area in areas
    ]
    conn.execute(delete(boundary))
    conn.execute(insert(boundary), rows)
    return record_change(conn, "boundaries", now)


def load(conn: Connection) -> Boundaries | None:
    """The imported boundaries; None when nothing was imported."""
    rows = conn.execute(select(boundary).order_by(boundary.c.code)).all()
    areas = [Area(r.code, r.name, r.district, r.village, region(shapely.from_wkb(r.shape))) for r in rows]
    return Boundaries(areas, official=True) if areas else None


def current(conn: Connection) -> Boundaries:
    """The map to place by: the imported boundaries, else the schematic cells."""
    return load(conn) or schematic()


def replace_villages(conn: Connection, boundaries: Boundaries, seq: int, now: datetime, batch: int = 5000) -> int:
    """Place every case with a measured position again; returns the number of cases whose place changed.

    seq: the change that brought the map; where a case stood before it is kept. Goes through the cases in batches, so
    memory stays flat. Outside the city the precision becomes `outside` and the village None; a case that was outside
    and now is inside becomes `exact`.
    """
    changed = 0
    for rows in _batches(conn, batch):
        moved = [
            {"key": row["id"], "new_village": place[0], "new_precision": place[1]}
            for row, place in zip(rows, _places(rows, boundaries), strict=True)
            if place != (row["village"], row["precision"])
        ]
        keep(conn, (move["key"] for move in moved), seq, now)
        if moved:
            conn.execute(_MOVE, moved)
        changed += len(moved)
    return changed


_MOVE = (
    update(case)
    .where(case.c.id == bindparam("key"))
    .values(village=bindparam("new_village"), precision=bindparam("new_precision"))
)


def _batches(conn: Connection, size: int) -> Iterator[Sequence[RowMapping]]:
    last = 0
    query = (
        select(case.c.id, case.c.lat, case.c.lon, case.c.village, case.c.precision)
        .where(case.c.lat.is_not(None), case.c.lon.is_not(None), case.c.precision.in_(_MEASURED))
        .order_by(case.c.id)
        .limit(size)
    )
    while rows := conn.execute(query.where(case.c.id > last)).mappings().all():
        yield rows
        last = rows[-1]["id"]


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
