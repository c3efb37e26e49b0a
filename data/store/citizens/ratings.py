"""What reporters say of the answer: one vote in each cycle of their case, on a scale of its own (1 to 4).

Who reported what was folded into another case votes on that one's answer, in each of its cycles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, insert, select

from data.domain.cases.model import ActorKind, EventKind
from data.store.db.engine import insert_into
from data.store.db.schema.cases import case, case_event
from data.store.db.schema.citizens import rating, rating_element

YES, NO, UNKNOWN = "yes", "no", "unknown"
SOLVED = (YES, NO, UNKNOWN)
SCORES = (1, 2, 3, 4)
TEXT_MOST = 1000
_HEAD = case.alias("head_of_voter")
_AFTER_FIRST = select(_HEAD.c.cycle - 1).where(_HEAD.c.id == case.c.head_id).correlate(case).scalar_subquery()
_HEAD_OPEN = exists().where(_HEAD.c.id == case.c.head_id, _HEAD.c.open).correlate(case)
_DECLINED = (
    exists()
    .where(
        case_event.c.case_id == func.coalesce(case.c.head_id, case.c.id),
        case_event.c.kind.in_((EventKind.ANSWERED, EventKind.CLOSED)),
        case_event.c.actor_kind == ActorKind.OPERATOR,
        case_event.c.at >= rating.c.at,
    )
    .correlate(case, rating)
)
ASKS = and_(
    rating.c.case_id == case.c.id,
    rating.c.asks_reopening,
    rating.c.cycle == case.c.cycle + func.coalesce(_AFTER_FIRST, 0),
    case.c.open.is_(False),
    ~_HEAD_OPEN,
    ~_DECLINED,
)
"""A vote that asks to reopen its case, or the one that speaks for it: until somebody reopens that one, or the control
room answers or closes it."""


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


def asks(conn: Connection, case_id: int) -> bool:
    """Whether the case's reporter asks to reopen it, and nobody has decided that yet."""
    return (
        conn.execute(select(rating.c.case_id).select_from(rating).join(case, ASKS).where(case.c.id == case_id)).first()
        is not None
    )
