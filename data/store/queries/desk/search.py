"""Search over all cases: code, words, place, agency, category, state and dates, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from data.domain.access.roles import Audience
from data.domain.cases.model import CaseState
from data.store.cases.conditions import overdue
from data.store.db.schema.cases import case
from data.store.queries.desk.lists import for_audience

OPEN_ONES, LATE_ONES = "open", "overdue"
"""What may be searched for besides a state."""
WORDS_MOST = 6


@dataclass(frozen=True, slots=True)
class CaseSearch:
    """What is searched for; an empty field asks nothing. Dates: received from `since`, before `until`."""

    words: str = ""
    """All of them, in code, number of SP4N, title, text or address."""
    agency: str = ""
    category: str = ""
    village: str = ""
    """A village's code, or a kecamatan's."""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None


def found_ids(conn: Connection, search: CaseSearch, audience: Audience, now: datetime, most: int) -> list[int]:
    """At most `most`, newest first. Private cases are found by their words only by whom they are for."""
    query = select(case.c.id).where(and_(for_audience(audience), *_conditions(search, audience)))
    query = query.order_by(case.c.received_at.desc(), case.c.id.desc()).limit(most)
    return list(conn.execute(query, {"now": now}).scalars())


def _conditions(search: CaseSearch, audience: Audience) -> Iterator[ColumnElement[bool]]:
    for word in search.words.split()[:WORDS_MOST]:
        yield _says(word, audience)
    if search.agency:
        yield case.c.agency == search.agency
    if search.category:
        yield case.c.category == search.category
    if search.village:
        yield or_(case.c.village == search.village, case.c.village.startswith(f"{search.village}.", autoescape=True))
    if search.state:
        yield _state(search.state)
    if search.since is not None:
        yield case.c.received_at >= search.since
    if search.until is not None:
        yield case.c.received_at < search.until


def _says(word: str, audience: Audience) -> ColumnElement[bool]:
    code = or_(case.c.code.icontains(word, autoescape=True), case.c.sp4n_number == word)
    told = or_(*(case.c[name].icontains(word, autoescape=True) for name in ("title", "text", "address")))
    return or_(code, told if audience.private else and_(case.c.private.is_(False), told))


def _state(state: str) -> ColumnElement[bool]:
    if state == OPEN_ONES:
        return case.c.open
    if state == LATE_ONES:
        return and_(case.c.open, overdue())
    return case.c.state == state


STATES = (OPEN_ONES, LATE_ONES, *CaseState)
