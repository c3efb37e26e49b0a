"""Places, entries of the agenda and observations in a store: `a_place(conn, name="Selecta")` says only what matters."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.domain.guide.nouns import (
    Business,
    Condition,
    ConditionKind,
    ConditionState,
    ForecastStep,
    Occurrence,
    Place,
    PlaceKind,
    PlaceState,
)
from data.store.db.engine import Connection
from data.store.guide import agenda, conditions, forecasts, occurrences, places
from data.store.guide.agenda import Window
from data.store.guide.calendar import NewEvent, calendar_of, entry_of
from data.store.guide.told import ConditionTold, EntryTold, ForecastTold, PlaceTold, Position, Taken
from data.store.guide.writing import GuideWrite
from tests.factories import DAY, HOUR, NOW, SISIR

SOURCE = "uji"
ZONE = ZoneInfo("Asia/Jakarta")
WINDOW = Window(timedelta(days=60), ZONE)
ALUN_ALUN = Position(-7.8716, 112.5267, SISIR)
NUMBERS = itertools.count(1)


def writing_at(conn: Connection, now: datetime = NOW, source: str = SOURCE) -> GuideWrite:
    return GuideWrite(conn, source, now)


def place_told(**changes: Any) -> PlaceTold:
    plain = PlaceTold(
        external_id=f"p{next(NUMBERS)}",
        at=NOW,
        kind=PlaceKind.TOURISM,
        category="rekreasi",
        name="Alun-alun Kota Batu",
        state=PlaceState.PUBLISHED,
        position=ALUN_ALUN,
        address="Jl. Diponegoro, Sisir",
    )
    return replace(plain, **changes)


def a_place(conn: Connection, *, now: datetime = NOW, **changes: Any) -> Place:
    (taken,) = places.take(writing_at(conn, now), [place_told(**changes)])
    found = places.by_code(conn, taken.code or "")
    assert found is not None
    return found


def a_business(conn: Connection, *, consent: datetime | None = None, **changes: Any) -> Place:
    permits = Business(nib="1234567890123", phone_consent_at=consent)
    plain = {"kind": PlaceKind.BUSINESS, "category": "kuliner", "name": "Warung Uji", "phone": "081234567890"}
    return a_place(conn, **{**plain, "business": permits, **changes})


def entry_told(uid: str = "u1", *, now: datetime = NOW, demo: bool = False, **changes: Any) -> EntryTold:
    plain: dict[str, Any] = {"title": "Pasar Minggu", "starts": NOW + DAY, "ends": NOW + DAY + 2 * HOUR}
    entry = entry_of(calendar_of(NewEvent(uid=uid, **{**plain, **changes})), ZONE)
    same = ("uid", "recurrence_id", "sequence", "title", "starts_at", "ends_at", "all_day", "recurs", "state")
    more = ("text", "place", "expected", "url", "told_at")
    values = {name: getattr(entry, name) for name in (*same, *more)}
    return EntryTold(at=now, event=entry.calendar, position=Position(), demo=demo, **values)


def told_agenda(conn: Connection, *tolds: EntryTold, now: datetime = NOW) -> list[Taken]:
    return agenda.take(writing_at(conn, now), tolds, WINDOW)


def upcoming(conn: Connection, now: datetime = NOW, days: int = 60) -> list[Occurrence]:
    return occurrences.between(conn, now, now + days * DAY)


def observed(**changes: Any) -> ConditionTold:
    plain = ConditionTold(
        external_id="parkir-1",
        at=NOW,
        kind=ConditionKind.PARKING,
        state=ConditionState.OPEN,
        expires_at=changes.get("at", NOW) + timedelta(minutes=15),
        observed_by="Petugas parkir",
        name="Parkir Uji",
        free=10,
        capacity=40,
    )
    return replace(plain, **changes)


def observe(conn: Connection, *tolds: ConditionTold, now: datetime = NOW) -> list[Taken]:
    return conditions.take(writing_at(conn, now), tolds)


def seen(conn: Connection, now: datetime = NOW) -> list[Condition]:
    return conditions.current(conn, now)


def forecast_told(village: str = SISIR, *, at: datetime = NOW, hours: Sequence[int] = (0, 3, 6)) -> ForecastTold:
    steps = tuple(
        ForecastStep(village, at + hour * HOUR, at, {"id": "Cerah", "en": "Sunny"}, temperature_c=20 + hour)
        for hour in hours
    )
    return ForecastTold(village, at, village, steps)


def forecast_of(conn: Connection, now: datetime = NOW, village: str = SISIR) -> list[ForecastStep]:
    return forecasts.forecast(conn, village, now)
