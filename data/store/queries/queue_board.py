"""queue_board: the open cases of each agency."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Connection,
    Integer,
    Row,
    RowMapping,
    Select,
    bindparam,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)

from data.domain.city.model import TRIAGE, City
from data.domain.figures.boards import AgencyQueue, CaseRow, QueueBoard
from data.domain.sla.calendars import Calendars
from data.domain.sla.worktime import epoch, moment
from data.store.cases.conditions import (
    BEFORE,
    NOW,
    OPEN,
    at_risk,
    changed_since,
    count_of,
    overdue,
    seconds,
    was_overdue,
)
from data.store.db.schema.cases import case
from data.store.queries.case_rows import CaseRows
from data.store.queries.proposed_groups import ShownGroups, of_group, proposed_groups, shown

_UNACKNOWLEDGED = case.c.held_at.is_not(None) & case.c.acknowledged_at.is_(None)
_HOUR = timedelta(hours=1)


def _counts_of_each() -> Select[*tuple[Any, ...]]:
    every = case.alias("every")
    heard = select(func.max(type_coerce(every.c.acknowledged_at, BigInteger))).where(every.c.agency == case.c.agency)
    columns = select(
        case.c.agency,
        func.count().label("open"),
        count_of(case.c.paused_at.is_not(None), "waiting"),
        count_of(_UNACKNOWLEDGED, "unacknowledged"),
        count_of(at_risk(), "at_risk"),
        count_of(overdue(), "overdue"),
        count_of(was_overdue(BEFORE), "overdue_hour_ago"),
        count_of(case.c.private, "private"),
        func.min(type_coerce(case.c.received_at, BigInteger)).label("oldest"),
        func.min(type_coerce(case.c.held_at, BigInteger)).filter(_UNACKNOWLEDGED).label("waits_since"),
        heard.scalar_subquery().label("heard"),
    )
    return columns.where(OPEN).group_by(case.c.agency)


@lru_cache(maxsize=64)
def _first_of_each(agencies: int) -> CompoundSelect[*tuple[Any, ...]]:
    """The first overdue and the first running cases of so many agencies, by due moment, `most_N` of each for the
    agency `agency_N`: one question, whose parts read only those rows of the index."""
    due = case.c.next_due_at
    among = (OPEN, case.c.private.is_(False))
    parts = []
    for n in range(agencies):
        its = case.c.agency == bindparam(f"agency_{n}", type_=case.c.agency.type)
        for late, which in ((True, overdue()), (False, due >= NOW)):
            columns = (case.c.id, case.c.agency, seconds("next_due_at"), literal(late).label("late"))
            first = select(*columns).where(*among, its, which).order_by(due, case.c.id)
            parts.append(select(first.limit(bindparam(f"most_{n}", type_=Integer())).subquery()))
    return union_all(*parts)


_COUNTS = _counts_of_each()
_CLOSED_SINCE = select(case.c.agency).where(changed_since(BEFORE), was_overdue(BEFORE))


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> QueueBoard:
    """Every agency of the city, the triage queue, and any other agency with open cases; `limit` next cases of each.

    `next` has the most overdue case and those that breach next; more overdue cases only where there is room.
    """
    counts = _counts(conn, now)
    closed_since = _overdue_among_closed(conn, now - _HOUR)
    groups = shown(proposed_groups(conn), lambda member: member.agency)
    following = _next_cases(CaseRows(conn, city, calendars, now), counts, groups, limit)
    queues = []
    for agency in dict.fromkeys([*city.agencies, TRIAGE, *counts]):
        if agency in counts:
            silent = _silent_since(city, calendars, counts[agency], now)
            queues.append(_queue(counts[agency], closed_since.get(agency, 0), silent, following.get(agency, ())))
        else:
            queues.append(_empty(agency, closed_since.get(agency, 0)))
    queues.sort(key=lambda queue: (-queue.overdue, -queue.at_risk, -queue.open))
    return QueueBoard(now, tuple(queues))


def _counts(conn: Connection, now: datetime) -> dict[str, RowMapping]:
    rows = conn.execute(_COUNTS, {"now": now, "before": now - _HOUR}).mappings().all()
    return {row["agency"]: row for row in rows}


def _overdue_among_closed(conn: Connection, at: datetime) -> Mapping[str, int]:
    """By agency, how many of the cases closed since were overdue at `at`.

    Counted in Python, because with GROUP BY SQLite scans the whole table by its index on agencies.
    """
    return Counter(conn.execute(_CLOSED_SINCE, {"before": at}).scalars())


def _silent_since(city: City, calendars: Calendars, row: RowMapping, now: datetime) -> datetime | None:
    """Since when nothing was acknowledged while something waited, when that is longer than the agency's limit."""
    agency = city.agencies.get(row["agency"])
    if agency is None or row["waits_since"] is None:
        return None
    since = max(row["waits_since"], row["heard"] or 0)
    calendar = calendars.of(agency.calendar, received=epoch(now), stop=None)
    if not calendar.covers(moment(since)):
        return moment(since)
    silence = calendar.worked(since, max(since, epoch(now)))
    return moment(since) if silence > agency.silent_after.total_seconds() else None


def _next_cases(
    case_rows: CaseRows, agencies: Collection[str], groups: ShownGroups, limit: int
) -> Mapping[str, list[CaseRow]]:
    """By agency its next cases, without those that stand behind another one of their group."""
    first = _first_cases(case_rows.conn, case_rows.now, agencies, groups.behind_in, limit)
    late: dict[str, list[int]] = defaultdict(list)
    running: dict[str, list[int]] = defaultdict(list)
    for row in sorted(first, key=lambda row: (row.next_due_at, row.id)):
        if row.id not in groups.behind:
            (late if row.late else running)[row.agency].append(row.id)
    chosen = [case_id for agency in agencies for case_id in _chosen(late[agency], running[agency], limit)]
    following: dict[str, list[CaseRow]] = defaultdict(list)
    for each in case_rows.of(chosen):
        following[each.agency].append(of_group(each, groups.reports.get(each.id, 0)))
    return following


def _first_cases(
    conn: Connection, now: datetime, agencies: Collection[str], behind_in: Mapping[str, int], limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Enough of each agency that `limit` are left without the hidden ones."""
    if not agencies:
        return []
    given: dict[str, Any] = {"now": now}
    for n, agency in enumerate(agencies):
        given |= {f"agency_{n}": agency, f"most_{n}": limit + behind_in.get(agency, 0)}
    return conn.execute(_first_of_each(len(agencies)), given).all()


def _chosen(late: Sequence[int], running: Sequence[int], limit: int) -> list[int]:
    room = max(min(1, limit), limit - len(running))
    shown = late[:room]
    return [*shown, *running[: limit - len(shown)]]


def _queue(row: RowMapping, closed_since: int, silent: datetime | None, following: Sequence[CaseRow]) -> AgencyQueue:
    return AgencyQueue(
        agency=row["agency"],
        open=row["open"],
        waiting=row["waiting"],
        unacknowledged=row["unacknowledged"],
        at_risk=row["at_risk"],
        overdue=row["overdue"],
        overdue_hour_ago=row["overdue_hour_ago"] + closed_since,
        oldest=moment(row["oldest"]),
        silent_since=silent,
        next=tuple(following),
        private=row["private"],
    )


def _empty(agency: str, closed_since: int) -> AgencyQueue:
    return AgencyQueue(agency, 0, 0, 0, 0, 0, closed_since, None, None, (), 0)
