"""What the store knew at a change's number: which cases, what stood in their rows, and which of their events.

A figure 'as known at' filters by the number, never by a time: clocks step back, numbers do not. Numbers within one
transaction were never seen from outside; ask for its last one.

Whoever shows a past: a case that is private now stays private in all of it (`private_now`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, select
from sqlalchemy import case as choose

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.store.db import change_feed
from data.store.db.schema.cases import VERSIONED, case, case_event, case_version, change

_START = select(func.max(change.c.seq)).where(change.c.kind == literal_column("'history_kept'"))
_EVENT = tuple(CaseEvent.__slots__)


class HistoryNotKept(ValueError):
    """The number is older than what the store can tell, or was not given out yet."""


class RecordedEvent(NamedTuple):
    """An event with its two times."""

    event: CaseEvent
    """`event.at`: when it took effect."""
    recorded_at: datetime | None
    """When it was recorded here; None: at or before the change `start`."""
    seq: int
    """The number of its change; 0: likewise."""


@dataclass(frozen=True, slots=True)
class CaseAsKnown:
    """A case as it was known at a number."""

    id: int
    code: str
    values: dict[str, Any]
    """The columns VERSIONED."""
    private_now: bool
    events: tuple[RecordedEvent, ...]
    """In the order of recording; `data.store.cases.cases.in_order` sorts their events by time."""


def start(conn: Connection) -> int:
    """The first number that can be asked for: 0, or the migration's of a store that is older than this knowledge."""
    found: int | None = conn.execute(_START).scalar_one()
    return found or 0


def number_at(conn: Connection, moment: datetime) -> int:
    """The number of the last change that was recorded at or before the moment; 0: none was. Raises HistoryNotKept."""
    found = change_feed.number_at(conn, moment)
    if not found and not change_feed.is_complete(conn):
        raise HistoryNotKept(f"the store no longer knows which change was the last one at {moment}")
    return _kept(conn, found)


def cases_as_known(conn: Connection, seq: int) -> Select[Any]:
    """The cases known at the number: id, code, source, external_id, demo, private_now and the columns VERSIONED.

    How many were merged into a case is the number of rows with its `head_id`. Raises HistoryNotKept.
    """
    _kept(conn, seq)
    first, later = case_event.alias("first"), case_version.alias("later")
    until = select(func.min(later.c.until_seq)).where(later.c.case_id == case.c.id, later.c.until_seq > seq)
    replaced = and_(case_version.c.case_id == case.c.id, case_version.c.until_seq == until.scalar_subquery())
    received = and_(first.c.case_id == case.c.id, first.c.n == 1, first.c.seq <= seq)
    fixed = [case.c[name] for name in ("id", "code", "source", "external_id", "demo")]
    values = [_value(name) for name in VERSIONED]
    known = select(*fixed, case.c.private.label("private_now"), *values)
    return known.select_from(case.join(first, received).outerjoin(case_version, replaced))


def _value(name: str) -> ColumnElement[Any]:
    now, then = case.c[name], case_version.c[name]
    return choose((case_version.c.case_id.is_not(None), then), else_=now).label(name)


def events_as_known(conn: Connection, seq: int) -> Select[Any]:
    """The events known at the number, all columns. Raises HistoryNotKept."""
    return select(case_event).where(case_event.c.seq <= _kept(conn, seq))


def case_as_known(conn: Connection, case_id: int, seq: int) -> CaseAsKnown | None:
    """One case; None when it was not known yet. Raises HistoryNotKept."""
    row = conn.execute(cases_as_known(conn, seq).where(case.c.id == case_id)).mappings().one_or_none()
    if row is None:
        return None
    theirs = events_as_known(conn, seq).where(case_event.c.case_id == case_id).order_by(case_event.c.n)
    events = tuple(_event(found) for found in conn.execute(theirs).mappings())
    return CaseAsKnown(row["id"], row["code"], {name: row[name] for name in VERSIONED}, row["private_now"], events)


def _event(row: Any) -> RecordedEvent:
    kinds = {"kind": EventKind(row["kind"]), "actor_kind": ActorKind(row["actor_kind"])}
    event = CaseEvent(**{name: row[name] for name in _EVENT} | kinds)
    return RecordedEvent(event, row["recorded_at"], row["seq"])


def _kept(conn: Connection, seq: int) -> int:
    first, last = start(conn), change_feed.latest(conn)
    if not first <= seq <= last:
        raise HistoryNotKept(f"what was known is kept from change {first} to change {last}, not at {seq}")
    return seq
