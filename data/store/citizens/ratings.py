"""What reporters say of the answer: one vote in each cycle of their case, on a scale of its own (1 to 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from data.store.db.engine import insert_into
from data.store.db.schema.cases import case
from data.store.db.schema.citizens import rating, rating_element

YES, NO, UNKNOWN = "yes", "no", "unknown"
SOLVED = (YES, NO, UNKNOWN)
SCORES = (1, 2, 3, 4)
TEXT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Rating:
    """A vote."""

    case_id: int
    cycle: int
    at: datetime
    solved: str
    score: int | None
    text: str
    asks_reopening: bool


def add(conn: Connection, vote: Rating) -> bool:
    """Write a vote; False when this cycle has one already."""
    statement = insert_into(conn, rating).values({name: getattr(vote, name) for name in Rating.__slots__})
    return conn.execute(statement.on_conflict_do_nothing().returning(rating.c.case_id)).first() is not None


def add_elements(conn: Connection, vote: Rating, scores: Mapping[str, int], seq: int) -> None:
    """The points that came with a vote, by element; `seq`: the change that tells of the vote."""
    same = {"case_id": vote.case_id, "cycle": vote.cycle, "at": vote.at, "seq": seq}
    if scores:
        conn.execute(insert(rating_element), [same | {"element": name, "score": n} for name, n in scores.items()])


def of_cycle(conn: Connection, case_id: int, cycle: int) -> Rating | None:
    """The vote of a case's cycle."""
    mine = (rating.c.case_id == case_id) & (rating.c.cycle == cycle)
    row = conn.execute(select(rating).where(mine)).mappings().one_or_none()
    return None if row is None else Rating(**row)


def asking(conn: Connection, most: int) -> list[Rating]:
    """Votes that ask to reopen a case which nobody has reopened since, the oldest first."""
    open_ones = rating.c.asks_reopening & (case.c.cycle == rating.c.cycle) & case.c.open.is_(False)
    found = select(rating).join(case, case.c.id == rating.c.case_id).where(open_ones)
    return [Rating(**row) for row in conn.execute(found.order_by(rating.c.at).limit(most)).mappings()]
