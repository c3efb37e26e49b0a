"""sla_wall: what breaches next, by working time left, and what is breached."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from data.domain.answers import CaseLine, SlaWall
from data.domain.city import City
from data.domain.worktime import Calendars
from data.store.conditions import OPEN, at_risk, count_of, overdue
from data.store.lines import LINE_COLUMNS, Lines
from data.store.schema import case


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> SlaWall:
    """`limit` cases of each kind; the totals count all.

    Within one calendar due first is least left: each calendar gives its first ones, working time left orders those.
    """
    lines = Lines(conn, city, calendars, now)
    late, running = overdue(now), case.c.next_due_at >= now
    totals = conn.execute(
        select(count_of(late, "late"), count_of(at_risk(now), "at_risk"), func.count().label("open")).where(OPEN)
    ).one()
    return SlaWall(
        as_of=now,
        breached=_first(lines, late, limit),
        next=_first(lines, running, limit),
        breached_total=totals.late,
        at_risk_total=totals.at_risk,
        open_total=totals.open,
    )


def _first(lines: Lines, which: ColumnElement[bool], limit: int) -> tuple[CaseLine, ...]:
    found: list[CaseLine] = []
    for among in _by_calendar(lines.city):
        statement = select(*LINE_COLUMNS).where(OPEN, which, among).order_by(case.c.next_due_at, case.c.id).limit(limit)
        found += [lines.line(row) for row in lines.conn.execute(statement).mappings()]
    return tuple(sorted(found, key=_left)[:limit])


def _by_calendar(city: City) -> Iterator[ColumnElement[bool]]:
    """Conditions that part the cases by the calendar of their policy; the last takes policies unknown today."""
    versions: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for policy in (policy for every in city.policies.values() for policy in every):
        versions[policy.calendar].append((policy.code, policy.version))
    governed = tuple_(case.c.policy, case.c.policy_version)
    for pairs in versions.values():
        yield governed.in_(pairs)
    yield governed.not_in([pair for pairs in versions.values() for pair in pairs])


def _left(line: CaseLine) -> float:
    return math.inf if line.citizen is None else line.citizen.left_s
