"""The city's quiet signs on the map: known places, where something takes place today, closed roads, outages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from data.domain.figures.boards import Layer, MapMark
from data.domain.guide.nouns import AgendaState
from data.store.guide.occurrences import between
from data.store.queries.guide.disruptions import disruptions
from data.store.queries.guide.landmarks import Landmarks

MOST = 300
"""Of one layer: more than a map can show."""


def marks(conn: Connection, landmarks: Landmarks, now: datetime, midnight: datetime) -> tuple[MapMark, ...]:
    """Of all layers; `midnight`: the end of the local day."""
    return (*_places(landmarks), *_events(conn, now, midnight), *_conditions(conn, now))


def _places(landmarks: Landmarks) -> Iterator[MapMark]:
    lat, lon = landmarks.points.lat.tolist(), landmarks.points.lon.tolist()
    for number, y, x in list(zip(landmarks.ids, lat, lon, strict=True))[:MOST]:
        yield MapMark(f"place-{number}", Layer.PLACES, "place", y, x)


def _events(conn: Connection, now: datetime, midnight: datetime) -> Iterator[MapMark]:
    """A place with many events has one sign."""
    told: set[tuple[float, float]] = set()
    for each in between(conn, now, midnight):
        if each.lat is None or each.lon is None or each.state is AgendaState.CANCELLED:
            continue
        spot = round(each.lat, 5), round(each.lon, 5)
        if spot not in told and len(told) < MOST:
            told.add(spot)
            yield MapMark(f"event-{spot[0]}-{spot[1]}", Layer.AGENDA, "event", *spot)


def _conditions(conn: Connection, now: datetime) -> Iterator[MapMark]:
    wrong = disruptions(conn, now)
    for kind, spots in (("closure", wrong.closures), ("outage", wrong.outages)):
        for lat, lon in dict.fromkeys(spots[:MOST]):
            yield MapMark(f"{kind}-{lat:.5f}-{lon:.5f}", Layer.CONDITIONS, kind, lat, lon)
