"""What a case lies near, on walls and for the desk; the city's signs on the map."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from data.domain.cases.model import Precision
from data.domain.figures.boards import CommandMap, Layer, MapMark, Near, SlaWall
from data.domain.guide.nouns import ConditionKind, ConditionState, PlaceKind
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.queries import command_map, sla_wall
from data.store.queries.guide.city_board import ResidentCity
from tests.city_store import ALUN_ALUN, a_condition, a_place, an_event, north
from tests.factories import DAY, HOUR, MINUTE, NOW, a_case, a_city, a_history, calendars, stored


def wall(engine: Engine, now: datetime = NOW) -> SlaWall:
    with reading(engine) as conn:
        return ResidentCity(a_city()).on_sla_wall(conn, sla_wall.ask(conn, a_city(), calendars(), now, 20), now)


def near(engine: Engine, now: datetime = NOW) -> list[Near | None]:
    answer = wall(engine, now)
    return [row.near for row in (*answer.breached, *answer.next)]


def a_case_at(conn: Connection, metres: float = 0, category: str = "sampah", **changes: Any) -> int:
    lat, lon = north(metres)
    case = a_case(category, **{"lat": lat, "lon": lon, "precision": Precision.EXACT} | changes)
    return stored(conn, case, a_history(NOW - HOUR, a_city().categories[category].agency, dispatched=MINUTE))


@pytest.mark.parametrize(("metres", "told"), [(0, 0), (20, 0), (212, 200), (480, 500)])
def test_a_case_says_how_far_it_is_from_a_known_place_in_steps_of_50(engine: Engine, metres: float, told: int):
    with writing(engine) as conn:
        a_place(conn)
        a_place(conn, "Jauh", north(2000))
        a_case_at(conn, metres)
    assert near(engine) == [Near("Alun-alun", told)]


def test_a_case_says_the_nearest_place_and_nothing_where_there_is_none(engine: Engine):
    with writing(engine) as conn:
        a_place(conn)
        a_place(conn, "Museum", north(300))
        a_place(conn, "Warung", north(260), PlaceKind.BUSINESS)
        a_case_at(conn, 250)
        a_case_at(conn, 900)
    assert sorted(map(str, near(engine))) == ["Near(name='Museum', metres=50)", "None"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"category": "narkoba"}, "private"),
        ({"precision": Precision.STREET}, "only its street is known"),
        ({"precision": Precision.VILLAGE}, "only its village is known"),
        ({"lat": None, "lon": None, "precision": Precision.VILLAGE}, "without a position"),
    ],
)
def test_a_case_whose_place_is_not_to_be_told_says_nothing(engine: Engine, changes: dict[str, Any], why: str):
    with writing(engine) as conn:
        a_place(conn)
        an_event(conn, hours=1)
        a_case_at(conn, 10, **changes)
    assert near(engine) == [None], why


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (timedelta(hours=-3, seconds=-1), "Alun-alun"),
        (timedelta(hours=-3, seconds=1), "Konser"),
        (timedelta(0), "Konser"),
        (timedelta(hours=3, seconds=-1), "Konser"),
        (timedelta(hours=3, seconds=1), "Alun-alun"),
    ],
)
def test_an_event_counts_from_some_hours_before_until_after_it_and_before_a_place(
    engine: Engine, moment: timedelta, told: str
):
    """It begins in two hours and takes two."""
    with writing(engine) as conn:
        a_place(conn)
        an_event(conn, hours=2, at=north(200), title="Konser")
        a_case_at(conn, 100)
    (found,) = near(engine, NOW + 2 * HOUR + moment)
    assert found is not None
    assert found.name == told


def test_a_cancelled_event_is_near_nothing(engine: Engine):
    with writing(engine) as conn:
        an_event(conn, title="Konser", state="cancelled")
        a_case_at(conn)
    assert near(engine) == [None]


def test_a_point_is_told_its_surroundings(engine: Engine):
    with writing(engine) as conn:
        a_place(conn)
    with reading(engine) as conn:
        city = ResidentCity(a_city())
        assert city.near(conn, *north(140), NOW) == Near("Alun-alun", 150)
        assert city.near(conn, *north(600), NOW) is None


def on_map(engine: Engine, now: datetime = NOW) -> CommandMap:
    with reading(engine) as conn:
        return ResidentCity(a_city()).on_map(conn, command_map.ask(conn, a_city(), calendars(), now, 100), now)


def test_the_map_has_places_what_is_on_today_closed_roads_and_outages(engine: Engine):
    with writing(engine) as conn:
        a_place(conn)
        an_event(conn, at=north(100))
        an_event(conn, hours=4, at=north(100), title="Tari")
        an_event(conn, hours=5, at=north(100), title="Batal", state="cancelled")
        an_event(conn, hours=6, at=None, title="Entah")
        an_event(conn, hours=12, at=north(700), title="Besok")
        a_condition(conn, at=north(300))
        a_condition(conn, ConditionKind.OUTAGE, at=north(400))
        a_condition(conn, ConditionKind.CROWD, ConditionState.FULL, at=north(500))
    found = on_map(engine).marks
    assert [(mark.layer, mark.kind) for mark in found] == [
        (Layer.PLACES, "place"),
        (Layer.AGENDA, "event"),
        (Layer.CONDITIONS, "closure"),
        (Layer.CONDITIONS, "outage"),
    ]
    assert (found[0].lat, found[0].lon) == ALUN_ALUN
    assert len({mark.id for mark in found}) == 4
    assert on_map(engine, NOW + 9 * HOUR).marks[1:] == ()


def test_signs_keep_their_ids(engine: Engine):
    with writing(engine) as conn:
        a_place(conn)
        an_event(conn)
        a_condition(conn)

    def ids(marks: tuple[MapMark, ...]) -> list[str]:
        return [mark.id for mark in marks]

    assert ids(on_map(engine).marks) == ids(on_map(engine, NOW + MINUTE).marks)


def test_a_case_that_is_long_overdue_is_near_something_too(engine: Engine):
    with writing(engine) as conn:
        a_place(conn)
        lat, lon = north(50)
        late = a_case("sampah", lat=lat, lon=lon, precision=Precision.EXACT)
        stored(conn, late, a_history(NOW - 90 * DAY, "dlh", dispatched=MINUTE))
    assert [row.near for row in wall(engine).breached] == [Near("Alun-alun", 50)]
