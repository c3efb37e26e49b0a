"""kpi_strip: the city's figures, beside those of an hour ago and of the usual same weekday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select

from data.domain.city.model import City
from data.domain.figures.boards import Kpi, KpiStrip, Note
from data.domain.figures.kpis import STRIP, median, percentile
from data.domain.sla.calendars import Calendars
from data.store.cases.conditions import (
    BEFORE,
    OPEN,
    TELLS_ANSWERS,
    at_risk,
    changed_since,
    count_of,
    overdue,
    was_open,
    was_overdue,
)
from data.store.db.schema.cases import case
from data.store.queries.figures import baseline
from data.store.queries.figures.answer_times import answer_times
from data.store.queries.figures.counts import on_time, received

_THEN = (count_of(was_open(BEFORE), "open_then"), count_of(was_overdue(BEFORE), "overdue_then"))
_OPEN_COUNTS = select(
    func.count().label("open"),
    count_of(at_risk(), "at_risk"),
    count_of(overdue(), "overdue"),
    count_of(and_(case.c.answered_at.is_(None), TELLS_ANSWERS), "waiting"),
    *_THEN,
).where(OPEN)
_CLOSED_SINCE = select(*_THEN).where(changed_since(BEFORE))


@dataclass(frozen=True, slots=True)
class _Tile:
    value: float | None
    n: int | None = None
    hour_ago: float | None = None
    """None for figures of the whole day, and for `at_risk`, which the present rows cannot tell for the past."""
    notes: tuple[Note, ...] = ()


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> KpiStrip:
    """The tiles in the order of the table of figures, at most `limit`."""
    known, expected = _tiles(conn, city, calendars, now), baseline.known(conn, now)
    tiles = []
    for figure in STRIP[:limit]:
        tile = known[figure.name]
        usual = expected.get(figure.name)
        tiles.append(Kpi(figure.name, tile.value, figure.unit, tile.n, usual, tile.hour_ago, tile.notes))
    return KpiStrip(now, tuple(tiles))


def _tiles(conn: Connection, city: City, calendars: Calendars, now: datetime) -> dict[str, _Tile]:
    before = now - timedelta(hours=1)
    moments = {"now": now, "before": before, "no_answers": city.no_answers_from}
    status = conn.execute(_OPEN_COUNTS, moments).one()
    closed_since = conn.execute(_CLOSED_SINCE, {"before": before}).one()
    times = answer_times(conn, city, calendars, now)
    left_out = (Note("outside", times.outside), Note("waiting", status.waiting))
    late_tail = (Note("p90", percentile(times.citizen_s, 0.9)),)
    share = on_time(conn, city, now)
    return {
        "received": _Tile(received(conn, city, now)),
        "open": _Tile(status.open, hour_ago=status.open_then + closed_since.open_then),
        "at_risk": _Tile(status.at_risk),
        "overdue": _Tile(status.overdue, hour_ago=status.overdue_then + closed_since.overdue_then),
        "on_time": _Tile(share.value, share.n),
        "first_response": _Tile(median(times.worked_s), len(times.worked_s), notes=left_out),
        "citizen_wait": _Tile(median(times.citizen_s), notes=late_tail),
    }
