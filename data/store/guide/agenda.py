"""The agenda: entries as their sources tell them, and their occurrences in a rolling window.

An entry is known by UID and RECURRENCE-ID; of two snapshots the higher SEQUENCE counts, then the later one. Entries of
one UID are expanded together: a moved or cancelled occurrence takes the place of the one that it replaces.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from data.domain.guide.nouns import AgendaState
from data.store.db.schema.guide import agenda, occurrence
from data.store.guide.calendar import BadEvent, Taking, expand
from data.store.guide.place_finder import PlaceFinder
from data.store.guide.told import Became, EntryTold, Taken
from data.store.guide.writing import AGENDA, AGENDA_NOUN, By, GuideWrite, VersionConflict, keep_edit
from data.store.source_write import parts_of

KEPT = timedelta(days=7)
"""An occurrence is kept so long after its end."""
ROLLED = timedelta(days=1)
"""How much of the window may be lacking before an entry is expanded further."""
OFFICER = "agenda_kota"
"""The source of what officers enter."""
_OF, _OCC = agenda.c, occurrence.c
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Window:
    """How far ahead occurrences are known, and the zone of times without one."""

    ahead: timedelta
    zone: ZoneInfo

    def at(self, now: datetime) -> tuple[datetime, datetime]:
        return now - KEPT, now + self.ahead


def take(write: GuideWrite, tolds: Sequence[EntryTold], window: Window) -> list[Taken]:
    """Store these, none twice; the outcome of each."""
    known = _known(write, [told.uid for told in tolds])
    finder, known_uids = PlaceFinder(write), {uid for uid, _ in known}
    fresh = [told for told in tolds if _key(told) not in known]
    codes = _insert(write, fresh, finder)
    found = [
        Taken(Became.NEW, codes[_key(told)]) if _key(told) in codes else _update(write, known[_key(told)], told, finder)
        for told in tolds
    ]
    uids = Counter(told.uid for told in tolds)
    alone = [each for each in fresh if each.takings is not None and uids[each.uid] == 1 and each.uid not in known_uids]
    _insert_occurrences(write, alone, window)
    expanded = {told.uid for told in alone}
    changed = [told.uid for told, each in zip(tolds, found, strict=True) if each.became is not Became.SAME]
    for uid in dict.fromkeys(uid for uid in changed if uid not in expanded):
        _expand_if_possible(write, uid, window)
    return found


def _insert(write: GuideWrite, fresh: Sequence[EntryTold], finder: PlaceFinder) -> dict[Key, str]:
    """Their codes."""
    codes = dict(zip([_key(told) for told in fresh], write.codes(AGENDA, len(fresh)), strict=True))
    if fresh:
        write.conn.execute(insert(agenda), [_row(write, told, codes[_key(told)], finder) for told in fresh])
    return codes


def _insert_occurrences(write: GuideWrite, alone: Sequence[EntryTold], window: Window) -> None:
    """Of new entries whose occurrences are known: all at once, because a file may bring thousands."""
    rows = _known(write, [told.uid for told in alone])
    values, until = list[dict[str, Any]](), window.at(write.now)[1]
    for told in alone:
        row = rows[_key(told)]
        values += _occurrences(write, {"": row}, row, told.takings or ())
    if values:
        write.conn.execute(insert(occurrence), values)
    going_on = [rows[_key(told)]["id"] for told in alone if _goes_on([rows[_key(told)]], until)]
    for part in parts_of(going_on):
        write.conn.execute(update(agenda).where(_OF.id.in_(part)).values(expanded_to=until))


def _expand_if_possible(write: GuideWrite, uid: str, window: Window) -> None:
    """A series whose parts can be expanded, but not together, has no occurrences."""
    try:
        expand_series(write, uid, window)
    except BadEvent:
        mine = (_OF.source == write.source) & (_OF.uid == uid)
        write.conn.execute(update(agenda).where(mine).values(expanded_to=None))


def _key(told: EntryTold) -> Key:
    return told.uid, told.recurrence_id


def _known(write: GuideWrite, uids: Iterable[str]) -> dict[Key, RowMapping]:
    found: dict[Key, RowMapping] = {}
    for part in parts_of(list(dict.fromkeys(uids))):
        asked = select(agenda).where(_OF.source == write.source, _OF.uid.in_(part))
        found |= {(row["uid"], row["recurrence_id"]): row for row in write.conn.execute(asked).mappings()}
    return found


def _facts(told: EntryTold, finder: PlaceFinder) -> dict[str, Any]:
    """The columns that a source tells."""
    same = ("sequence", "event", "title", "text", "lang", "starts_at", "ends_at", "all_day", "state", "expected", "url")
    place_id, where = finder.find(told.place), told.position
    if place_id is not None and where.lat is None:
        where = finder.position(place_id)
    return {
        **{name: getattr(told, name) for name in same},
        "place_id": place_id,
        "place_name": told.place,
        "lat": where.lat,
        "lon": where.lon,
        "village": where.village,
    }


def _row(write: GuideWrite, told: EntryTold, code: str, finder: PlaceFinder) -> dict[str, Any]:
    return {
        **_facts(told, finder),
        **write.stamped(told.at),
        "code": code,
        "source": write.source,
        "uid": told.uid,
        "recurrence_id": told.recurrence_id,
        "demo": told.demo,
        "told_at": told.told_at,
        "heard_at": write.now,
    }


def _update(write: GuideWrite, row: RowMapping, told: EntryTold, finder: PlaceFinder) -> Taken:
    if (told.sequence, told.told_at or told.at) < (row["sequence"], row["told_at"] or row["at"]):
        return Taken(Became.SAME, row["code"])
    corrected = set(json.loads(row["corrected"] or "[]"))
    facts = {name: value for name, value in _facts(told, finder).items() if name not in corrected}
    changed = {name: value for name, value in facts.items() if row[name] != value}
    back = row["withdrawn_at"] is not None and "withdrawn_at" not in corrected
    if not changed and not back:
        return Taken(Became.SAME, row["code"])
    if back:
        changed["withdrawn_at"] = None
    shown = {name: value for name, value in changed.items() if name != "event"}
    keep_edit(write, AGENDA_NOUN, row, shown, By(write.source, by_source=True))
    _write(write, row, changed | {"told_at": told.told_at, "heard_at": write.now})
    return Taken(Became.UPDATED, row["code"])


def _write(write: GuideWrite, row: RowMapping, values: Mapping[str, Any]) -> None:
    stamp = {"seq": write.seq, "recorded_at": write.now, "version": _OF.version + 1}
    write.conn.execute(update(agenda).where(_OF.id == row["id"]).values({**values, **stamp}))


def edit(
    write: GuideWrite, agenda_id: int, version: int, changes: Mapping[str, Any], *, by: By, window: Window
) -> None:
    """An officer's changes: columns, `withdrawn_at` among them. What is changed the source changes no more.

    Raises VersionConflict, LookupError, BadEvent.
    """
    row = write.conn.execute(select(agenda).where(_OF.id == agenda_id)).mappings().one_or_none()
    if row is None:
        raise LookupError(agenda_id)
    if row["version"] != version:
        raise VersionConflict(agenda_id)
    changed = {name: value for name, value in changes.items() if row[name] != value}
    if not changed:
        return
    keep_edit(write, AGENDA_NOUN, row, {name: each for name, each in changed.items() if name != "event"}, by)
    corrected = sorted({*json.loads(row["corrected"] or "[]"), *changed})
    _write(write, row, {**changed, "corrected": json.dumps(corrected)})
    expand_series(GuideWrite(write.conn, row["source"], write.now), row["uid"], window)


def heard(write: GuideWrite) -> None:
    """The source still tells of all that it told."""
    mine = (_OF.source == write.source) & _OF.withdrawn_at.is_(None)
    write.conn.execute(update(agenda).where(mine).values(heard_at=write.now))


def withdraw_missing(write: GuideWrite, listed: Iterable[str]) -> int:
    """What a whole feed does not list any more and is not over is withdrawn; how many. `listed`: external ids."""
    known = set(listed)
    asked = select(_OF.id, _OF.uid, _OF.recurrence_id).where(_OF.source == write.source, _OF.withdrawn_at.is_(None))
    rows = [row for row in write.conn.execute(asked) if f"{row.uid} {row.recurrence_id}".strip() not in known]
    gone = 0
    for row in rows:
        ahead = (_OCC.agenda_id == row.id) & (_OCC.ends_at > write.now)
        here = write.conn.execute(select(agenda).where(_OF.id == row.id)).mappings().one()
        if here["expanded_to"] is None and write.conn.execute(select(_OCC.agenda_id).where(ahead)).first() is None:
            continue
        changed = {"withdrawn_at": write.now, "expanded_to": None}
        keep_edit(write, AGENDA_NOUN, here, {"withdrawn_at": write.now}, By(write.source, by_source=True))
        _write(write, here, changed)
        write.conn.execute(delete(occurrence).where(ahead))
        gone += 1
    return gone


def expand_series(write: GuideWrite, uid: str, window: Window) -> None:
    """Make the occurrences of all entries of this UID anew. Raises BadEvent."""
    asked = select(agenda).where(_OF.source == write.source, _OF.uid == uid).order_by(_OF.recurrence_id)
    rows = write.conn.execute(asked).mappings().all()
    write.conn.execute(delete(occurrence).where(_OCC.agenda_id.in_([row["id"] for row in rows])))
    told = [row for row in rows if row["withdrawn_at"] is None]
    if not told:
        return
    bounds = window.at(write.now)
    takings = expand([row["event"] for row in told], bounds, window.zone)
    if values := _occurrences(write, {row["recurrence_id"]: row for row in told}, told[0], takings):
        write.conn.execute(insert(occurrence), values)
    first = told[0]["id"] if _goes_on(told, bounds[1]) else None
    for row in rows:
        expanded_to = bounds[1] if row["id"] == first else None
        write.conn.execute(update(agenda).where(_OF.id == row["id"]).values(expanded_to=expanded_to))


def _goes_on(rows: Sequence[RowMapping], until: datetime) -> bool:
    return any("RRULE" in row["event"] or row["ends_at"] > until for row in rows)


def _occurrences(
    write: GuideWrite, rows: Mapping[str, RowMapping], first: RowMapping, takings: Sequence[Taking]
) -> list[dict[str, Any]]:
    """One of each entry and moment. rows: by RECURRENCE-ID."""
    values = [_occurrence(write, rows.get(one.recurrence_id, first), one) for one in takings]
    return list({(value["agenda_id"], value["starts_at"]): value for value in values}.values())


def _occurrence(write: GuideWrite, row: RowMapping, one: Taking) -> dict[str, Any]:
    state = AgendaState.CANCELLED if row["state"] == AgendaState.CANCELLED else one.state
    moments = (moment for moment in (one.starts_at, one.ends_at) if moment > write.now)
    return {
        "agenda_id": row["id"],
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "state": state,
        "due_at": next(moments, None),
    }


def roll(conn: Connection, now: datetime, window: Window, most: int) -> int:
    """Expand entries whose occurrences are not known far enough ahead, at most so many; how many."""
    until = now + window.ahead - ROLLED
    asked = select(_OF.source, _OF.uid).where(_OF.expanded_to.is_not(None), _OF.expanded_to < until).limit(most)
    rows = conn.execute(asked).all()
    for row in rows:
        _expand_if_possible(GuideWrite(conn, row.source, now), row.uid, window)
    return len(rows)
