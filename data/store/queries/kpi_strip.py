"""kpi_strip: the city's figures, beside those of an hour ago and of the usual same weekday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from data.domain.city.model import City
from data.domain.figures.boards import Kpi, KpiStrip
from data.domain.figures.kpis import STRIP
from data.domain.sla.calendars import Calendars
from data.store.cases.conditions import (
    BEFORE,
    OPEN,
    at_risk,
    changed_since,
    count_of,
    overdue,
    was_open,
    was_overdue,
)
from data.store.queries import baseline
from data.store.queries.figures import answered, first_response, on_time, received

_THEN = (count_of(was_open(BEFORE), "open_then"), count_of(was_overdue(BEFORE), "overdue_then"))
_OPEN_COUNTS = select(
    func.count().label("open"),
    count_of(at_risk(), "at_risk"),
    count_of(overdue(), "overdue"),
    *_THEN,
).where(OPEN)
_CLOSED_SINCE = select(*_THEN).where(changed_since(BEFORE))


@dataclass(frozen=True, slots=True)
class _Tile:
    value: float | None
    n: int | None = None
    hour_ago: float | None = None
    """None for figures of the whole day, and for `at_risk`, which the present rows cannot tell for the past."""


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> KpiStrip:
    """The tiles in the order of the table of figures, at most `limit`."""
    known, expected = _tiles(conn, city, calendars, now), baseline.known(conn, now)
    tiles = []
    for figure in STRIP[:limit]:
        tile = known[figure.name]
        tiles.append(Kpi(figure.name, tile.value, figure.unit, tile.n, expected.get(figure.name), tile.hour_ago))
    return KpiStrip(now, tuple(tiles))


def _tiles(conn: Connection, city: City, calendars: Calendars, now: datetime) -> dict[str, _Tile]:
    before = now - timedelta(hours=1)
    status = conn.execute(_OPEN_COUNTS, {"now": now, "before": before}).one()
    closed_since = conn.execute(_CLOSED_SINCE, {"before": before}).one()
    answers = answered(conn, city, calendars, now)
    share = on_time(conn, city, now)
    return {
        "received": _Tile(received(conn, city, now)),
        "open": _Tile(status.open, hour_ago=status.open_then + closed_since.open_then),
        "at_risk": _Tile(status.at_risk),
        "overdue": _Tile(status.overdue, hour_ago=status.overdue_then + closed_since.overdue_then),
        "on_time": _Tile(share.value, share.n),
        "first_response": _Tile(first_response(answers), len(answers.response_s)),
    }
