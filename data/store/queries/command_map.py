"""command_map: the points of open cases, and the counts of each village.

A case of which only the village or kecamatan is known is drawn at a fixed point of it, with its precision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, not_, or_, select

from data.domain.cases.model import Precision
from data.domain.city.model import City
from data.domain.figures.boards import CommandMap, KindTotal, MapPoint, VillageTotals
from data.domain.sla.calendars import Calendars
from data.domain.sla.worktime import epoch
from data.reference.places.villages import DISTRICTS, VILLAGES
from data.store.cases.conditions import MOST, OPEN, count_of, overdue, seconds
from data.store.db.schema.cases import case
from data.store.db.schema.geo import boundary
from data.store.queries.proposed_groups import proposed_groups
from data.store.queries.warnings.in_force import in_force

NEW_FOR_S = 30 * 60
"""How long a case that nobody has acknowledged counts as new."""

Point = tuple[float, float]
_PRECISIONS = {precision.value: precision for precision in Precision}
_OUTSIDE = case.c.precision == Precision.OUTSIDE
_ON_MAP = and_(case.c.private.is_(False), not_(_OUTSIDE), case.c.precision != Precision.NONE)
_NAMELESS = and_(case.c.village.is_(None), or_(case.c.district.is_(None), case.c.private))
"""A private case is only counted in its village; when only its kecamatan is known it appears nowhere."""
_PLACES = (
    select(
        case.c.village,
        case.c.category,
        count_of(_ON_MAP, "on_map"),
        count_of(_OUTSIDE, "outside"),
        count_of(and_(_NAMELESS, case.c.lat.is_(None), not_(_OUTSIDE)), "unplaced"),
        func.count().label("open"),
        count_of(overdue(), "overdue"),
        count_of(case.c.private, "private"),
    )
    .where(OPEN)
    .group_by(case.c.village, case.c.category)
)
_ALL = select(
    *(case.c[name] for name in ("id", "category", "lat", "lon")),
    func.coalesce(case.c.village, case.c.district),
    *(case.c[name] for name in ("precision", "folded")),
    *(seconds(name) for name in ("received_at", "acknowledged_at", "next_due_at", "next_warn_at")),
).where(OPEN, _ON_MAP)
_NEWEST = _ALL.order_by((case.c.id + 0).desc()).limit(MOST)
"""`+ 0`, because SQLite would use the index of a bare id and scan the whole table for open cases."""
_OFFICIAL = select(boundary.c.code).limit(1)


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> CommandMap:
    """At most `limit` points, the newest; the counts are of all open cases. A private case is never a point."""
    places = conn.execute(_PLACES, {"now": now}).all()
    official = conn.execute(_OFFICIAL).first() is not None
    if sum(row.open for row in places) <= limit:
        rows = sorted(conn.execute(_ALL).all(), key=itemgetter(0), reverse=True)
    else:
        rows = list(conn.execute(_NEWEST, {"most": limit}).all())
    return CommandMap(
        as_of=now,
        points=tuple(_points(rows, city, _Ground(_INNER if official else _OFFICES, _groups(conn), epoch(now)))),
        kinds=_kinds(places, city),
        villages=_village_totals(places),
        official=official,
        outside=sum(row.outside for row in places),
        unplaced=sum(row.unplaced for row in places),
        warnings=in_force(conn, now),
    )


class _Ground(NamedTuple):
    """What places and groups the cases of one moment."""

    known: Mapping[str, Point]
    groups: Mapping[int, tuple[int, int]]
    now: int


def _groups(conn: Connection) -> dict[int, tuple[int, int]]:
    """The numbers of proposed groups, and how many reports they have, by their cases' ids."""
    return {member.id: (group.first_id, group.reports) for group in proposed_groups(conn) for member in group.members}


def _points(rows: Sequence[Row[*tuple[Any, ...]]], city: City, ground: _Ground) -> Iterator[MapPoint]:
    known, groups, now = ground
    for case_id, category, lat, lon, named, precision, folded, received, seen, due, warn in rows:
        if lat is None or lon is None:
            if named not in known:
                continue
            lat, lon = known[named]
            precision = Precision.DISTRICT if named in DISTRICTS else Precision.VILLAGE
        status = status_of(due, warn, received if seen is None else None, now)
        place = (lat, lon, _PRECISIONS[precision])
        yield MapPoint(case_id, category, _letter(city, category), status, *place, folded, *groups.get(case_id, (0, 0)))


def status_of(due: int | None, warn: int | None, unseen_since: int | None, now: int) -> str:
    if due is not None and due < now:
        return "overdue"
    if warn is not None and warn <= now:
        return "at_risk"
    return "new" if unseen_since is not None and now - unseen_since <= NEW_FOR_S else "running"


def _kinds(places: Sequence[Row[*tuple[Any, ...]]], city: City) -> tuple[KindTotal, ...]:
    counted: Counter[str] = Counter()
    for row in places:
        counted[row.category] += row.on_map
    order = sorted(counted, key=lambda category: (-counted[category], category))
    return tuple(KindTotal(each, _letter(city, each), counted[each]) for each in order if counted[each])


def _letter(city: City, category: str) -> str:
    known = city.categories.get(category)
    return known.letter if known else "?"


def _village_totals(places: Sequence[Row[*tuple[Any, ...]]]) -> tuple[VillageTotals, ...]:
    """Every village of the city, also those without open cases."""
    found: dict[str, list[int]] = {village.code: [0, 0, 0] for village in VILLAGES}
    for row in places:
        if row.village in found:
            found[row.village] = [a + b for a, b in zip(found[row.village], row[-3:], strict=True)]
    return tuple(VillageTotals(v.code, v.name, v.district, *found[v.code]) for v in VILLAGES)


def _village_points(point: Callable[[Any], Point]) -> dict[str, Point]:
    """By code, a point for each village, and for each kecamatan the mean of its villages' points."""
    known = {village.code: point(village) for village in VILLAGES}
    for code in DISTRICTS:
        lats, lons = zip(*(at for village, at in known.items() if village.startswith(code)), strict=True)
        known[code] = (sum(lats) / len(lats), sum(lons) / len(lons))
    return known


_OFFICES = _village_points(lambda village: (village.office_lat, village.office_lon))
"""On the schematic map, whose cells lie around the offices."""
_INNER = _village_points(lambda village: (village.inside_lat, village.inside_lon))
