"""escalations: the cases that have gone up the ladder to the receivers for whom the board is (`escalation.board`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from data.domain.city.model import City
from data.domain.figures.boards import Escalations
from data.domain.sla.calendars import Calendars
from data.store.cases.conditions import MOST
from data.store.db.schema.cases import case
from data.store.db.schema.escalation import escalation
from data.store.escalation.steps import RAISED
from data.store.queries.case_rows import CASE_ROW_COLUMNS, CaseRows

_FOR_BOARD = escalation.c.receiver.in_(bindparam("receivers", expanding=True))
_FIRST = (
    select(*CASE_ROW_COLUMNS)
    .join(escalation, RAISED)
    .where(_FOR_BOARD)
    .order_by(escalation.c.due_at, case.c.id)
    .limit(MOST)
)
_TOTAL = select(func.count()).select_from(escalation).join(case, RAISED).where(_FOR_BOARD)


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> Escalations:
    """The first `limit`, acknowledged or not; the total counts all."""
    given = {"receivers": sorted(city.escalation.board)}
    case_rows = CaseRows(conn, city, calendars, now)
    found = conn.execute(_FIRST, given | {"most": limit}).mappings().all()
    rows = tuple(case_rows.row(row) for row in found)
    return Escalations(now, rows, conn.execute(_TOTAL, given).scalar_one())
