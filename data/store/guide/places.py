"""Places and small businesses: taken from sources, edited by officers, read for pages and boards.

A source's record is a snapshot. It changes what the source tells differently from what it told last, but for what an
officer has corrected. Every change of a place leaves a row in `guide_edit`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from data.domain.guide.nouns import Business, Doubt, Place, PlaceKind, PlaceState
from data.reference.boundaries.areas import Boundaries
from data.reference.boundaries.place_judging import judge
from data.store.db.schema.guide import place
from data.store.guide.told import Became, PlaceTold, Taken
from data.store.guide.writing import BUSINESSES, PLACE_NOUN, PLACES, By, GuideWrite, VersionConflict, keep_edit
from data.store.source_write import is_older, rows_of

JUDGED = ("lat", "lon", "village", "is_outside", "doubt", "state", "address")
"""They say together where it is: a source changes all of them or, when an officer corrected one, none."""
_BUSINESS = ("nib", "kbli", "pirt", "halal", "phone_consent_at")
_OWN = ("kind", "category", "name", "opening_hours", "ticket_rupiah", "phone", "url", "capacity")
EDITABLE = frozenset({*_OWN, *_BUSINESS, "lat", "lon", "address", "state", "text", "checked_at"})
"""What an officer may change; the village and the doubt follow from the position and the address."""


def take(write: GuideWrite, tolds: Sequence[PlaceTold]) -> list[Taken]:
    """Store these of the write's source, no id twice; the outcome of each."""
    known = rows_of(write, place, [told.external_id for told in tolds])
    fresh = [told for told in tolds if told.external_id not in known]
    codes = _new_codes(write, fresh)
    if fresh:
        write.conn.execute(insert(place), [_row(write, told, codes[told.external_id]) for told in fresh])
    return [
        Taken(Became.NEW, codes[told.external_id])
        if told.external_id in codes
        else _update(write, known[told.external_id], told)
        for told in tolds
    ]


def _new_codes(write: GuideWrite, fresh: Sequence[PlaceTold]) -> dict[str, str]:
    codes: dict[str, str] = {}
    for prefix, business in ((BUSINESSES, True), (PLACES, False)):
        mine = [told.external_id for told in fresh if (told.kind is PlaceKind.BUSINESS) is business]
        codes |= zip(mine, write.codes(prefix, len(mine)), strict=True)
    return codes


def _facts(told: PlaceTold) -> dict[str, Any]:
    """The columns that a source tells."""
    business = told.business or Business()
    where = told.position
    return {
        **{name: getattr(told, name) for name in _OWN},
        **{name: getattr(business, name) for name in _BUSINESS},
        "lat": where.lat,
        "lon": where.lon,
        "village": where.village,
        "address": told.address,
        "is_outside": told.is_outside,
        "doubt": told.doubt,
        "state": told.state,
        "text": _text(told.text),
    }


def _text(text: Mapping[str, str] | None) -> str | None:
    return json.dumps(dict(text), ensure_ascii=False, sort_keys=True) if text else None


def _as_told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """In the form in which it is kept as JSON."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}


def _row(write: GuideWrite, told: PlaceTold, code: str) -> dict[str, Any]:
    facts = _facts(told)
    return {
        **facts,
        **write.stamped(told.at),
        "code": code,
        "source": write.source,
        "external_id": told.external_id,
        "demo": told.demo,
        "told_at": told.told_at,
        "told": json.dumps(_as_told(facts), ensure_ascii=False),
    }


def _update(write: GuideWrite, row: RowMapping, told: PlaceTold) -> Taken:
    facts = _facts(told)
    now, before = _as_told(facts), json.loads(row["told"] or "{}")
    if is_older(told.told_at, row) or now == before:
        return Taken(Became.SAME, row["code"])
    corrected = set(json.loads(row["corrected"] or "[]"))
    if corrected.intersection(JUDGED):
        corrected.update(JUDGED)
    news = {name: facts[name] for name in facts if now[name] != before.get(name) and name not in corrected}
    changed = {name: value for name, value in news.items() if row[name] != value}
    values: dict[str, Any] = {"told": json.dumps(now, ensure_ascii=False), "told_at": told.told_at}
    if changed:
        keep_edit(write, PLACE_NOUN, row, changed, By(write.source, by_source=True))
        values |= {**changed, "seq": write.seq, "recorded_at": write.now, "version": row["version"] + 1}
    write.conn.execute(update(place).where(place.c.id == row["id"]).values(values))
    return Taken(Became.UPDATED if changed else Became.SAME, row["code"])


def add(write: GuideWrite, told: PlaceTold, by: By) -> Place:
    """A place of our own: an officer enters it, or accepts a registration."""
    code = _new_codes(write, [told])[told.external_id]
    row = _row(write, told, code) | {"told": None, "checked_at": write.now, "checked_by": by.actor}
    made = write.conn.execute(insert(place).values(row).returning(place.c.id)).scalar_one()
    found = by_id(write.conn, made)
    assert found is not None
    return found


def edit(
    write: GuideWrite, place_id: int, version: int, changes: Mapping[str, Any], *, by: By, ground: Boundaries
) -> Place:
    """An officer's changes of columns in EDITABLE (`text` is a mapping). Where it lies is judged anew by `ground`.

    Whoever sets the state decides it; else a doubt that is gone publishes it again. Raises VersionConflict and
    LookupError.
    """
    assert EDITABLE.issuperset(changes)
    row = write.conn.execute(select(place).where(place.c.id == place_id)).mappings().one_or_none()
    if row is None:
        raise LookupError(place_id)
    new = {**changes, **({"text": _text(changes["text"])} if "text" in changes else {})}
    if {"lat", "lon", "address"}.intersection(new):
        new = _judged(row, new, ground) | new
    changed = {name: value for name, value in new.items() if row[name] != value}
    if not changed and "checked_at" not in changes:
        return place_of(row)
    corrected = sorted({*json.loads(row["corrected"] or "[]"), *(changed.keys() - {"checked_at"})})
    values = {
        **changed,
        "checked_at": write.now,
        "checked_by": by.actor,
        "corrected": json.dumps(corrected),
        "seq": write.seq,
        "recorded_at": write.now,
        "version": version + 1,
    }
    mine = (place.c.id == place_id) & (place.c.version == version)
    if write.conn.execute(update(place).where(mine).values(values)).rowcount == 0:
        raise VersionConflict(place_id)
    keep_edit(write, PLACE_NOUN, row, changed, by)
    found = by_id(write.conn, place_id)
    assert found is not None
    return found


def _judged(row: RowMapping, new: Mapping[str, Any], ground: Boundaries) -> dict[str, Any]:
    address, lat, lon = (new.get(name, row[name]) for name in ("address", "lat", "lon"))
    found = judge(address, lat, lon, ground)
    columns: dict[str, Any] = found._asdict()
    columns["state"] = _state(PlaceState(row["state"]), found.doubt)
    return columns


def _state(state: PlaceState, doubt: Doubt | None) -> PlaceState:
    if state is PlaceState.PUBLISHED and doubt is not None:
        return PlaceState.DOUBTFUL
    if state is PlaceState.DOUBTFUL and doubt is None:
        return PlaceState.PUBLISHED
    return state


def judge_again(write: GuideWrite, ground: Boundaries) -> int:
    """Judge all places by a map that was imported; how many changed. What an officer corrected stays."""
    moved = 0
    for row in write.conn.execute(select(place).where(place.c.state != PlaceState.WITHDRAWN)).mappings().all():
        if set(JUDGED).intersection(json.loads(row["corrected"] or "[]")):
            continue
        changed = {name: value for name, value in _judged(row, {}, ground).items() if row[name] != value}
        if changed:
            keep_edit(write, PLACE_NOUN, row, changed, By("peta", by_source=True))
            values = {**changed, "seq": write.seq, "recorded_at": write.now, "version": place.c.version + 1}
            write.conn.execute(update(place).where(place.c.id == row["id"]).values(values))
            moved += 1
    return moved


def by_id(conn: Connection, place_id: int) -> Place | None:
    """Whatever state it is in."""
    row = conn.execute(select(place).where(place.c.id == place_id)).mappings().one_or_none()
    return None if row is None else place_of(row)


def by_code(conn: Connection, code: str) -> Place | None:
    """Whatever state it is in."""
    row = conn.execute(select(place).where(place.c.code == code)).mappings().one_or_none()
    return None if row is None else place_of(row)


def places(
    conn: Connection,
    *,
    states: Sequence[PlaceState] = (PlaceState.PUBLISHED,),
    kinds: Sequence[PlaceKind] = tuple(PlaceKind),
    categories: Sequence[str] | None = None,
    village: str | None = None,
    most: int = 500,
) -> list[Place]:
    """By name. For the public use `data.store.guide.public`."""
    asked = select(place).where(place.c.state.in_(states), place.c.kind.in_(kinds))
    if categories is not None:
        asked = asked.where(place.c.category.in_(categories))
    if village is not None:
        asked = asked.where(place.c.village == village)
    rows = conn.execute(asked.order_by(func.lower(place.c.name), place.c.id).limit(most)).mappings()
    return [place_of(row) for row in rows]


def counts(conn: Connection) -> dict[tuple[PlaceState, PlaceKind], int]:
    """How many there are of each state and kind."""
    asked = select(place.c.state, place.c.kind, func.count()).group_by(place.c.state, place.c.kind)
    return {(PlaceState(state), PlaceKind(kind)): n for state, kind, n in conn.execute(asked)}


def place_of(row: RowMapping) -> Place:
    kind = PlaceKind(row["kind"])
    permits = {name: row[name] for name in _BUSINESS}
    business = Business(**permits) if kind is PlaceKind.BUSINESS or any(permits.values()) else None
    names = ("id", "code", "category", "name", "lat", "lon", "address", "village", "is_outside", "opening_hours")
    more = ("ticket_rupiah", "phone", "url", "capacity", "source", "demo", "checked_at", "version")
    return Place(
        **{name: row[name] for name in (*names, *more)},
        kind=kind,
        state=PlaceState(row["state"]),
        doubt=None if row["doubt"] is None else Doubt(row["doubt"]),
        text=json.loads(row["text"]) if row["text"] else None,
        business=business,
        updated_at=row["recorded_at"],
    )
