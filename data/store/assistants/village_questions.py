"""Farmers' questions for the field assistants of their villages. A confidential question is for none of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal_column, select

from data.domain.cases.model import HANDED_BACK, CaseState, EventKind
from data.domain.city.model import CaseKind
from data.store.cases.cases import StoredCase
from data.store.db.schema.cases import case, case_event


@dataclass(frozen=True, slots=True)
class VillageQuestion:
    """A line of the list."""

    code: str
    title: str
    state: str
    agency: str
    village: str | None
    received_at: datetime
    due_at: datetime | None
    """Until when the next thing is owed to the farmer."""
    answered: bool
    handed_back: bool
    """To the agency's queue, by an assistant, since the agency has it."""


def is_for(found: StoredCase, villages: Collection[str]) -> bool:
    """Whether a case is a question of one of these villages."""
    facts = found.facts
    return facts.kind == CaseKind.QUESTION and not facts.private and facts.village in villages


def open_in(conn: Connection, villages: Collection[str], most: int) -> list[VillageQuestion]:
    """By the time that is left. Those that wait for the farmer, or were handed back, come last."""
    due = func.coalesce(case.c.next_due_at, case.c.hold_due_at)
    order = (case.c.state == CaseState.WAITING, due.is_(None), due, case.c.id)
    return sorted(_lines(conn, (_of(villages), case.c.open), order, most), key=lambda it: it.handed_back)


def ended_in(conn: Connection, villages: Collection[str], most: int) -> list[VillageQuestion]:
    """Those that were answered last."""
    done = (_of(villages), case.c.state.in_([CaseState.RESOLVED, CaseState.CLOSED]))
    return _lines(conn, done, (case.c.updated_at.desc(), case.c.id.desc()), most)


def count_open(conn: Connection, villages: Collection[str]) -> int:
    """How many wait."""
    return conn.execute(select(func.count()).select_from(case).where(_of(villages), case.c.open)).scalar_one()


_QUESTION = case.c.kind == literal_column(f"'{CaseKind.QUESTION}'")
"""Not bound: SQLite uses a partial index only where its condition stands in the question."""


def _of(villages: Collection[str]) -> ColumnElement[bool]:
    here = case.c.village.in_(sorted(villages))
    return and_(_QUESTION, case.c.private.is_(False), here)


def _lines(
    conn: Connection, which: Collection[ColumnElement[bool]], order: Collection[ColumnElement[Any]], most: int
) -> list[VillageQuestion]:
    back = exists().where(
        case_event.c.case_id == case.c.id,
        case_event.c.kind == EventKind.NOTE,
        case_event.c.reason == HANDED_BACK,
        case_event.c.at >= func.coalesce(case.c.held_at, case.c.received_at),
    )
    plain = (case.c[name] for name in ("code", "title", "state", "agency", "village", "received_at"))
    due = func.coalesce(case.c.next_due_at, case.c.hold_due_at).label("due_at")
    answered = case.c.answered_at.is_not(None).label("answered")
    asked = select(*plain, due, answered, back.label("handed_back")).where(*which).order_by(*order).limit(most)
    return [VillageQuestion(**row) for row in conn.execute(asked).mappings()]
