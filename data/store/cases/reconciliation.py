"""Stores what the national platform's exports list, and compares it with our cases.

The caller owns the transaction: an export is stored in the transaction that stores its cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from data.domain.cases.model import CaseState
from data.domain.cases.reconciliation import Export, ListedReport, NumberedCase, PlatformReport, Reconciliation
from data.domain.cases.reconciliation import reconcile as compare
from data.store.db.engine import insert_into
from data.store.db.schema.cases import case, rejected
from data.store.db.schema.intake import counterpart

_LONGEST = 64
_TOLD = ("status", "service_class", "received_at")


def list_export(conn: Connection, source: str, rows: Sequence[ListedReport], digest: str, now: datetime) -> int:
    """Store the reports that an export, or a part of one, lists; returns how many. A known number is updated.

    An unreadable row gives its number only; the other columns then keep their values.
    """
    listed = {row.number: row for row in rows if 0 < len(row.number) <= _LONGEST}
    if not listed:
        return 0
    statement = insert_into(conn, counterpart)
    new = statement.excluded
    told = {name: func.coalesce(new[name], counterpart.c[name]) for name in _TOLD}
    statement = statement.on_conflict_do_update(
        index_elements=["source", "number"], set_={**told, "listed_at": new.listed_at, "digest": new.digest}
    )
    taken = {"source": source, "listed_at": now, "digest": digest}
    conn.execute(statement, [{**taken, **row._asdict()} for row in listed.values()])
    return len(listed)


def reconcile(conn: Connection, source: str) -> Reconciliation:
    """Compare the platform's list, as this source delivered it, with all cases that carry a number, of any source.

    Reads every number (some thousand), so it is for requests by people and not for walls.
    """
    return compare(_there(conn, source), _here(conn), _exports(conn, source))


def sources_listed(conn: Connection) -> list[str]:
    """The sources that delivered such a list."""
    return list(conn.execute(select(counterpart.c.source).distinct().order_by(counterpart.c.source)).scalars())


def _exports(conn: Connection, source: str) -> list[Export]:
    at = counterpart.c.received_at
    spans = select(counterpart.c.digest, func.min(at), func.max(at), func.max(counterpart.c.listed_at))
    rows = conn.execute(spans.where(counterpart.c.source == source, at.is_not(None)).group_by(counterpart.c.digest))
    return [Export(*row) for row in rows]


def _there(conn: Connection, source: str) -> Iterator[PlatformReport]:
    kept = and_(rejected.c.source == counterpart.c.source, rejected.c.external_id == counterpart.c.number)
    columns = [counterpart.c[name] for name in (*ListedReport._fields, "listed_at", "digest")]
    asked = select(*columns, rejected.c.reason).select_from(counterpart.outerjoin(rejected, kept))
    for *row, listed_at, digest, reason in conn.execute(asked.where(counterpart.c.source == source)):
        yield PlatformReport(ListedReport(*row), listed_at, digest, reason)


def _here(conn: Connection) -> Iterator[NumberedCase]:
    head = case.alias("head")
    asked = select(
        case.c.code,
        case.c.source,
        case.c.sp4n_number,
        func.coalesce(head.c.state, case.c.state),
        case.c.service_class,
        case.c.received_at,
    ).select_from(case.outerjoin(head, head.c.id == case.c.head_id))
    for code, name, number, state, *rest in conn.execute(asked.where(case.c.sp4n_number.is_not(None))):
        yield NumberedCase(code, name, number, CaseState(state), *rest)
