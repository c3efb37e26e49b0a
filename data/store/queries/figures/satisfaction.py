"""How many gave each number of points to each of the nine elements, in a span of time and as known at a number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from data.domain.cases.satisfaction import POINTS
from data.store.db.schema.citizens import rating_element

Points = tuple[int, ...]
"""How many gave 1, 2, 3, 4."""


def points(
    conn: Connection, first: datetime, end: datetime, seq: int, case_ids: Container[int] | None = None
) -> Mapping[str, Points]:
    """From `first` to before `end`, recorded up to the change `seq`; of these cases, None: of all. An element that
    nobody answered is missing."""
    given = select(rating_element.c.case_id, rating_element.c.element, rating_element.c.score).where(
        rating_element.c.at >= first, rating_element.c.at < end, rating_element.c.seq <= seq
    )
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for case_id, element, score in conn.execute(given):
        if case_ids is None or case_id in case_ids:
            found[element][score] += 1
    return {element: tuple(scores[point] for point in POINTS) for element, scores in found.items()}
