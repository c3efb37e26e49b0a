"""What a case lies near: an event that is on or about to be, else a place that people know the way by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from data.domain.cases.model import Precision
from data.domain.city.near import NearRule
from data.domain.figures.boards import CaseRow, Near
from data.domain.guide.nouns import AgendaState
from data.store.db.schema.cases import case
from data.store.geo.nearness import Points, rounded
from data.store.guide.occurrences import between
from data.store.queries.guide.landmarks import Landmarks

_PLACED = select(case.c.id, case.c.lat, case.c.lon).where(
    case.c.private.is_(False), case.c.precision == Precision.EXACT, case.c.lat.is_not(None)
)
"""Of a private case, or one whose own position is not known, nothing is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What can be near at one moment."""

    landmarks: Landmarks
    events: Landmarks
    within_m: float

    def near(self, lat: Sequence[float], lon: Sequence[float]) -> list[Near | None]:
        """Of each point; an event comes before a place that is nearer."""
        events = self._nearest(self.events, lat, lon)
        places = self._nearest(self.landmarks, lat, lon)
        return [event or place for event, place in zip(events, places, strict=True)]

    def _nearest(self, known: Landmarks, lat: Sequence[float], lon: Sequence[float]) -> list[Near | None]:
        found = known.points.nearest(lat, lon, self.within_m)
        return [None if best is None else Near(known.names[best[0]], rounded(best[1])) for best in found]


def surroundings(conn: Connection, landmarks: Landmarks, rule: NearRule, now: datetime) -> Surroundings:
    """With the events that count now."""
    found = [
        (each.agenda_id, each.title, each.lat, each.lon)
        for each in between(conn, now - rule.after, now + rule.before)
        if each.lat is not None and each.lon is not None and each.state is not AgendaState.CANCELLED
    ]
    points = Points([lat for _, _, lat, _ in found], [lon for _, _, _, lon in found])
    events = Landmarks(tuple(each[0] for each in found), tuple(each[1] for each in found), points)
    return Surroundings(landmarks, events, rule.within_m)


def of_cases(conn: Connection, ids: Sequence[int], around: Surroundings) -> Mapping[int, Near]:
    """By id of the case, of those of which anything is told."""
    rows = conn.execute(_PLACED.where(case.c.id.in_(ids))).all() if ids else []
    found = around.near([row.lat for row in rows], [row.lon for row in rows])
    return {row.id: near for row, near in zip(rows, found, strict=True) if near is not None}


def with_near(rows: Sequence[CaseRow], known: Mapping[int, Near]) -> tuple[CaseRow, ...]:
    """The rows of a wall with their hints."""
    return tuple(replace(row, near=known[row.id]) if row.id in known and not row.private else row for row in rows)
