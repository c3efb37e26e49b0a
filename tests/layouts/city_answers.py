"""Answers of city_board to draw, with sane defaults: `an_occurrence(title="Bazar")` says what the test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from data.domain.city.tiles import TileRule
from data.domain.figures.period import Period
from data.domain.guide.board import Agenda, CityBoard, Heard, PlaceTrouble, Warned, WarningsNow, Weather
from data.domain.guide.nouns import AgendaState, ForecastStep, Occurrence
from data.domain.guide.scores import Missing, Tile, TileBoard
from data.domain.warnings.nouns import MessageType, PublicWarning, Severity, WarningWords
from tests.factories import NOW

HOUR = timedelta(hours=1)


def a_warning(number: int = 1, **changes: Any) -> PublicWarning:
    """Heavy rain over Bumiaji, for two hours and a half."""
    said = {
        "id": WarningWords("Hujan lebat", "Hujan lebat di Bumiaji", "", "", "Jawa Timur"),
        "en": WarningWords("Heavy rain", "Heavy rain in Bumiaji", "", "", "East Java"),
    }
    plain = PublicWarning(
        id=number,
        source="bmkg",
        key=f"CJT{number}",
        sender="cap@bmkg.go.id",
        sender_name="BMKG",
        identifier=f"2.49.0.1.360.0.{number}",
        sent_at=NOW - HOUR,
        message_type=MessageType.ALERT,
        event="rain",
        severity=Severity.MODERATE,
        urgency="Immediate",
        certainty="Observed",
        words=said,
        effective_at=NOW - HOUR,
        onset_at=None,
        expires_at=NOW + 2.5 * HOUR,
        geometry=None,
        villages=("35.79.02.2001", "35.79.02.2002"),
        is_for_city=True,
    )
    return replace(plain, **changes)


def warned(number: int = 1, **changes: Any) -> Warned:
    """That warning, with the names of its villages."""
    return Warned(a_warning(number, **changes), ("Gunungsari", "Punten"), ("Bumiaji",))


def an_occurrence(number: int = 1, hours: float = 3, **changes: Any) -> Occurrence:
    """Two hours of music in so many hours."""
    starts = NOW + hours * HOUR
    plain = Occurrence(
        agenda_id=number,
        uid=f"{number}@batu",
        title="Musik akustik",
        starts_at=starts,
        ends_at=starts + 2 * HOUR,
        all_day=False,
        state=AgendaState.CONFIRMED,
        place_name="Alun-alun Batu",
        expected=400,
    )
    return replace(plain, **changes)


def a_trouble(number: int = 1, **changes: Any) -> PlaceTrouble:
    """Three overdue cases near a place."""
    plain = PlaceTrouble(number, "Alun-alun Batu", 3, (("sampah", 2), ("jalan_rusak", 1)), 0, 1, 152.0, "overdue")
    return replace(plain, **changes)


def a_step(hours: float = 0, **changes: Any) -> ForecastStep:
    """Clouds over Sisir."""
    weather = {"id": "Berawan", "en": "Mostly Cloudy"}
    plain = ForecastStep("35.79.01.1004", NOW + hours * HOUR, NOW - 7 * HOUR, weather, temperature_c=22)
    return replace(plain, **changes)


def a_weather(district: str = "Batu", **changes: Any) -> Weather:
    """Clouds now, rain in three hours."""
    rain = a_step(3, weather={"id": "Hujan Ringan", "en": "Light Rain"}, rain_mm=1.5)
    return replace(Weather(district, a_step(), 17, 24, 0.0, (rain, a_step(6))), **changes)


def a_tile(code: str = "jalan", score: float | None = 0.62, n: int = 31, **changes: Any) -> Tile:
    """A share of cases against 0.9, of October."""
    rule = TileRule(code, {"id": code.title(), "en": code.title()}, "solved_week", {"id": "", "en": ""}, 0.9)
    value = None if score is None else score * 0.9
    missing = Missing.FEW if score is None else None
    return replace(Tile(rule, Period.months("2026-10"), value, n, 0.9, score, missing), **changes)


def tiles(as_of: datetime = NOW) -> TileBoard:
    """From far below its target to unknown."""
    kept = (("kebersihan", 0.91, 112), ("lampu", 0.97, 44), ("jawaban", 1.02, 412), ("keamanan", 1.1, 12))
    made = (a_tile(), *(a_tile(*each) for each in kept), a_tile("petani", None, 2))
    return TileBoard(as_of, made, 0.92)


def a_city_board(as_of: datetime = NOW, name: str = "Alun-alun Batu", n: int = 1, **changes: Any) -> CityBoard:
    """A city with something in every panel; `n`: how many times."""
    kept = [warned(each, words={"id": WarningWords(name, name, name, name, name)}) for each in range(1, n + 1)]
    today = [an_occurrence(each, 1 + each / 10, title=name, place_name=name) for each in range(1, 2 * n + 1)]
    later = [an_occurrence(each, 20 + each / 10, title=name, place_name=name) for each in range(1, 2 * n + 1)]
    plain = CityBoard(
        as_of,
        WarningsNow(tuple(kept), len(kept), Heard.NOW, NOW),
        Agenda(tuple(today), len(today)),
        Agenda(tuple(later), len(later)),
        tuple(a_trouble(each, name=name) for each in range(1, 3 * n + 1)),
        3 * n,
        500,
        tiles(),
        tuple(a_weather(district) for district in ("Batu", "Bumiaji", "Junrejo")),
    )
    return replace(plain, **changes)


def an_empty_city(as_of: datetime = NOW) -> CityBoard:
    """Nothing is known."""
    none = Agenda((), 0)
    weather = tuple(Weather(district, None) for district in ("Batu", "Bumiaji", "Junrejo"))
    return CityBoard(as_of, WarningsNow(), none, none, (), 0, 500, TileBoard(as_of, (), None), weather)
