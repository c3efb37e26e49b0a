"""Stores and loads the imported boundaries. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import shapely
from sqlalchemy import Connection, delete, insert, select

from data.reference.boundaries.areas import Area, Boundaries, region
from data.reference.boundaries.cells import schematic
from data.store.db.change_feed import record_change
from data.store.db.schema.geo import boundary
from data.store.geo import placing
from data.store.guide.places import judge_again
from data.store.guide.writing import GuideWrite


def replace(conn: Connection, areas: Sequence[Area], origin: str, now: datetime) -> int:
    """Make these areas the city's map in place of what was there; the change's number, which is the map's.

    `origin`: the file and its SHA-256. Cases that are stored keep their villages until `placing.place_next`; places of
    the guide are judged at once.
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
    number = record_change(conn, "boundaries", now)
    placing.begin(conn, number)
    judge_again(GuideWrite(conn, "peta", now), Boundaries(areas, official=True, number=number))
    return number


def load(conn: Connection) -> Boundaries | None:
    """The imported boundaries; None when nothing was imported."""
    rows = conn.execute(select(boundary).order_by(boundary.c.code)).all()
    areas = [Area(r.code, r.name, r.district, r.village, region(shapely.from_wkb(r.shape))) for r in rows]
    return Boundaries(areas, official=True, number=placing.map_number(conn)) if areas else None


def current(conn: Connection) -> Boundaries:
    """The map to place by: the imported boundaries, else the schematic cells."""
    return load(conn) or schematic()
