"""sla_wall: the cases that breach next, by working time left, and the breached ones."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select, tuple_
from sqlalchemy.dialects import sqlite

from data.domain.city.model import City
from data.domain.figures.boards import CaseRow, SlaWall
from data.domain.sla.calendars import Calendars
from data.store.cases.conditions import MOST, NOW, OPEN, at_risk, count_of, overdue
from data.store.db.schema import case
from data.store.queries.case_rows import CASE_ROW_COLUMNS, CaseRows

Policies = tuple[tuple[str, int], ...]
"""Codes and versions."""
Query = Select[*tuple[Any, ...]]
_TOTALS = select(count_of(overdue(), "late"), count_of(at_risk(), "at_risk"), func.count().label("open")).where(OPEN)


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> SlaWall:
    """`limit` breached and `limit` next cases; the totals count all.

    Within one calendar the order by due moment is the order by working time left. So the first cases of each calendar
    are queried, and these are sorted by working time left.
    """
    case_rows = CaseRows(conn, city, calendars, now)
    late, running = _queries(_by_calendar(city))
    totals = conn.execute(_TOTALS, {"now": now}).one()
    return SlaWall(
        as_of=now,
        breached=_first(case_rows, late, limit),
        next=_first(case_rows, running, limit),
        breached_total=totals.late,
        at_risk_total=totals.at_risk,
        open_total=totals.open,
    )


def _first(case_rows: CaseRows, queries: tuple[Query, ...], limit: int) -> tuple[CaseRow, ...]:
    given = {"now": case_rows.now, "most": limit}
    found = [case_rows.row(row) for query in queries for row in case_rows.conn.execute(query, given).mappings().all()]
    return tuple(sorted(found, key=_left)[:limit])


def _by_calendar(city: City) -> tuple[Policies, ...]:
    """The policies grouped by calendar."""
    versions: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for policy in (policy for every in city.policies.values() for policy in every):
        versions[policy.calendar].append((policy.code, policy.version))
    return tuple(tuple(pairs) for pairs in versions.values())


@lru_cache(maxsize=8)
def _queries(calendars: tuple[Policies, ...]) -> tuple[tuple[Query, ...], tuple[Query, ...]]:
    """(queries for overdue cases, queries for running ones), one a calendar; the last is for policies that are no
    longer configured."""
    governed = tuple_(case.c.policy, case.c.policy_version)
    unknown = governed.not_in([pair for pairs in calendars for pair in pairs])
    among = [_with_literal_values(each) for each in (*(governed.in_(pairs) for pairs in calendars), unknown)]
    late, running = overdue(), case.c.next_due_at >= NOW
    return tuple(_query(late, each) for each in among), tuple(_query(running, each) for each in among)


def _with_literal_values(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same with literal values, because SQLAlchemy expands a list of parameters again for each execution.

    PostgreSQL understands SQLite's syntax for a list of pairs, too.
    """
    return literal_column(str(condition.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})))


def _query(which: ColumnElement[bool], among: ColumnElement[bool]) -> Query:
    return select(*CASE_ROW_COLUMNS).where(OPEN, which, among).order_by(case.c.next_due_at, case.c.id).limit(MOST)


def _left(row: CaseRow) -> float:
    return math.inf if row.citizen is None else row.citizen.left_s
