"""Cases as the public may ask for them (Open311): never a private one, never who reported it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, select

from data.domain.cases import CaseState
from data.store.schema import case


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. Given codes override everything else; ranges are closed, moments aware."""

    codes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    received_from: datetime | None = None
    received_to: datetime | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    open: bool | None = None
    offset: int = 0
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class PublicCase:
    """One case, as far as it is public."""

    code: str
    category: str
    open: bool
    state: CaseState
    agency: str
    title: str
    text: str
    received_at: datetime
    changed_at: datetime
    """Of one that is no longer open, when it ended or was resolved; else its last event."""
    due_at: datetime | None
    """When it is to be resolved; None while a pause without a cap stops the clock."""
    address: str | None
    lat: float | None
    lon: float | None
    media_url: str | None
    demo: bool


_COLUMNS = [
    case.c[name]
    for name in [
        "code",
        "category",
        "open",
        "state",
        "agency",
        "title",
        "text",
        "received_at",
        "updated_at",
        "resolved_at",
        "ended_at",
        "resolve_due_at",
        "address",
        "lat",
        "lon",
        "media_url",
        "demo",
    ]
]


def public_cases(conn: Connection, wanted: Wanted) -> list[PublicCase]:
    """The cases asked for, newest first; by last change, oldest first, when a range of changes is asked for."""
    return [_read(row) for row in conn.execute(_statement(wanted)).mappings()]


def _statement(wanted: Wanted) -> Select[tuple[object, ...]]:
    statement = select(*_COLUMNS).where(case.c.private.is_(False))
    if wanted.codes:
        return statement.where(case.c.code.in_(wanted.codes)).order_by(case.c.received_at.desc(), case.c.id.desc())
    for condition in _conditions(wanted):
        statement = statement.where(condition)
    if wanted.updated_from or wanted.updated_to:
        statement = statement.order_by(case.c.updated_at, case.c.id)
    else:
        statement = statement.order_by(case.c.received_at.desc(), case.c.id.desc())
    return statement.offset(wanted.offset).limit(wanted.limit)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.categories:
        found.append(case.c.category.in_(wanted.categories))
    if wanted.received_from:
        found.append(case.c.received_at >= wanted.received_from)
    if wanted.received_to:
        found.append(case.c.received_at <= wanted.received_to)
    if wanted.updated_from:
        found.append(case.c.updated_at >= wanted.updated_from)
    if wanted.updated_to:
        found.append(case.c.updated_at <= wanted.updated_to)
    if wanted.open is not None:
        found.append(case.c.open.is_(wanted.open))
    return found


def _read(row: RowMapping) -> PublicCase:
    over = None if row["open"] else row["ended_at"] or row["resolved_at"]
    return PublicCase(
        code=row["code"],
        category=row["category"],
        open=row["open"],
        state=CaseState(row["state"]),
        agency=row["agency"],
        title=row["title"],
        text=row["text"],
        received_at=row["received_at"],
        changed_at=over or row["updated_at"],
        due_at=row["resolve_due_at"],
        address=row["address"],
        lat=row["lat"],
        lon=row["lon"],
        media_url=row["media_url"],
        demo=row["demo"],
    )
