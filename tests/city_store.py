"""Rows of the city's guide in a store, with sane defaults: `an_event(conn, hours=2, title="Bazar")`.

The alun-alun lies at ALUN_ALUN; `north(metres)` is so far north of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from data.domain.guide.nouns import ConditionKind, ConditionState, ForecastStep, PlaceKind, PlaceState
from data.store.db.schema.guide import agenda, occurrence
from data.store.guide import conditions, forecasts, places
from data.store.guide.told import ConditionTold, ForecastTold, PlaceTold, Position
from data.store.guide.writing import GuideWrite
from tests.factories import HOUR, NOW, SISIR

ALUN_ALUN = (-7.8711, 112.5269)
METRES_A_DEGREE = 111_195.08
CLOUDS: Mapping[str, str] = {"id": "Berawan", "en": "Mostly Cloudy"}


def north(metres: float) -> tuple[float, float]:
    """So many metres north of the alun-alun."""
    return ALUN_ALUN[0] + metres / METRES_A_DEGREE, ALUN_ALUN[1]


def a_place(
    conn: Connection,
    name: str = "Alun-alun",
    at: tuple[float, float] = ALUN_ALUN,
    kind: PlaceKind = PlaceKind.TOURISM,
    state: PlaceState = PlaceState.PUBLISHED,
    now: datetime = NOW,
) -> None:
    """A published place that visitors go to."""
    told = PlaceTold(name, now, kind, "taman", name, state, Position(*at, SISIR))
    places.take(GuideWrite(conn, "dinas", now), [told])


def an_event(conn: Connection, hours: float = 2, at: tuple[float, float] | None = ALUN_ALUN, **changes: Any) -> int:
    """Two hours of music in so many hours."""
    now = changes.pop("now", NOW)
    starts = now + hours * HOUR
    ends = starts + changes.pop("lasts", 2 * HOUR)
    title = changes.pop("title", "Musik")
    lat, lon = at or (None, None)
    plain: dict[str, Any] = {
        "code": f"AG-{title}-{hours}",
        "source": "dinas",
        "uid": f"{title}{hours}",
        "recurrence_id": "",
        "at": now,
        "recorded_at": now,
        "seq": 1,
        "event": "",
        "title": title,
        "starts_at": starts,
        "ends_at": ends,
        "all_day": False,
        "state": "confirmed",
        "place_name": "Alun-alun",
        "lat": lat,
        "lon": lon,
        "heard_at": now,
    }
    number = conn.execute(insert(agenda).values({**plain, **changes}).returning(agenda.c.id)).scalar_one()
    state = changes.get("state", "confirmed")
    row = {"agenda_id": number, "starts_at": starts, "ends_at": ends, "state": state}
    conn.execute(insert(occurrence).values(row))
    return int(number)


def a_condition(
    conn: Connection,
    kind: ConditionKind = ConditionKind.ROAD,
    state: ConditionState = ConditionState.CLOSED,
    at: tuple[float, float] = ALUN_ALUN,
    lasts: timedelta = 6 * HOUR,
    now: datetime = NOW,
) -> None:
    """A road that was observed closed half an hour ago."""
    seen = now - HOUR / 2
    told = ConditionTold(f"{kind}{at}", seen, kind, state, seen + lasts, "Dishub", None, f"{kind}{at}", Position(*at))
    conditions.take(GuideWrite(conn, "dishub", now), [told])


def a_forecast(
    conn: Connection, village: str = SISIR, *steps: tuple[float, Mapping[str, str], float], now: datetime = NOW
) -> None:
    """Steps of (hours from now, weather, degrees), computed six hours ago."""
    analysed = now - 6 * HOUR
    made = tuple(
        ForecastStep(village, now + hours * HOUR, analysed, weather, temperature_c=degrees, rain_mm=hours)
        for hours, weather, degrees in steps or ((0, CLOUDS, 22),)
    )
    forecasts.take(GuideWrite(conn, "bmkg", now), [ForecastTold(village, analysed, village, made)])
