"""sla_wall: the cases that breach next, by working time left, and the breached ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    and_,
    func,
    literal_column,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects import sqlite

from data.domain.city.model import City
from data.domain.figures.boards import CaseRow, SlaWall
from data.domain.sla.calendars import Calendars
from data.store.cases.conditions import MOST, NOW, OPEN, at_risk, count_of, overdue
from data.store.db.schema.cases import case
from data.store.queries.case_rows import CASE_ROW_COLUMNS, CaseRows
from data.store.queries.figures import pause_share
from data.store.queries.proposed_groups import of_group, proposed_groups

Policies = tuple[tuple[str, int], ...]
"""Codes and versions."""
Receipts = tuple[int | None, int | None]
"""From the first to before the second, epoch seconds; None: without a bound."""
Group = tuple[Policies, Receipts]
"""The policies of one calendar, and for what receipts one version of it is in force."""
Query = CompoundSelect[*tuple[Any, ...]]
_TOTALS = select(count_of(overdue(), "late"), count_of(at_risk(), "at_risk"), func.count().label("open")).where(OPEN)


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> SlaWall:
    """`limit` breached and `limit` next cases; the totals count all.

    Within one version of a calendar the order by due moment is the order by working time left. So the first cases of
    each are queried, and these are sorted by working time left.
    """
    case_rows = CaseRows(conn, city, calendars, now)
    late, running = _queries(_by_calendar(city, calendars))
    totals = conn.execute(_TOTALS, {"now": now}).one()
    proposed = {member.id: group.reports for group in proposed_groups(conn) for member in group.members}
    return SlaWall(
        as_of=now,
        breached=_first(case_rows, late, limit, proposed),
        next=_first(case_rows, running, limit, proposed),
        breached_total=totals.late,
        at_risk_total=totals.at_risk,
        open_total=totals.open,
        paused=pause_share.in_all(pause_share.known(conn, now)),
    )


def _first(case_rows: CaseRows, query: Query, limit: int, proposed: Mapping[int, int]) -> tuple[CaseRow, ...]:
    """proposed: by case, how many reports its group has. Each of them keeps its line, because each clock counts."""
    found = case_rows.conn.execute(query, {"now": case_rows.now, "most": limit}).mappings().all()
    chosen = (case_rows.row(row, both=True) for row in sorted(found, key=case_rows.left_s)[:limit])
    return tuple(of_group(row, proposed.get(row.id, 0)) for row in chosen)


def _by_calendar(city: City, calendars: Calendars) -> tuple[Group, ...]:
    """The policies grouped by calendar, once for each version of it."""
    governed: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for policy in (policy for every in city.policies.values() for policy in every):
        governed[policy.calendar].append((policy.code, policy.version))
    begins: dict[str, list[int]] = {code: [] for code in governed}
    for calendar in calendars.present():
        if calendar.since is not None and calendar.spec.code in begins:
            begins[calendar.spec.code].append(calendar.since)
    return tuple(
        (tuple(pairs), receipts)
        for code, pairs in governed.items()
        for receipts in pairwise([None, *begins[code], None])
    )


@lru_cache(maxsize=8)
def _queries(groups: tuple[Group, ...]) -> tuple[Query, Query]:
    """The first overdue cases and the first running ones of each group, and of the policies that are no longer
    configured."""
    governed = tuple_(case.c.policy, case.c.policy_version)
    unknown = governed.not_in([pair for pairs, _ in groups for pair in pairs])
    known = (and_(governed.in_(pairs), *_received(receipts)) for pairs, receipts in groups)
    among = [_with_literal_values(each) for each in (*known, unknown)]
    late, running = overdue(), case.c.next_due_at >= NOW
    return _first_of_each(late, among), _first_of_each(running, among)


def _received(receipts: Receipts) -> Iterator[ColumnElement[bool]]:
    first, end = receipts
    received = type_coerce(case.c.received_at, BigInteger)
    if first is not None:
        yield received >= first
    if end is not None:
        yield received < end


def _with_literal_values(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same with literal values, because SQLAlchemy expands a list of parameters again for each execution.

    PostgreSQL understands SQLite's syntax for a list of pairs, too.
    """
    return literal_column(str(condition.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})))


def _first_of_each(which: ColumnElement[bool], among: Sequence[ColumnElement[bool]]) -> Query:
    """One question: each of its own takes longer to ask than to answer."""
    cases = select(*CASE_ROW_COLUMNS).where(OPEN, which).order_by(case.c.next_due_at, case.c.id).limit(MOST)
    return union_all(*(select(cases.where(each).subquery()) for each in among))
