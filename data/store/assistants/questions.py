"""A farmer's own questions, which are cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from data.store.db.schema.cases import case, reporter
from data.store.db.schema.citizens import tracking


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One of them."""

    code: str
    title: str
    state: str
    received_at: datetime
    tracking: str | None


def of_account(conn: Connection, source: str, account: str, most: int) -> list[AskedQuestion]:
    """The newest first."""
    asked = (
        select(case.c.code, case.c.title, case.c.state, case.c.received_at, tracking.c.code.label("tracking"))
        .join(reporter, reporter.c.case_id == case.c.id)
        .outerjoin(tracking, tracking.c.case_id == case.c.id)
        .where(case.c.source == source, reporter.c.account_id == account)
        .order_by(case.c.id.desc())
        .limit(most)
    )
    return [AskedQuestion(**row) for row in conn.execute(asked).mappings()]
