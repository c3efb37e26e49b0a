"""The open map's squares and counts."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from data.domain.guide.open_map import VillageCount, counted, square_of

LATS, LONS = st.floats(-7.9394, -7.7326), st.floats(112.4746, 112.5957)


@given(LATS, LONS)
def test_a_position_becomes_the_middle_of_a_fixed_square_of_a_hundred_metres(lat: float, lon: float):
    square = square_of(lat, lon)
    assert square_of(*square) == square
    north = abs(square.lat - lat) * 111_195
    east = abs(square.lon - lon) * 111_195 * math.cos(math.radians(7.87))
    assert max(north, east) < 51


@given(st.lists(st.tuples(LATS, LONS), min_size=2, max_size=30))
def test_many_reports_of_one_square_say_no_more_than_one(points: list[tuple[float, float]]):
    square = square_of(*points[0])
    same = {square_of(lat, lon) for lat, lon in points if square_of(lat, lon) == square}
    assert same == {square}


def test_a_village_tells_no_number_below_five():
    found = [("a", "sampah", "done")] * 4 + [("b", "sampah", "done")] * 5
    assert counted(found) == (VillageCount("a", "sampah", "done", None), VillageCount("b", "sampah", "done", 5))
