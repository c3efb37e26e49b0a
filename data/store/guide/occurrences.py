"""What takes place: reads of the agenda for boards and pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from data.domain.guide.nouns import AgendaState, Occurrence
from data.store.db.schema.guide import agenda, occurrence, place
from data.store.db.types import as_stored, from_seconds

_OF, _OCC = agenda.c, occurrence.c
_SAME = ("uid", "title", "all_day", "text", "place_id", "lat", "lon", "village", "expected", "url", "lang", "source")
_ENTRY = (*_SAME, "demo", "heard_at", "place_name")
_TIMES = ("agenda_id", "starts_at", "ends_at", "state")
_MOMENTS = ("starts_at", "ends_at", "heard_at")
_ASKED = (*_ENTRY, *_TIMES, "known_place")
_COLUMNS = (
    *(as_stored(_OF[name]) for name in _ENTRY),
    *(as_stored(_OCC[name]) for name in _TIMES),
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
    rows = conn.execute(asked.order_by(_OCC.starts_at, _OCC.agenda_id).limit(most)).all()
    return [_occurrence(tuple(row)) for row in rows]


def entries(conn: Connection, sources: Sequence[str] | None = None, most: int = 500) -> list[RowMapping]:
    """The entries themselves, for the officer: rows of `agenda`, those that begin last first."""
    asked = select(agenda).where(_OF.recurrence_id == "")
    if sources is not None:
        asked = asked.where(_OF.source.in_(sources))
    return list(conn.execute(asked.order_by(_OF.starts_at.desc(), _OF.id).limit(most)).mappings())


def entry(conn: Connection, code: str) -> RowMapping | None:
    """One row of `agenda`, whatever became of it."""
    return conn.execute(select(agenda).where(_OF.code == code)).mappings().one_or_none()


@lru_cache(maxsize=2000)
def _occurrence(row: tuple[Any, ...]) -> Occurrence:
    """Boards ask for the same events at every draw: what is stored the same is the same object."""
    told = dict(zip(_ASKED, row, strict=True))
    told |= {name: from_seconds(told[name]) for name in _MOMENTS}
    return Occurrence(
        **{name: told[name] for name in (*_SAME, *_MOMENTS, "agenda_id", "demo")},
        state=AgendaState(told["state"]),
        place_name=told["known_place"] or told["place_name"],
    )
