"""The lists of people at work: new cases for the desk, an agency's own for its responders, urgent ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, RowMapping, and_, func, select, true, type_coerce
from sqlalchemy import case as choose

from data.domain.access.roles import Audience
from data.domain.cases.model import CaseState
from data.domain.city.model import City, Priority
from data.domain.desk.lists import ChangedCase, DeskList, DeskRow
from data.domain.sla.calendars import Calendars
from data.store.cases.conditions import OPEN, overdue
from data.store.citizens.ratings import ASKS
from data.store.db.schema.cases import case, change
from data.store.db.schema.citizens import rating
from data.store.db.schema.escalation import escalation
from data.store.escalation.steps import SHOWN
from data.store.queries.case_rows import CASE_ROW_COLUMNS, CaseRows
from data.store.queries.proposed_groups import ShownGroups, of_group, proposed_groups, shown

CHANGES = 60
"""So many of the newest changes are looked through for cases that changed."""
RANK = choose({priority.value: place for place, priority in enumerate(Priority)}, value=case.c.priority, else_=9)
MANY = 500
"""Cases that are soon found among the newest, and too many to be sorted at each question."""
DESK_COLUMNS = (*CASE_ROW_COLUMNS, case.c.version)
_NEW = case.c.state == CaseState.RECEIVED
UNSEEN = and_(SHOWN, escalation.c.acknowledged_at.is_(None))
"""What was raised of a case and nobody has acknowledged."""


def for_audience(audience: Audience) -> ColumnElement[bool]:
    """The cases that somebody sees."""
    return true() if audience.agencies is None else case.c.agency.in_(sorted(audience.agencies))


def are_open(held: ColumnElement[bool]) -> ColumnElement[bool]:
    """`held`, and open. The open ones are a question of their own: else SQLite takes the index of agencies and reads
    all that the agency ever held."""
    return case.c.id.in_(select(case.c.id).where(OPEN, held))


def among_newest(conn: Connection, held: ColumnElement[bool]) -> ColumnElement[bool]:
    """`held` for a question that wants only the newest.

    By the index of agencies SQLite would read and sort all that match. Where many do, `+ 0` keeps it from that index,
    and it goes through the newest; where few do, they are known by then.
    """
    if conn.dialect.name != "sqlite":
        return held
    some = conn.execute(select(case.c.id).where(held).limit(MANY)).scalars().all()
    return type_coerce(held, Integer) + 0 > 0 if len(some) == MANY else case.c.id.in_(some)


def desk_rows(rows: list[RowMapping], builder: CaseRows, audience: Audience) -> tuple[DeskRow, ...]:
    """Lines of rows with DESK_COLUMNS."""
    return tuple(_row(row, builder, audience) for row in rows)


def _row(row: RowMapping, builder: CaseRows, audience: Audience) -> DeskRow:
    masked = row["private"] and not audience.private
    title = "" if masked else row["title"]
    return DeskRow(
        builder.row(row), title, Priority(row["priority"]), row["version"], row.get("asks", False), row.get("escalated")
    )


def desk_inbox(
    conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int, *, audience: Audience
) -> DeskList:
    """Cases that nobody has dispatched yet, the most urgent first, then those due first; before them, not half of what
    is shown, those that have ended and whose reporters ask to reopen them. Of a group that may be one event one stands
    for all; the total counts each."""
    first, rest, groups = _inbox_rows(conn, DESK_COLUMNS, limit, audience)
    found = _listed(conn, [*first, *rest], CaseRows(conn, city, calendars, now), audience, _NEW)
    told = tuple(_with_group(row, groups.reports.get(row.case.id, 0)) for row in found.rows)
    return replace(found, rows=told, total=found.total + len(first), behind=len(groups.behind))


def inbox_codes(conn: Connection, limit: int, *, audience: Audience) -> list[str]:
    """The codes of `desk_inbox` in its order."""
    first, rest, _ = _inbox_rows(conn, (case.c.code,), limit, audience)
    return [row["code"] for row in (*first, *rest)]


def _inbox_rows(
    conn: Connection, columns: Sequence[ColumnElement[Any]], limit: int, audience: Audience
) -> tuple[Sequence[RowMapping], Sequence[RowMapping], ShownGroups]:
    """Those whose reporters ask to reopen them, then the new ones, and the groups that may be one event."""
    asking = select(*columns, true().label("asks")).select_from(case).join(rating, ASKS).where(for_audience(audience))
    first = conn.execute(asking.order_by(rating.c.at, case.c.id).limit(limit // 2)).mappings().all()
    groups = shown(proposed_groups(conn), lambda member: "new" if member.state == CaseState.RECEIVED else None)
    query = select(*columns).where(OPEN, _NEW, for_audience(audience), case.c.id.not_in(sorted(groups.behind)))
    rest = query.order_by(RANK, case.c.next_due_at, case.c.id).limit(limit - len(first))
    return first, conn.execute(rest).mappings().all(), groups


def _with_group(row: DeskRow, reports: int) -> DeskRow:
    return replace(row, case=of_group(row.case, reports)) if reports else row


def respond_queue(
    conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int, *, audience: Audience
) -> DeskList:
    """Cases that the reader's agencies hold, those due first; what waits comes last."""
    held = and_(case.c.held_at.is_not(None))
    query = select(*DESK_COLUMNS, escalation.c.receiver.label("escalated")).outerjoin(escalation, UNSEEN)
    query = query.where(are_open(and_(held, for_audience(audience))))
    waits = choose((case.c.state == CaseState.WAITING, 1), else_=0)
    due = func.coalesce(case.c.next_due_at, case.c.hold_due_at)
    rows = conn.execute(query.order_by(waits, due, case.c.id).limit(limit)).mappings().all()
    return _listed(conn, list(rows), CaseRows(conn, city, calendars, now), audience, held, of=held)


def _listed(
    conn: Connection,
    rows: list[RowMapping],
    builder: CaseRows,
    audience: Audience,
    mine: ColumnElement[bool],
    *,
    of: ColumnElement[bool] | None = None,
) -> DeskList:
    """`mine`: what the list is of; `of`: what is late or waits among which; None: among all that the reader sees."""
    counted = select(
        func.count().filter(mine), func.count().filter(overdue()), func.count().filter(case.c.state == "waiting")
    ).where(OPEN, for_audience(audience), true() if of is None else of)
    total, late, waiting = conn.execute(counted, {"now": builder.now}).one()
    shown = desk_rows(rows, builder, audience)
    raised = select(func.count()).select_from(escalation).join(case, UNSEEN).where(for_audience(audience))
    escalated = conn.execute(raised).scalar_one()
    return DeskList(builder.now, shown, total, late, waiting, _changed(conn, audience), escalated=escalated)


def _changed(conn: Connection, audience: Audience) -> tuple[ChangedCase, ...]:
    newest = select(change.c.case_id).where(change.c.case_id.is_not(None)).order_by(change.c.seq.desc()).limit(CHANGES)
    ids = conn.execute(newest).scalars().all()  # asked for with the agency, SQLite reads the agency's history
    holder = choose((case.c.held_at.is_not(None), case.c.agency))
    found = select(case.c.code, case.c.version, holder).where(case.c.id.in_(ids)).order_by(case.c.code)
    seen = audience.agencies
    return tuple(ChangedCase(*one) for *one, agency in conn.execute(found) if seen is None or agency in seen)
