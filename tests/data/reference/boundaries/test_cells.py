"""The schematic cells: our own, whole, and nearer to the truth than the nearest office."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import Polygon

from data.reference.boundaries.areas import Area, Boundaries
from data.reference.boundaries.cells import OUTLINE, cells, schematic
from data.reference.places.villages import VILLAGES
from tests.data.reference.boundaries.maps import real_shapes
from tests.real_data import needs_real_data


def test_every_office_and_every_inside_point_lies_in_its_own_village() -> None:
    boundaries = schematic()
    for village in VILLAGES:
        assert boundaries.place(village.office_lat, village.office_lon).village == village.code
        assert boundaries.place(village.inside_lat, village.inside_lon).village == village.code


def test_the_cells_are_a_valid_coverage_that_fills_the_outline() -> None:
    shapes = [area.shape for area in cells()]
    assert shapely.coverage_is_valid(shapes)
    assert sum(shape.area for shape in shapes) == pytest.approx(Polygon(OUTLINE).area, rel=1e-4)


def test_every_village_is_one_piece() -> None:
    assert {area.shape.geom_type for area in cells()} == {"Polygon"}


def test_the_outline_is_rough_and_stays_within_the_known_extent() -> None:
    assert len(OUTLINE) <= 30
    assert Polygon(OUTLINE).is_valid
    west, south, east, north = Polygon(OUTLINE).bounds
    assert np.allclose((west, south, east, north), (112.4746, -7.9394, 112.5957, -7.7326), atol=0.002)


def test_the_cells_are_marked_as_not_official() -> None:
    assert schematic().official is False


def test_the_cells_are_the_same_every_time() -> None:
    assert [area.shape.wkb for area in cells()] == [area.shape.wkb for area in cells()]


@needs_real_data
def test_three_of_four_points_in_the_city_get_their_right_village() -> None:
    truth = Boundaries(
        [Area(code, "", "", True, shape) for code, shape in real_shapes("batu_desa.geojson").items()], official=True
    )
    rng = np.random.default_rng(2026)
    lats, lons = rng.uniform(-7.945, -7.73, 40_000), rng.uniform(112.47, 112.6, 40_000)
    real, guessed = truth.place_many(lats, lons), schematic().place_many(lats, lons)
    inside = real.index >= 0
    assert np.mean(real.codes[inside] == guessed.codes[inside]) > 0.75
    assert np.mean(guessed.inside[inside]) > 0.99
    assert np.mean(inside[guessed.inside]) > 0.90
