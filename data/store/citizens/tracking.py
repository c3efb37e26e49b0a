"""Tracking codes: by which a citizen sees what became of the report.

They are kept as they are, because messages lead to the status page. Who can read them here can read the cases, too.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from data.store.db.schema.cases import case
from data.store.db.schema.citizens import tracking


def add(conn: Connection, case_id: int, code: str) -> None:
    """Give a case its code."""
    conn.execute(insert(tracking).values(case_id=case_id, code=code))


def code_of(conn: Connection, case_id: int) -> str | None:
    """The code of a case; None when it has none."""
    return conn.execute(select(tracking.c.code).where(tracking.c.case_id == case_id)).scalar_one_or_none()


def code_of_report(conn: Connection, source: str, external_id: str) -> str | None:
    """The code of the case that a source calls so."""
    found = select(tracking.c.code).join(case, case.c.id == tracking.c.case_id)
    mine = (case.c.source == source) & (case.c.external_id == external_id)
    return conn.execute(found.where(mine)).scalar_one_or_none()


def case_id_of(conn: Connection, code: str) -> int | None:
    """The case of a code."""
    return conn.execute(select(tracking.c.case_id).where(tracking.c.code == code)).scalar_one_or_none()
