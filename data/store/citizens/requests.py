"""Requests of reporters about their personal data. They stand in no list, count or figure of cases, and on no wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, insert, select, update

from data.domain.cases.privacy_requests import RequestKind, due_at
from data.store.db.engine import insert_into
from data.store.db.schema.cases import case, reporter
from data.store.db.schema.citizens import privacy_request

TEXT_MOST = 2000
_OPEN = privacy_request.c.answered_at.is_(None)


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """A request, with the code of the case that it is about."""

    id: int
    case_id: int
    code: str
    kind: RequestKind
    text: str
    entered_by: str
    """'' by the reporter, on the page of the report."""
    received_at: datetime
    due_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    done: bool | None
    """False: it was refused."""
    answer: str | None

    def is_late(self, now: datetime) -> bool:
        """Whether it was answered too late, or is not answered and should be."""
        return (self.answered_at or now) > self.due_at


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What somebody asks for."""

    case_id: int
    kind: RequestKind
    text: str
    entered_by: str = ""


def ask(conn: Connection, new: NewRequest, now: datetime) -> int | None:
    """Write it; its number. None: the same is asked for already and not answered yet."""
    values = {name: getattr(new, name) for name in NewRequest.__slots__}
    statement = insert_into(conn, privacy_request).values(received_at=now, due_at=due_at(now), **values)
    written = conn.execute(statement.on_conflict_do_nothing().returning(privacy_request.c.id))
    number: int | None = written.scalar_one_or_none()
    return number


def by_id(conn: Connection, number: int) -> PrivacyRequest | None:
    """None: there is none of this number."""
    row = conn.execute(_requests().where(privacy_request.c.id == number)).mappings().one_or_none()
    return None if row is None else _read(row)


def of_case(conn: Connection, case_id: int) -> list[PrivacyRequest]:
    """The newest first."""
    found = _requests().where(privacy_request.c.case_id == case_id).order_by(privacy_request.c.id.desc())
    return [_read(row) for row in conn.execute(found).mappings()]


def listed(conn: Connection, most: int) -> list[PrivacyRequest]:
    """Those that wait, due first; then the answered ones, the newest first."""
    waiting = _requests().where(_OPEN).order_by(privacy_request.c.due_at, privacy_request.c.id)
    rows = list(conn.execute(waiting.limit(most)).mappings())
    answered = _requests().where(~_OPEN).order_by(privacy_request.c.answered_at.desc(), privacy_request.c.id.desc())
    rows += conn.execute(answered.limit(most - len(rows))).mappings()
    return [_read(row) for row in rows]


def answer(conn: Connection, number: int, by: str, text: str, now: datetime, *, done: bool) -> bool:
    """Close a request; False when somebody was first."""
    mine = (privacy_request.c.id == number) & _OPEN
    values = {"answered_at": now, "answered_by": by, "answer": text, "done": done}
    return conn.execute(update(privacy_request).where(mine).values(**values)).rowcount > 0


def correct_contact(conn: Connection, case_id: int, values: dict[str, str | None]) -> None:
    """`values`: name, phone and email as they should be."""
    changed = conn.execute(update(reporter).where(reporter.c.case_id == case_id).values(**values))
    if not changed.rowcount:
        conn.execute(insert(reporter).values(case_id=case_id, **values))


def contact_of(conn: Connection, case_id: int) -> dict[str, str]:
    """Name, phone and email as they are kept."""
    columns = (reporter.c.name, reporter.c.phone, reporter.c.email)
    row = conn.execute(select(*columns).where(reporter.c.case_id == case_id)).mappings().one_or_none()
    return {column.name: (row[column.name] if row else None) or "" for column in columns}


def _requests() -> Select[tuple[object, ...]]:
    return select(privacy_request, case.c.code).join(case, case.c.id == privacy_request.c.case_id)


def _read(row: RowMapping) -> PrivacyRequest:
    values = {name: row[name] for name in PrivacyRequest.__slots__}
    return PrivacyRequest(**values | {"kind": RequestKind(values["kind"])})
