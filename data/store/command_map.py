"""command_map: where what is open lies, and what is overdue in each village."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from data.domain.answers import CommandMap, MapPoint, VillageTint
from data.domain.cases import Precision
from data.domain.city import City
from data.domain.worktime import Calendars, epoch
from data.reference.villages import VILLAGES
from data.store.conditions import OPEN, count_of, overdue, seconds
from data.store.schema import boundary, case

NEW_FOR_S = 30 * 60
"""How long a case that nobody has acknowledged counts as new."""


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> CommandMap:
    """At most `limit` points, the newest; the counts are of all open cases. A private case is never a point."""
    places, moment = _places(conn, now), epoch(now)
    return CommandMap(
        as_of=now,
        points=tuple(_point(row, city, moment) for row in _rows(conn, limit)),
        villages=_tints(places),
        official=conn.execute(select(boundary.c.code).limit(1)).first() is not None,
        outside=sum(row.open for row in places if row.outside),
        unplaced=sum(row.open for row in places if row.village is None and not row.placed and not row.outside),
    )


def _rows(conn: Connection, limit: int) -> Iterable[Row[*tuple[Any, ...]]]:
    columns = [case.c[name] for name in ["id", "code", "title", "category", "lat", "lon", "precision", "folded"]]
    moments = [seconds(name) for name in ("received_at", "acknowledged_at", "next_due_at", "next_warn_at")]
    placed = (case.c.lat.is_not(None), case.c.lon.is_not(None), case.c.precision != Precision.OUTSIDE)
    statement = select(*columns, *moments).where(OPEN, case.c.private.is_(False), *placed)
    newest = (case.c.id + 0).desc()  # a bare id makes SQLite look for open ones through the whole table
    return conn.execute(statement.order_by(newest).limit(limit)).all()


def _point(row: Row[*tuple[Any, ...]], city: City, now: int) -> MapPoint:
    case_id, code, title, category, lat, lon, precision, folded, received, seen, due, warn = row
    known = city.categories.get(category)
    letter = "?" if known is None else known.letter
    status = _status(due, warn, received if seen is None else None, now)
    return MapPoint(case_id, code, title, category, letter, status, lat, lon, _PRECISIONS[precision], folded)


_PRECISIONS = {precision.value: precision for precision in Precision}


def _status(due: int | None, warn: int | None, unseen_since: int | None, now: int) -> str:
    if due is not None and due < now:
        return "overdue"
    if warn is not None and warn <= now:
        return "at_risk"
    return "new" if unseen_since is not None and now - unseen_since <= NEW_FOR_S else "running"


def _places(conn: Connection, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Open cases counted by village, and by whether there is at least a position."""
    placed = case.c.lat.is_not(None).label("placed")
    outside = (case.c.precision == Precision.OUTSIDE).label("outside")
    counts = (func.count().label("open"), count_of(overdue(now), "overdue"), count_of(case.c.private, "private"))
    statement = select(case.c.village, placed, outside, *counts).where(OPEN)
    return conn.execute(statement.group_by(case.c.village, placed, outside)).all()


def _tints(places: Sequence[Row[*tuple[Any, ...]]]) -> tuple[VillageTint, ...]:
    """Every village of the city, also the quiet ones."""
    found: dict[str, list[int]] = {village.code: [0, 0, 0] for village in VILLAGES}
    for row in places:
        if row.village in found:
            found[row.village] = [a + b for a, b in zip(found[row.village], row[-3:], strict=True)]
    return tuple(VillageTint(v.code, v.name, v.district, *found[v.code]) for v in VILLAGES)
