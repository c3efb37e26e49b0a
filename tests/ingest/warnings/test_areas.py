"""Where warnings are, and what another map makes of that."""

from __future__ import annotations

import pytest
from shapely import box
from shapely.geometry import shape

from data.reference.boundaries.areas import Area, Boundaries
from data.store.db.change_feed import latest
from data.store.db.engine import Engine, reading, writing
from data.store.queries.warnings.in_force import in_force
from data.store.warnings.writing import take
from ingest.warning_record import Circle
from ingest.warnings.areas import AROUND, is_inside, place_warnings, warned_area
from tests.factories import HOUR, NOW, SISIR, TEMAS
from tests.ingest.doors import ground
from tests.warnings import SQUARE, a_warning, told

pytestmark = pytest.mark.both_engines

HALVES = Boundaries(
    [
        Area(SISIR, "Sisir", "Batu", True, box(112.4, -8.0, 112.53, -7.7)),
        Area(TEMAS, "Temas", "Batu", True, box(112.53, -8.0, 112.6, -7.7)),
    ],
    official=True,
)


def test_a_new_map_finds_the_villages_of_what_has_not_ended(engine: Engine):
    with writing(engine) as conn:
        take(conn, "bpbd", told("1"), NOW)
        take(conn, "bpbd", told("2", facts={"is_for_city": False, "villages": ()}), NOW)
        take(conn, "bpbd", told("3", facts={"ends_at": NOW, "effective_at": NOW - HOUR}), NOW)
        take(conn, "bpbd", told("4", facts={"geometry": None, "villages": (SISIR,)}), NOW)
    with writing(engine) as conn:
        assert place_warnings(conn, HALVES, NOW) == 2
        before = latest(conn)
        assert place_warnings(conn, HALVES, NOW) == 0
        assert latest(conn) == before
    with reading(engine) as conn:
        found = {each.identifier: each.villages for each in in_force(conn, NOW)}
    assert found == {"1": (TEMAS, SISIR), "2": (TEMAS, SISIR), "4": (SISIR,)}


def test_a_sliver_of_a_neighbour_touches_nothing_and_a_small_area_inside_touches_its_village():
    assert warned_area([[(-8.0, 112.3), (-7.7, 112.3), (-7.7, 112.405), (-8.0, 112.405)]], (), HALVES).villages == ()
    small = [(-7.9, 112.45), (-7.9, 112.451), (-7.899, 112.451), (-7.9, 112.45)]
    assert warned_area([small], (), HALVES).villages == (SISIR,)


def test_a_circle_reaches_as_far_as_it_says():
    assert warned_area((), [Circle(lat=-7.87, lon=112.5, radius_km=1)], HALVES).villages == (SISIR,)
    assert warned_area((), [Circle(lat=-7.87, lon=112.5, radius_km=2_000)], HALVES).villages == (TEMAS, SISIR)
    assert warned_area((), [Circle(lat=0.0, lon=0.0, radius_km=5)], HALVES).geometry is None


def test_what_lies_far_away_is_cut_off():
    west, south, east, north = ground().bounds()
    area = warned_area([[(-9.0, 110.0), (-9.0, 115.0), (-6.0, 115.0), (-6.0, 110.0)]], (), ground())
    assert area.geometry is not None
    drawn = shape(area.geometry).bounds
    assert drawn == pytest.approx((west - AROUND, south - AROUND, east + AROUND, north + AROUND), abs=1e-4)
    assert len(area.villages) == 24


def test_a_place_is_inside_by_its_position_else_by_its_village():
    warning = a_warning(geometry=SQUARE, villages=(SISIR,))
    assert is_inside(warning, TEMAS, -7.87, 112.53)
    assert not is_inside(warning, SISIR, -7.95, 112.53)
    assert is_inside(warning, SISIR, None, None)
    assert not is_inside(a_warning(geometry=None, villages=(SISIR,)), TEMAS, -7.87, 112.53)
