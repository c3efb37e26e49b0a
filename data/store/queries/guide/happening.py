"""What takes place in a range of time, with its place; what is closed or out of order now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from data.domain.guide.nouns import AgendaState, Condition, ConditionKind, ConditionState, Occurrence
from data.store.db.schema.guide import agenda, occurrence, place
from data.store.guide import conditions

_OF = agenda.c
_FIELDS = ("uid", "title", "all_day", "text", "expected", "url", "lang", "source", "demo", "heard_at", "place_id")
_BETWEEN = (
    select(
        occurrence.c.agenda_id,
        occurrence.c.starts_at,
        occurrence.c.ends_at,
        occurrence.c.state,
        *(_OF[name] for name in _FIELDS),
        func.coalesce(_OF.place_name, place.c.name).label("place_name"),
        func.coalesce(_OF.lat, place.c.lat).label("lat"),
        func.coalesce(_OF.lon, place.c.lon).label("lon"),
        func.coalesce(_OF.village, place.c.village).label("village"),
    )
    .join_from(occurrence, agenda, occurrence.c.agenda_id == agenda.c.id)
    .outerjoin(place, agenda.c.place_id == place.c.id)
    .where(agenda.c.withdrawn_at.is_(None))
    .order_by(occurrence.c.starts_at, occurrence.c.agenda_id)
)


def between(conn: Connection, start: datetime, end: datetime) -> list[Occurrence]:
    """What takes place from `start` until before `end`, also what began before; the first one first."""
    asked = _BETWEEN.where(occurrence.c.starts_at < end, occurrence.c.ends_at > start)
    return [
        Occurrence(**{name: value for name, value in row.items() if name != "state"}, state=AgendaState(row["state"]))
        for row in conn.execute(asked).mappings()
    ]


def closures(conn: Connection, now: datetime) -> list[Condition]:
    """Closed roads that somebody has observed and that still count, where their place is known."""
    return [each for each in _placed(conn, now, (ConditionKind.ROAD,)) if each.current(now) is ConditionState.CLOSED]


def outages(conn: Connection, now: datetime) -> list[Condition]:
    """Likewise of power, water or lights."""
    calm = (ConditionState.OPEN, ConditionState.UNKNOWN)
    return [each for each in _placed(conn, now, (ConditionKind.OUTAGE,)) if each.current(now) not in calm]


def _placed(conn: Connection, now: datetime, kinds: Sequence[ConditionKind]) -> list[Condition]:
    found = conditions.current(conn, now, kinds=kinds)
    return [each for each in found if each.lat is not None and each.lon is not None]
