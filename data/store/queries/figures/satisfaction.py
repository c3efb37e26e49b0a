"""How many gave each number of points to each of the nine elements, in a span of time and as known at a number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from data.domain.cases.satisfaction import POINTS
from data.store.db.schema.cases import case
from data.store.db.schema.citizens import rating_element

Points = tuple[int, ...]
"""How many gave 1, 2, 3, 4."""


def points(conn: Connection, first: datetime, end: datetime, seq: int, agency: str = "") -> Mapping[str, Points]:
    """From `first` to before `end`, recorded up to the change `seq`; of an agency, of the cases that it holds or held
    last. An element that nobody answered is missing."""
    given = select(rating_element.c.element, rating_element.c.score, func.count()).where(
        rating_element.c.at >= first, rating_element.c.at < end, rating_element.c.seq <= seq
    )
    if agency:
        given = given.join(case, case.c.id == rating_element.c.case_id).where(case.c.agency == agency)
    found: dict[str, dict[int, int]] = {}
    for element, score, n in conn.execute(given.group_by(rating_element.c.element, rating_element.c.score)):
        found.setdefault(element, {})[score] = n
    return {element: tuple(scores.get(point, 0) for point in POINTS) for element, scores in found.items()}
