"""The rows of a list of cases, by their ids; who does not handle a private case sees neither title nor place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, RowMapping, select

from data.domain.cases.model import CaseState
from data.store.db.schema.cases import case

PIECE = 500
_COLUMNS = (
    *("id", "code", "title", "category", "agency", "village", "district", "state", "private", "source"),
    *("service_class", "received_at", "answered_at", "resolved_at", "ended_at", "resolve_due_at", "held_at"),
)
_ROWS = select(*(case.c[name] for name in _COLUMNS))


class HandlesPrivate(Protocol):
    """Whether the private cases that an agency holds, or that are only routed to it, are for the reader."""

    def __call__(self, agency: str, *, held: bool) -> bool: ...


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A line of a list."""

    id: int
    code: str
    title: str
    """'' of a case that is masked; so is its category."""
    category: str
    agency: str
    village: str | None
    """The code of the village, else of the kecamatan; None of a case that is masked, too."""
    state: CaseState
    masked: bool
    """It is private, and not for the reader."""
    source: str
    service_class: str
    received_at: datetime
    answered_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None


def listed(conn: Connection, ids: Sequence[int], handles_private: HandlesPrivate) -> Iterator[ListedCase]:
    """The cases in this order; those that are not there any more are left out."""
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        found = {row["id"]: row for row in conn.execute(_ROWS.where(case.c.id.in_(piece))).mappings()}
        yield from (_read(found[each], handles_private) for each in piece if each in found)


def _read(row: RowMapping, handles_private: HandlesPrivate) -> ListedCase:
    masked = row["private"] and not handles_private(row["agency"], held=row["held_at"] is not None)
    return ListedCase(
        id=row["id"],
        code=row["code"],
        title="" if masked else row["title"],
        category="" if masked else row["category"],
        agency=row["agency"],
        village=None if masked else row["village"] or row["district"],
        state=CaseState(row["state"]),
        masked=masked,
        source=row["source"],
        service_class=row["service_class"],
        received_at=row["received_at"],
        answered_at=row["answered_at"],
        finished_at=row["resolved_at"] or row["ended_at"],
        due_at=row["resolve_due_at"],
    )


def codes_of(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The codes of some cases by their ids."""
    return {row.id: row.code for row in conn.execute(select(case.c.id, case.c.code).where(case.c.id.in_(ids)))}


def holds_demo_cases(conn: Connection) -> bool:
    """True when any case is marked as invented."""
    return conn.execute(select(case.c.id).where(case.c.demo).limit(1)).first() is not None


def holds_real_cases(conn: Connection) -> bool:
    """True when any case is not marked as invented."""
    return conn.execute(select(case.c.id).where(case.c.demo.is_(False)).limit(1)).first() is not None


def open_of_source(conn: Connection, source: str) -> list[tuple[CaseState, str]]:
    """State and agency of a source's open cases."""
    found = select(case.c.state, case.c.agency).where(case.c.open, case.c.source == source)
    return [(CaseState(row.state), row.agency) for row in conn.execute(found)]
