"""Placing: one position or many, never two villages, never forced into one."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon, box
from shapely.geometry import shape

from data.reference.boundaries.areas import OUTSIDE, Area, Boundaries, Placed, region
from data.reference.boundaries.cells import OUTLINE, schematic
from data.reference.places.villages import VILLAGES
from tests.data.reference.boundaries.maps import real_shapes
from tests.real_data import needs_real_data

CELLS = schematic()

EDGES = shapely.get_coordinates([area.shape for area in CELLS.areas])
"""All corners of the cells: positions on common borders."""

anywhere = st.tuples(st.floats(-7.97, -7.70), st.floats(112.45, 112.62))
on_a_corner = st.integers(0, len(EDGES) - 1).map(lambda i: (float(EDGES[i][1]), float(EDGES[i][0])))
half_way = st.integers(0, len(EDGES) - 2).map(lambda i: tuple(((EDGES[i] + EDGES[i + 1]) / 2)[::-1].tolist()))
odd = st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 90.0, -180.0, 1e308])
positions = st.one_of(anywhere, on_a_corner, half_way, st.tuples(odd, odd), st.tuples(odd, st.floats(112.5, 112.55)))


def four_squares(*, forest: bool = False) -> Boundaries:
    """Villages a b over c d, one degree each, c|d the lower row; with `forest` the square d is no village."""
    squares = {"a": box(0, 1, 1, 2), "b": box(1, 1, 2, 2), "c": box(0, 0, 1, 1), "d": box(1, 0, 2, 1)}
    areas = [Area(code, code, "Batu", not (forest and code == "d"), square) for code, square in squares.items()]
    return Boundaries(areas, official=True)


@given(st.lists(positions, max_size=30))
def test_one_and_many_say_the_same(places: list[tuple[float, float]]) -> None:
    lats, lons = np.array([p[0] for p in places]), np.array([p[1] for p in places])
    many = CELLS.place_many(lats, lons)
    ones = [CELLS.place(lat, lon) for lat, lon in places]
    assert many.codes.tolist() == [placed.village for placed in ones]
    assert many.inside.tolist() == [placed.inside_city for placed in ones]
    assert [None if i < 0 else CELLS.codes[i] for i in many.index] == many.codes.tolist()


@given(positions)
def test_a_position_is_in_the_first_village_that_holds_it_and_in_no_other(place: tuple[float, float]) -> None:
    lat, lon = place
    holders = [a.code for a in CELLS.areas if math.isfinite(lat + lon) and a.shape.intersects(Point(lon, lat))]
    placed = CELLS.place(lat, lon)
    assert placed.village == (holders[0] if holders else None)
    assert placed.inside_city or placed.village is None
    interiors = [a.code for a in CELLS.areas if math.isfinite(lat + lon) and a.shape.contains_properly(Point(lon, lat))]
    assert len(interiors) <= 1


def test_a_point_on_a_common_border_goes_to_the_lowest_code() -> None:
    squares = four_squares()
    assert squares.place(1.0, 1.0) == Placed("a", True)
    assert squares.place(0.5, 1.0) == Placed("c", True)
    assert squares.place(1.0, 1.5) == Placed("b", True)
    reversed_ = Boundaries(reversed(squares.areas), official=True)
    assert reversed_.place(1.0, 1.0) == Placed("a", True)


def test_a_point_outside_the_city_is_outside() -> None:
    for lat, lon in ((-7.98, 112.63), (-7.9797, 112.6304), (0.0, 0.0), (112.53, -7.87)):
        assert CELLS.place(lat, lon) == Placed(None, False)


def test_a_missing_position_is_nowhere() -> None:
    assert CELLS.place(None, None) == OUTSIDE
    assert CELLS.place(-7.87, None) == OUTSIDE
    assert CELLS.place(math.nan, 112.53) == OUTSIDE
    assert CELLS.place_many(np.array([]), np.array([])).codes.tolist() == []


def test_forest_is_inside_the_city_but_in_no_village() -> None:
    squares = four_squares(forest=True)
    assert squares.codes == ("a", "b", "c")
    assert squares.place(0.5, 1.5) == Placed(None, True)
    many = squares.place_many(np.array([0.5, 1.5, 5.0]), np.array([1.5, 0.5, 5.0]))
    assert many.codes.tolist() == [None, "a", None]
    assert many.inside.tolist() == [True, True, False]


def test_a_gap_between_villages_is_inside_the_city_but_in_no_village() -> None:
    ring = Polygon(box(0, 0, 3, 3).exterior, [box(1, 1, 2, 2).exterior])
    boundaries = Boundaries([Area("a", "a", "Batu", True, ring)], official=True)
    assert boundaries.place(1.5, 1.5) == Placed(None, True)
    assert boundaries.place(0.5, 0.5) == Placed("a", True)


def test_ground_is_told_from_lines_and_points() -> None:
    assert region(box(0, 0, 1, 1)).area == 1
    with pytest.raises(TypeError, match="Point"):
        region(Point(0, 0))


def test_placing_a_hundred_thousand_positions_takes_as_many_steps_as_placing_a_hundred() -> None:
    rng = np.random.default_rng(1)
    lats, lons = rng.uniform(-7.94, -7.73, 100_000), rng.uniform(112.47, 112.6, 100_000)
    assert steps(lambda: CELLS.place_many(lats, lons)) == steps(lambda: CELLS.place_many(lats[:100], lons[:100]))


def steps(work: Callable[[], object]) -> int:
    """How many functions it calls, Python's and C's."""
    calls = Counter[str]()
    sys.setprofile(lambda _frame, event, _arg: calls.update((event,)))
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls["call"] + calls["c_call"]


def test_drawn_shapes_are_plain_and_rounded_geojson_by_village() -> None:
    shapes = CELLS.shapes()
    assert list(shapes) == [village.code for village in VILLAGES]
    assert json.loads(json.dumps(shapes)) == shapes
    corners = shapely.get_coordinates([shape(geometry) for geometry in shapes.values()])
    assert np.array_equal(corners, corners.round(5))
    assert CELLS.forests() == {}


def test_districts_and_outline_are_dissolved_from_the_drawn_villages() -> None:
    villages = {code: shape(geometry) for code, geometry in CELLS.shapes().items()}
    assert list(CELLS.districts()) == ["Batu", "Bumiaji", "Junrejo"]
    for name, geometry in CELLS.districts().items():
        members = [villages[village.code] for village in VILLAGES if village.district == name]
        assert shape(geometry).symmetric_difference(shapely.union_all(members)).area < 1e-12
    outline = shape(CELLS.outline())
    assert outline.geom_type == "Polygon"
    assert outline.symmetric_difference(shapely.union_all(list(villages.values()))).area < 1e-12


def test_forest_is_drawn_apart_from_the_villages_and_within_its_district() -> None:
    squares = four_squares(forest=True)
    assert list(squares.shapes()) == ["a", "b", "c"]
    assert list(squares.forests()) == ["d"]
    assert shape(squares.districts()["Batu"]).area == pytest.approx(4)


def test_bounds_are_those_of_the_city() -> None:
    assert CELLS.bounds() == pytest.approx(Polygon(OUTLINE).bounds, abs=1e-5)


@needs_real_data
@pytest.mark.parametrize("name", ["batu_desa.geojson", "batu_desa_bps2020.geojson"])
def test_the_whole_drawn_map_is_below_sixty_kilobytes_and_neighbours_still_touch(name: str) -> None:
    areas = [Area(code, code, code[:8], True, ground) for code, ground in real_shapes(name).items()]
    boundaries = Boundaries(areas, official=True)
    everything = [boundaries.shapes(), boundaries.forests(), boundaries.districts(), boundaries.outline()]
    assert len(json.dumps(everything, separators=(",", ":"))) < 60_000
    assert shapely.coverage_is_valid([shape(geometry) for geometry in boundaries.shapes().values()])


@needs_real_data
def test_official_boundaries_place_every_office_in_its_village() -> None:
    areas = [Area(code, "", "", True, ground) for code, ground in real_shapes("batu_desa.geojson").items()]
    boundaries = Boundaries(areas, official=True)
    for village in VILLAGES:
        assert boundaries.place(village.office_lat, village.office_lon) == Placed(village.code, True)
