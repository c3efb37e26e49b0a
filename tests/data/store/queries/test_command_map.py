"""Where what is open lies."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from data.domain.cases.model import Precision
from data.domain.figures.boards import CommandMap, VillageTotals
from data.reference.places.villages import by_code
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.geo import boundary
from data.store.queries import command_map
from tests.factories import BEJI, HOUR, MINUTE, NOW, SISIR, a_case, a_city, a_history, calendars, stored


def given(engine: Engine, age: timedelta, category: str = "longsor", **changes: object) -> int:
    agency = a_city().categories[category].agency
    with writing(engine) as conn:
        return stored(conn, a_case(category, **changes), a_history(NOW - age, agency, dispatched=MINUTE))


def asked(engine: Engine, limit: int = 100) -> CommandMap:
    with reading(engine) as conn:
        return command_map.ask(conn, a_city(), calendars(), NOW, limit)


def village(answer: CommandMap, code: str) -> VillageTotals:
    (found,) = (one for one in answer.villages if one.code == code)
    return found


def official(engine: Engine) -> None:
    """Boundaries have been imported."""
    row = {"code": SISIR, "name": "Sisir", "district": "Batu", "village": True, "shape": b"", "origin": "test"}
    with writing(engine) as conn:
        conn.execute(insert(boundary).values(**row, imported_at=NOW))


def test_a_points_status_says_how_urgent_it_is(engine: Engine):
    given(engine, HOUR)
    given(engine, 25 * MINUTE)
    given(engine, 5 * MINUTE)
    with writing(engine) as conn:
        stored(conn, a_case(), a_history(NOW - 5 * MINUTE, dispatched=MINUTE, acknowledged=2 * MINUTE))
        stored(conn, a_case(), a_history(NOW - HOUR, dispatched=MINUTE))
    assert [one.status for one in asked(engine).points] == ["running", "running", "new", "at_risk", "overdue"]


def test_the_newest_points_are_the_ones_that_fit(engine: Engine):
    ids = [given(engine, HOUR) for _ in range(3)]
    answer = asked(engine, 2)
    assert [one.id for one in answer.points] == [ids[2], ids[1]]
    assert village(answer, SISIR).open == 3


def test_the_cases_of_a_category_are_counted_whether_their_symbols_fit_or_not(engine: Engine):
    for category in ("longsor", "sampah", "sampah", "sampah"):
        given(engine, HOUR, category)
    given(engine, HOUR, "sampah", private=True)
    given(engine, HOUR, "sampah", precision=Precision.OUTSIDE)
    answer = asked(engine, 2)
    assert len(answer.points) == 2
    letters = {code: category.letter for code, category in a_city().categories.items()}
    assert answer.kinds == (("sampah", letters["sampah"], 3), ("longsor", letters["longsor"], 1))


def test_a_point_carries_what_the_symbol_needs(engine: Engine):
    case_id = given(engine, HOUR, "pohon_tumbang", title="Pohon tumbang", precision=Precision.STREET, code="AW-2611-1")
    (point,) = asked(engine).points
    assert (point.id, point.category) == (case_id, "pohon_tumbang")
    assert (point.letter, point.lat, point.lon, point.precision) == ("PT", -7.8696, 112.5276, Precision.STREET)


def test_villages_are_tinted_by_what_is_overdue_there(engine: Engine):
    given(engine, HOUR)
    given(engine, MINUTE)
    given(engine, HOUR, village=BEJI)
    answer = asked(engine)
    assert len(answer.villages) == 24
    assert village(answer, SISIR) == VillageTotals(SISIR, "Sisir", "Batu", 2, 1, 0)
    assert village(answer, BEJI).overdue == 1


def test_a_private_case_is_a_count_in_its_village_and_never_a_point(engine: Engine):
    given(engine, HOUR, "narkoba")
    answer = asked(engine)
    assert answer.points == ()
    assert (village(answer, SISIR).open, village(answer, SISIR).private) == (1, 1)


def test_what_lies_outside_and_what_has_no_place_is_said(engine: Engine):
    given(engine, HOUR, village=None, precision=Precision.OUTSIDE, lat=-7.98, lon=112.63)
    given(engine, HOUR, village=None, precision=Precision.NONE, lat=None, lon=None)
    given(engine, HOUR, village=None)
    answer = asked(engine)
    assert (answer.outside, answer.unplaced, len(answer.points)) == (1, 1, 1)


def test_a_case_known_by_its_village_alone_stands_at_its_office_and_on_official_ground_well_inside(engine: Engine):
    given(engine, HOUR, precision=Precision.VILLAGE, lat=None, lon=None)
    (point,) = asked(engine).points
    sisir = by_code[SISIR]
    assert (point.lat, point.lon, point.precision) == (sisir.office_lat, sisir.office_lon, Precision.VILLAGE)
    official(engine)
    answer = asked(engine)
    (point,) = answer.points
    assert (point.lat, point.lon) == (sisir.inside_lat, sisir.inside_lon)
    assert answer.unplaced == 0


def test_a_case_known_by_its_kecamatan_alone_stands_amid_its_villages(engine: Engine):
    given(engine, HOUR, precision=Precision.DISTRICT, village=None, district="35.79.03", lat=None, lon=None)
    answer = asked(engine)
    (point,) = answer.points
    lats = [village.office_lat for village in by_code.values() if village.district == "Junrejo"]
    assert point.precision is Precision.DISTRICT
    assert min(lats) < point.lat < max(lats)
    assert answer.unplaced == 0


def test_a_private_case_known_by_its_kecamatan_alone_is_counted_and_never_a_point(engine: Engine):
    place = {"precision": Precision.DISTRICT, "village": None, "lat": None, "lon": None}
    given(engine, HOUR, "narkoba", district="35.79.03", **place)
    answer = asked(engine)
    assert (answer.points, answer.unplaced) == ((), 1)


def test_a_case_whose_kecamatan_nobody_kept_is_counted_as_without_a_place(engine: Engine):
    given(engine, HOUR, precision=Precision.DISTRICT, village=None, lat=None, lon=None)
    answer = asked(engine)
    assert (answer.points, answer.unplaced) == ((), 1)


def test_what_is_resolved_is_on_no_map(engine: Engine):
    with writing(engine) as conn:
        stored(conn, a_case(), a_history(NOW - HOUR, dispatched=MINUTE, resolved=2 * MINUTE))
    answer = asked(engine)
    assert (answer.points, village(answer, SISIR).open) == ((), 0)


def test_the_map_is_official_once_boundaries_are_imported(engine: Engine):
    assert not asked(engine).official
    official(engine)
    assert asked(engine).official
