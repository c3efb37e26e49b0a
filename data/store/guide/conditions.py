"""What is observed: appended; of each thing the newest counts, until it expires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from data.domain.guide.nouns import Condition, ConditionKind, ConditionState
from data.store.db.schema.guide import condition
from data.store.guide.place_finder import PlaceFinder, folded
from data.store.guide.told import Became, ConditionTold, Position, Taken
from data.store.guide.writing import GuideWrite

REMEMBERED = timedelta(hours=24)
"""So long an expired observation is still named, with 'not known since'."""
_OF = condition.c
_NEWEST = _OF.superseded_at.is_(None)


def take(write: GuideWrite, tolds: Sequence[ConditionTold]) -> list[Taken]:
    """Append these in the order in which they were observed; the outcome of each.

    Of two observations of one thing at one moment by one source the first counts.
    """
    finder = PlaceFinder(write)
    order = sorted(range(len(tolds)), key=lambda n: tolds[n].at)
    found = {n: _take(write, finder, tolds[n]) for n in order}
    return [found[n] for n in range(len(tolds))]


def _take(write: GuideWrite, finder: PlaceFinder, told: ConditionTold) -> Taken:
    mine = (_OF.source == write.source) & (_OF.external_id == told.external_id) & (_OF.at == told.at)
    if write.conn.execute(select(_OF.id).where(mine)).first() is not None:
        return Taken(Became.SAME)
    place_id = finder.find(told.place)
    thing = _thing(told, place_id)
    last = write.conn.execute(select(_OF.id, _OF.at).where(_OF.thing == thing, _NEWEST)).one_or_none()
    is_newest = last is None or told.at >= last.at
    if last is not None and is_newest:
        gone = {"superseded_at": write.now, "due_at": None}
        write.conn.execute(update(condition).where(_OF.id == last.id).values(gone))
    where = told.position
    if place_id is not None and where.lat is None:
        where = finder.position(place_id)
    write.conn.execute(insert(condition).values(_row(write, told, thing, place_id, where, is_newest=is_newest)))
    return Taken(Became.NEW if last is None else Became.UPDATED)


def _thing(told: ConditionTold, place_id: int | None) -> str:
    """What was observed, whoever observes it."""
    if place_id is not None:
        return f"{told.kind}:#{place_id}"
    return f"{told.kind}:{folded(told.name or told.place or told.external_id)}"


def _row(
    write: GuideWrite, told: ConditionTold, thing: str, place_id: int | None, where: Position, *, is_newest: bool
) -> dict[str, Any]:
    same = ("external_id", "demo", "kind", "state", "expires_at", "observed_by", "free", "capacity", "note")
    return {
        **{name: getattr(told, name) for name in same},
        **write.stamped(told.at),
        "source": write.source,
        "thing": thing,
        "place_id": place_id,
        "name": told.name or (told.place if place_id is None else None),
        "lat": where.lat,
        "lon": where.lon,
        "village": where.village,
        "superseded_at": None if is_newest else write.now,
        "due_at": told.expires_at if is_newest and told.expires_at > write.now else None,
    }


def current(
    conn: Connection,
    now: datetime,
    *,
    kinds: Sequence[ConditionKind] = tuple(ConditionKind),
    remembered: timedelta = REMEMBERED,
) -> list[Condition]:
    """The last observation of each thing, the newest first, also expired ones for so long: ask `Condition.current`."""
    asked = select(condition).where(_NEWEST, _OF.kind.in_(kinds), _OF.expires_at > now - remembered)
    rows = conn.execute(asked.order_by(_OF.at.desc(), _OF.id)).mappings()
    return [condition_of(row) for row in rows]


def of_place(conn: Connection, place_id: int, now: datetime) -> list[Condition]:
    """Likewise of one place."""
    things = [f"{kind}:#{place_id}" for kind in ConditionKind]
    asked = select(condition).where(_NEWEST, _OF.thing.in_(things), _OF.expires_at > now - REMEMBERED)
    return [condition_of(row) for row in conn.execute(asked.order_by(_OF.at.desc())).mappings()]


def condition_of(row: RowMapping) -> Condition:
    same = ("expires_at", "observed_by", "place_id", "name", "lat", "lon", "free", "capacity", "note", "source", "demo")
    return Condition(
        **{name: row[name] for name in same},
        kind=ConditionKind(row["kind"]),
        state=ConditionState(row["state"]),
        observed_at=row["at"],
    )
