"""The cases that were folded into a head, each with the event that says so; and what an undone fold gives back."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from data.domain.cases.model import CaseEvent, EventKind
from data.store.cases.cases import event_of, join, separate
from data.store.db.schema.cases import case, case_event


class Fold(NamedTuple):
    """A case under a head. `event` names the case into which it was folded: its head, or one that followed it there."""

    case_id: int
    code: str
    version: int
    event: CaseEvent


def folds_under(conn: Connection, head_id: int) -> list[Fold]:
    """Those that are under the head now, in the order of their ids."""
    merges = (
        select(case.c.id.label("of_id"), case.c.code.label("of"), case.c.version.label("of_version"), case_event)
        .join(case_event, case_event.c.case_id == case.c.id)
        .where(case.c.head_id == head_id, case_event.c.kind == EventKind.MERGED)
        .order_by(case.c.id, case_event.c.n)
    )
    rows = conn.execute(merges).mappings()
    last = {row["of_id"]: Fold(row["of_id"], row["of"], row["of_version"], event_of(row)) for row in rows}
    return list(last.values())


def take_back_followers(conn: Connection, back: tuple[int, str], head_id: int, seq: int, now: datetime) -> None:
    """`back`, a case (id, code) that has just left the head again, gets the cases that had followed it there."""
    case_id, code = back
    under = folds_under(conn, head_id)
    names = {code}
    followers: dict[int, Fold] = {}
    while found := [one for one in under if one.event.head in names and one.case_id not in followers]:
        followers |= {one.case_id: one for one in found}
        names |= {one.code for one in found}
    for one in followers:
        separate(conn, one, head_id, seq, now)
        join(conn, one, case_id, seq, now)
