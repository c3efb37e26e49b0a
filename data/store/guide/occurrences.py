"""What takes place: reads of the agenda for boards and pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from data.domain.guide.nouns import AgendaState, Occurrence
from data.store.db.schema.guide import agenda, occurrence, place

_OF, _OCC = agenda.c, occurrence.c
_SAME = ("uid", "title", "all_day", "text", "place_id", "lat", "lon", "village", "expected", "url", "lang", "source")
_COLUMNS = (
    *(_OF[name] for name in (*_SAME, "demo", "heard_at", "place_name", "code", "version")),
    *(_OCC[name] for name in ("agenda_id", "starts_at", "ends_at", "state")),
    place.c.name.label("known_place"),
)
_JOINED = occurrence.join(agenda, _OCC.agenda_id == _OF.id).outerjoin(place, place.c.id == _OF.place_id)


def between(
    conn: Connection,
    start: datetime,
    end: datetime,
    *,
    place_id: int | None = None,
    with_cancelled: bool = True,
    most: int = 500,
) -> list[Occurrence]:
    """What takes place at some moment from start to end, in order of beginning; cancelled ones say so.

    place_id: at this place only.
    What has ended by `start` is not in it. An event without a length is in it when it begins in it.
    """
    overlaps = ((_OCC.ends_at > start) | (_OCC.starts_at >= start)) & (_OCC.starts_at < end)
    asked = select(*_COLUMNS).select_from(_JOINED).where(overlaps, _OF.withdrawn_at.is_(None))
    if place_id is not None:
        asked = asked.where(_OF.place_id == place_id)
    if not with_cancelled:
        asked = asked.where(_OCC.state != AgendaState.CANCELLED.value)
    rows = conn.execute(asked.order_by(_OCC.starts_at, _OCC.agenda_id).limit(most)).mappings()
    return [occurrence_of(row) for row in rows]


def entries(conn: Connection, sources: Sequence[str] | None = None, most: int = 500) -> list[RowMapping]:
    """The entries themselves, for the officer: rows of `agenda`, those that begin last first."""
    asked = select(agenda).where(_OF.recurrence_id == "")
    if sources is not None:
        asked = asked.where(_OF.source.in_(sources))
    return list(conn.execute(asked.order_by(_OF.starts_at.desc(), _OF.id).limit(most)).mappings())


def entry(conn: Connection, code: str) -> RowMapping | None:
    """One row of `agenda`, whatever became of it."""
    return conn.execute(select(agenda).where(_OF.code == code)).mappings().one_or_none()


def occurrence_of(row: RowMapping) -> Occurrence:
    return Occurrence(
        **{name: row[name] for name in _SAME},
        agenda_id=row["agenda_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        state=AgendaState(row["state"]),
        place_name=row["known_place"] or row["place_name"],
        demo=row["demo"],
        heard_at=row["heard_at"],
    )
