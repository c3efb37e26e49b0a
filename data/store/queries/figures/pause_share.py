"""How much of the working time cases spent paused, by agency: computed now and then and stored in a table.

Of the cases that were open at some time of the last days; merged and rejected ones are left out. Reading a week's
histories takes longer than a wall may wait, and the share does not change within minutes. Time that begins or ends
without a date is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Row, and_, bindparam, delete, exists, func, insert, or_, select

from data.domain.cases.model import EventKind, Undated
from data.domain.city.model import TRIAGE, City
from data.domain.figures.kpis import PauseTime
from data.domain.sla.calendars import Calendars
from data.domain.sla.history import read_history
from data.domain.sla.pauses import HeldTime, held_times
from data.domain.sla.terms import policy_of, terms
from data.domain.sla.worktime import Calendar, HorizonError, epoch
from data.store.cases.cases import events_of
from data.store.cases.conditions import BEFORE, OPEN, changed_since, seconds
from data.store.db.engine import reading, writing
from data.store.db.schema.cases import case, case_event, pause_share
from data.store.db.types import EpochSeconds

WINDOW = timedelta(days=7)
EVERY = timedelta(minutes=5)
GOOD_FOR = timedelta(minutes=20)
_OF_CASE = case_event.c.case_id == case.c.id
_PAUSED = exists().where(_OF_CASE, case_event.c.kind == EventKind.PAUSED)
_MOVED = and_(case.c.dispatched_at.is_not(None), or_(case.c.held_at.is_(None), case.c.held_at != case.c.dispatched_at))
_CASES = select(
    *(case.c[name] for name in ("id", "category", "policy", "policy_version", "service_class", "agency")),
    *(seconds(name) for name in ("received_at", "dispatched_at")),
    func.coalesce(seconds("resolved_at").element, seconds("ended_at").element).label("finished_at"),
    case.c.undated,
    or_(case.c.cycle > 1, _MOVED, _PAUSED).label("has_history"),
)
_QUERIES = (_CASES.where(OPEN), _CASES.where(changed_since(BEFORE)))
_OLDEST = bindparam("oldest", type_=EpochSeconds())
_KNOWN = select(pause_share.c.agency, pause_share.c.paused_s, pause_share.c.total_s).where(pause_share.c.at >= _OLDEST)

Spans = dict[Calendar, list[tuple[str, int, int]]]
"""(agency, start, end) by calendar."""


def refresh(engine: Engine, city: City, calendars: Calendars, now: datetime, every: timedelta = EVERY) -> bool:
    """Compute the shares again when the stored ones are older than `every`; True when it did."""
    with reading(engine) as conn:
        at = conn.execute(select(func.max(pause_share.c.at))).scalar_one()
        if at is not None and abs(now - at) < every:
            return False
        times = pause_times(conn, city, calendars, now)
    with writing(engine) as conn:
        conn.execute(delete(pause_share))
        if times:
            rows = [{"agency": code, "paused_s": one.paused_s, "total_s": one.total_s} for code, one in times.items()]
            conn.execute(insert(pause_share), [row | {"at": now} for row in rows])
    return True


def known(conn: Connection, now: datetime) -> dict[str, PauseTime]:
    """The stored times by agency; empty when they are too old."""
    rows = conn.execute(_KNOWN, {"oldest": now - GOOD_FOR}).all()
    return {row.agency: PauseTime(row.paused_s, row.total_s) for row in rows}


def in_all(times: Mapping[str, PauseTime]) -> PauseTime | None:
    """Of all agencies together; None: nothing is known."""
    return (
        None
        if not times
        else PauseTime(sum(one.paused_s for one in times.values()), sum(one.total_s for one in times.values()))
    )


def pause_times(conn: Connection, city: City, calendars: Calendars, now: datetime) -> dict[str, PauseTime]:
    """By agency, in the WINDOW before `now`; the triage queue is one of them."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for agency, paused, total in _held(conn, city, calendars, now):
        sums[agency][0] += paused
        sums[agency][1] += total
    return {agency: PauseTime(paused, total) for agency, (paused, total) in sorted(sums.items()) if total}


def _held(conn: Connection, city: City, calendars: Calendars, now: datetime) -> Iterator[HeldTime]:
    """Of cases that were neither paused nor moved the row tells all; the events are read of the others only."""
    start, end = epoch(now - WINDOW), epoch(now)
    plain: Spans = defaultdict(list)
    for row in [row for query in _QUERIES for row in conn.execute(query, {"before": now - WINDOW})]:
        with suppress(KeyError, HorizonError):  # its policy or years are no longer configured
            code = policy_of(city, row.policy, row.policy_version).at(row.finished_at).calendar
            calendar = calendars.judging(row.received_at, row.finished_at)(code)
            if row.has_history:
                about = terms(city, calendars, row.category, (row.policy, row.policy_version), row.service_class)
                yield from held_times(read_history(events_of(conn, row.id), about), calendar, start, end)
            else:
                plain[calendar] += _plain(row, start, end)
    for calendar, spans in plain.items():
        yield from _measured(calendar, spans)


def _plain(row: Row[*tuple[Any, ...]], start: int, end: int) -> Iterator[tuple[str, int, int]]:
    finish = end if row.finished_at is None else min(end, row.finished_at)
    taken = finish if row.dispatched_at is None else min(finish, row.dispatched_at)
    stop = Undated.END if row.dispatched_at is None else Undated.DISPATCH
    spans = ((TRIAGE, row.received_at, taken, stop), (row.agency, taken, finish, Undated.DISPATCH | Undated.END))
    for agency, since, until, moments in spans:
        if max(start, since) < until and not row.undated & moments:
            yield agency, max(start, since), until


def _measured(calendar: Calendar, spans: Iterable[tuple[str, int, int]]) -> Iterator[HeldTime]:
    agencies, starts, ends = zip(*spans, strict=True)
    since, until = np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)
    if calendar.spec.always:
        lengths = until - since
    else:
        fine = calendar.covers_many(since) & calendar.covers_many(until)
        lengths = np.zeros(len(since), dtype=np.int64)
        lengths[fine] = calendar.between_many(since[fine], until[fine])
    for agency, length in zip(agencies, lengths.tolist(), strict=True):
        yield HeldTime(agency, 0, length)
