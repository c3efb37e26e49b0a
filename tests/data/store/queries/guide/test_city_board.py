"""What the board of the city answers, from rows as they stand in the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from data.domain.cases.model import Precision
from data.domain.city.model import City
from data.domain.city.near import NearRule
from data.domain.guide.board import CityBoard, Heard
from data.domain.guide.nouns import ConditionKind, ConditionState, PlaceKind, PlaceState
from data.domain.history.columns import CaseColumns
from data.domain.warnings.rules import Feed
from data.reference.boundaries.areas import Boundaries
from data.reference.boundaries.cells import cells
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.guide import places
from data.store.guide.writing import By, GuideWrite
from data.store.intake.sources import failed, succeeded
from data.store.queries.guide.city_board import ResidentCity
from data.store.warnings.writing import take
from tests.city_store import CLOUDS, a_condition, a_forecast, a_place, an_event, north
from tests.columns import some_columns
from tests.factories import BEJI, DAY, HOUR, MINUTE, NOW, SISIR, a_case, a_city, a_history, stored
from tests.warnings import RULES, told

GROUND = Boundaries(cells(), official=False)
FEED = Feed("bmkg", "BMKG", 600)


def a_guided_city(**changes: Any) -> City:
    return replace(a_city(), warnings=replace(RULES, feeds=(FEED,)), **changes)


def columns(now: datetime) -> CaseColumns:
    return some_columns([])


def asked(engine: Engine, now: datetime = NOW, limit: int = 24, resident: ResidentCity | None = None) -> CityBoard:
    with reading(engine) as conn:
        return (resident or ResidentCity(a_guided_city())).ask(conn, columns, now, limit)


def a_case_at(conn: Connection, metres: float, category: str = "sampah", age: timedelta = HOUR, **changes: Any) -> int:
    lat, lon = north(metres)
    case = a_case(category, **{"lat": lat, "lon": lon, "precision": Precision.EXACT} | changes)
    return stored(conn, case, a_history(NOW - age, a_city().categories[category].agency, dispatched=MINUTE))


@pytest.mark.both_engines
def test_an_empty_city_has_an_answer(engine: Engine):
    board = asked(engine)
    assert (board.today.rows, board.tomorrow.total, board.places, board.places_total) == ((), 0, (), 0)
    assert {each.district: each.now for each in board.weather} == dict.fromkeys(("Batu", "Bumiaji", "Junrejo"))
    assert (board.warnings.heard, board.warnings.at, board.tiles.tiles) == (Heard.SILENT, None, ())


@pytest.mark.both_engines
def test_a_city_with_everything_has_an_answer(engine: Engine):
    with writing(engine) as conn:
        a_place(conn)
        a_case_at(conn, 100)
        an_event(conn)
        an_event(conn, hours=24)
        a_condition(conn)
        a_forecast(conn)
        take(conn, "bmkg", told(), NOW)
        succeeded(conn, "bmkg", NOW)
    board = asked(engine)
    assert [each.warning.event for each in board.warnings.rows] == ["hujan_lebat"]
    assert (board.warnings.rows[0].villages, board.warnings.rows[0].districts) == (("Sisir",), ("Batu",))
    assert (board.warnings.heard, board.warnings.at) == (Heard.NOW, NOW)
    assert (board.today.total, board.tomorrow.total, board.places_total) == (1, 1, 1)
    assert board.weather[0].now is not None


def test_a_place_tells_how_many_cases_of_what_are_within_its_radius(engine: Engine):
    with writing(engine) as conn:
        a_place(conn)
        a_case_at(conn, 120)
        a_case_at(conn, 300)
        a_case_at(conn, -499, "longsor")
        a_case_at(conn, 501)
    (place,) = asked(engine).places
    assert (place.name, place.cases, place.kinds) == ("Alun-alun", 3, (("sampah", 2), ("longsor", 1)))
    assert place.nearest_m == pytest.approx(120, abs=0.5)
    assert (place.closures, place.outages) == (0, 0)


def test_closed_roads_and_outages_are_counted_as_long_as_they_are_known(engine: Engine):
    with writing(engine) as conn:
        a_place(conn)
        a_condition(conn, at=north(50))
        a_condition(conn, at=north(60), lasts=HOUR / 4)
        a_condition(conn, state=ConditionState.OPEN, at=north(70))
        a_condition(conn, ConditionKind.OUTAGE, at=north(200))
        a_condition(conn, ConditionKind.PARKING, at=north(10))
    (place,) = asked(engine).places
    assert (place.cases, place.closures, place.outages, place.state) == (0, 1, 1, "")
    assert place.nearest_m == pytest.approx(50, abs=0.5)
    assert asked(engine, NOW + 7 * HOUR).places == ()


SECRETS = {
    "private": {"category": "narkoba"},
    "only its street is known": {"precision": Precision.STREET},
    "only its village is known": {"precision": Precision.VILLAGE},
}


@pytest.mark.parametrize("why", SECRETS)
def test_a_case_whose_place_is_not_to_be_told_is_in_no_number(engine: Engine, why: str):
    with writing(engine) as conn:
        a_place(conn)
        a_case_at(conn, 10, **SECRETS[why])
    assert asked(engine).places == ()
    with writing(engine) as conn:
        a_case_at(conn, 400)
    (place,) = asked(engine).places
    assert (place.cases, place.kinds) == (1, (("sampah", 1),))
    assert place.nearest_m == pytest.approx(400, abs=0.5)


def test_the_place_with_the_worst_case_comes_first(engine: Engine):
    with writing(engine) as conn:
        a_place(conn, "Tenang", north(20_000))
        a_place(conn, "Berjalan", north(10_000))
        a_place(conn, "Terlambat", north(5_000))
        a_place(conn, "Ditutup", north(3_000))
        a_case_at(conn, 10_000)
        a_case_at(conn, 10_010)
        a_case_at(conn, 5_400, age=90 * DAY)
        a_condition(conn, at=north(3_000))
    board = asked(engine)
    assert [(each.name, each.state) for each in board.places] == [
        ("Terlambat", "overdue"),
        ("Berjalan", "running"),
        ("Ditutup", ""),
    ]
    few = asked(engine, limit=1)
    assert ([each.name for each in few.places], few.places_total) == (["Terlambat"], 3)


@pytest.mark.parametrize(
    ("kind", "state", "told"),
    [
        (PlaceKind.SERVICE, PlaceState.PUBLISHED, 1),
        (PlaceKind.BUSINESS, PlaceState.PUBLISHED, 0),
        (PlaceKind.TOURISM, PlaceState.DOUBTFUL, 0),
        (PlaceKind.TOURISM, PlaceState.DRAFT, 0),
    ],
)
def test_only_published_places_that_people_know_the_way_by_are_told(
    engine: Engine, kind: PlaceKind, state: PlaceState, told: int
):
    with writing(engine) as conn:
        a_place(conn, kind=kind, state=state)
        a_case_at(conn, 100)
    assert asked(engine).places_total == told


def test_a_changed_place_is_read_again(engine: Engine):
    resident = ResidentCity(a_guided_city())
    with writing(engine) as conn:
        a_place(conn)
        a_case_at(conn, 100)
    assert [each.name for each in asked(engine, resident=resident).places] == ["Alun-alun"]
    with writing(engine) as conn:
        (found,) = places.places(conn)
        write = GuideWrite(conn, "officer", NOW)
        places.edit(write, found.id, found.version, {"name": "Alun-alun Kota"}, by=By("rina"), ground=GROUND)
    assert [each.name for each in asked(engine, resident=resident).places] == ["Alun-alun Kota"]
    with writing(engine) as conn:
        a_place(conn, "Museum", north(50))
    assert asked(engine, resident=resident).places_total == 2


def test_today_is_what_is_not_over_and_tomorrow_begins_at_midnight_of_the_city(engine: Engine):
    with writing(engine) as conn:
        an_event(conn, hours=-5, title="lewat")
        an_event(conn, hours=-1, title="kini")
        an_event(conn, hours=-30, title="pameran", lasts=3 * DAY)
        an_event(conn, hours=9.7, title="larut", lasts=HOUR / 10)
        an_event(conn, hours=10, title="dini hari")
        an_event(conn, hours=36, title="lusa")
        an_event(conn, hours=3, title="ditarik", withdrawn_at=NOW)
    board = asked(engine)
    assert [each.title for each in board.today.rows] == ["pameran", "kini", "larut"]
    assert [each.title for each in board.tomorrow.rows] == ["pameran", "dini hari"]


def test_what_takes_all_day_comes_after_what_has_a_time(engine: Engine):
    with writing(engine) as conn:
        an_event(conn, hours=-14, title="pameran", lasts=DAY, all_day=True)
        an_event(conn, title="musik")
    board = asked(engine, limit=1)
    assert ([each.title for each in board.today.rows], board.today.total) == (["musik"], 2)


def test_a_dead_source_of_warnings_is_unknown_since_and_an_empty_one_is_none(engine: Engine):
    assert asked(engine, resident=ResidentCity(a_city())).warnings.heard is Heard.NEVER
    with writing(engine) as conn:
        succeeded(conn, "bmkg", NOW)
    empty = asked(engine, NOW + MINUTE).warnings
    assert (empty.rows, empty.heard, empty.at) == ((), Heard.NOW, NOW)
    with writing(engine) as conn:
        failed(conn, "bmkg", NOW + HOUR, "no route")
    dead = asked(engine, NOW + HOUR).warnings
    assert (dead.heard, dead.at) == (Heard.SILENT, NOW)


def test_warnings_of_one_event_and_area_are_one_and_the_gravest_is_first(engine: Engine):
    with writing(engine) as conn:
        take(conn, "bmkg", told("1"), NOW)
        take(conn, "bmkg", told("2", at=NOW + MINUTE), NOW)
        take(conn, "bmkg", told("3", facts={"event": "tanah_longsor", "rank": 1}), NOW)
    board = asked(engine, NOW + MINUTE).warnings
    assert ([each.warning.event for each in board.rows], board.total) == (["tanah_longsor", "hujan_lebat"], 2)


def test_the_weather_of_a_kecamatan_is_what_most_of_its_villages_have(engine: Engine):
    rain = {"id": "Hujan Ringan", "en": "Light Rain"}
    with writing(engine) as conn:
        a_forecast(conn, SISIR, (0, CLOUDS, 24), (3, CLOUDS, 22), (6, rain, 20))
        a_forecast(conn, "35.79.01.1002", (0, CLOUDS, 23))
        a_forecast(conn, "35.79.01.1003", (0, rain, 19))
        a_forecast(conn, BEJI, (15, rain, 19))
    batu, _, junrejo = asked(engine).weather
    assert batu.now is not None
    assert (batu.now.weather, batu.coldest_c, batu.warmest_c) == (CLOUDS, 19, 24)
    assert [(each.at, each.weather) for each in batu.later] == [(NOW + 6 * HOUR, rain)]
    assert junrejo.now is None
    assert asked(engine, NOW + 3 * HOUR).weather[0].now is not None
    assert asked(engine, NOW + 40 * HOUR).weather[0].now is None


def test_another_radius_is_another_answer(engine: Engine):
    with writing(engine) as conn:
        a_place(conn)
        a_case_at(conn, 400)
    near = ResidentCity(a_guided_city(near=NearRule(within_m=300)))
    board = asked(engine, resident=near)
    assert (board.places, board.within_m) == ((), 300)
