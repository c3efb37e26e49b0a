"""command_map: the points of open cases, and the counts of each village.

A case of which only the village or kecamatan is known is drawn at a fixed point of it, with its precision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, and_, func, not_, or_, select

from data.domain.cases.model import Precision
from data.domain.city.model import City
from data.domain.figures.boards import CommandMap, KindTotal, MapPoint, VillageTotals
from data.domain.sla.calendars import Calendars
from data.reference.places.villages import DISTRICTS, VILLAGES
from data.store.cases.conditions import MOST, OPEN, URGENCY, count_of, overdue, urgency_at
from data.store.db.schema.cases import case
from data.store.db.schema.geo import boundary
from data.store.queries.proposed_groups import proposed_groups
from data.store.queries.warnings.in_force import in_force

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
    URGENCY,
).where(OPEN, _ON_MAP)
_NEWEST = _ALL.order_by((case.c.id + 0).desc()).limit(MOST)
"""`+ 0`, because SQLite would use the index of a bare id and scan the whole table for open cases."""
_OFFICIAL = select(boundary.c.code).limit(1)


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> CommandMap:
    """At most `limit` points, the newest; the counts are of all open cases. A private case is never a point."""
    places = conn.execute(_PLACES, {"now": now}).all()
    official = conn.execute(_OFFICIAL).first() is not None
    if sum(row.open for row in places) <= limit:
        rows = sorted(conn.execute(_ALL, urgency_at(now)).all(), key=itemgetter(0), reverse=True)
    else:
        rows = list(conn.execute(_NEWEST, urgency_at(now) | {"most": limit}).all())
    return CommandMap(
        as_of=now,
        points=tuple(_points(rows, city, _INNER if official else _OFFICES, _groups(conn))),
        kinds=_kinds(places, city),
        villages=_village_totals(places),
        official=official,
        outside=sum(row.outside for row in places),
        unplaced=sum(row.unplaced for row in places),
        warnings=in_force(conn, now),
    )


def _groups(conn: Connection) -> dict[int, tuple[int, int]]:
    """The numbers of proposed groups, and how many reports they have, by their cases' ids."""
    return {member.id: (group.first_id, group.reports) for group in proposed_groups(conn) for member in group.members}


def _points(
    rows: Sequence[Row[*tuple[Any, ...]]],
    city: City,
    known: Mapping[str, Point],
    groups: Mapping[int, tuple[int, int]],
) -> Iterator[MapPoint]:
    """known: where to draw a case without a position of its own."""
    letters = {category: _letter(city, category) for category in {row[1] for row in rows}}
    for case_id, category, lat, lon, named, told, folded, urgency in rows:
        precision = _PRECISIONS[told]
        if lat is None or lon is None:
            if named not in known:
                continue
            lat, lon = known[named]
            precision = Precision.DISTRICT if named in DISTRICTS else Precision.VILLAGE
        group, reports = groups.get(case_id, (0, 0))
        yield MapPoint(case_id, category, letters[category], urgency, lat, lon, precision, folded, group, reports)


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
    for village, *_, is_open, late, private in places:
        if village in found:
            totals = found[village]
            totals[0] += is_open
            totals[1] += late
            totals[2] += private
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
