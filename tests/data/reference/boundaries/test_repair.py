"""Slivers between neighbours: closed, divided, and the ground otherwise left as it was."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box
from shapely.geometry import mapping

from data.reference.boundaries.areas import Boundaries, Region
from data.reference.boundaries.cells import cells
from data.reference.boundaries.findings import FindingKind, MapRefused, MapReport
from data.reference.boundaries.map_import import check
from data.reference.boundaries.repair import Claimant, repair_coverage
from tests.data.reference.boundaries.maps import Features, a_map

METRE = 1 / 110_000


def town(*shapes: Region, forest: int | None = None) -> list[Claimant]:
    """Claimants a, b, c ... ; the one at index `forest` is no village."""
    return [Claimant("abcdefgh"[n], n != forest, shape) for n, shape in enumerate(shapes)]


def square(west: float, south: float, east: float, north: float) -> Polygon:
    """Corners in metres from the point 112.5, -7.8."""
    return box(112.5 + west * METRE, -7.8 + south * METRE, 112.5 + east * METRE, -7.8 + north * METRE)


def square_metres(shape: Region) -> float:
    """In the measure of `square`."""
    return float(shape.area) / METRE**2


def test_neighbours_that_fit_are_left_alone() -> None:
    report = MapReport()
    shapes = (square(0, 0, 1000, 1000), square(1000, 0, 2000, 1000))
    mended = repair_coverage(town(*shapes), report)
    assert [square_metres(shape) for shape in mended] == pytest.approx([1_000_000, 1_000_000], rel=1e-4)
    assert report.findings == []


def test_an_overlap_goes_to_one_of_the_two_and_is_told() -> None:
    report = MapReport()
    left, right = repair_coverage(town(square(0, 0, 1005, 1000), square(1000, 0, 2000, 1000)), report)
    assert square_metres(left) + square_metres(right) == pytest.approx(2_000_000, rel=1e-4)
    assert left.intersection(right).area == 0
    assert [(f.kind, f.where) for f in report.findings] == [
        (FindingKind.OVERLAP, "city"),
        (FindingKind.OVERLAP, "a / b"),
    ]


def test_an_enclosed_gap_goes_to_the_neighbour_with_the_longest_border() -> None:
    report = MapReport()
    around = square(0, 0, 1000, 1000).difference(square(995, 100, 1000, 200))
    left, right = repair_coverage(town(around, square(1000, 0, 2000, 1000)), report)
    assert square_metres(left) == pytest.approx(1_000_000, rel=1e-4)
    assert square_metres(right) == pytest.approx(1_000_000, rel=1e-4)
    assert [f.where for f in report.findings] == ["city", "a / b"]


def test_a_tiny_hole_in_one_village_is_filled_and_a_large_one_stays() -> None:
    report = MapReport()
    holed = square(0, 0, 1000, 1000).difference(square(100, 100, 110, 110)).difference(square(300, 300, 500, 500))
    (mended,) = repair_coverage(town(holed), report)
    assert square_metres(mended) == pytest.approx(960_000, rel=1e-4)
    assert [(f.kind, f.where) for f in report.findings] == [
        (FindingKind.GAP, "city"),
        (FindingKind.GAP, "a"),
        (FindingKind.OPEN_GROUND, "city"),
    ]


def test_a_border_with_more_corners_on_one_side_is_made_common() -> None:
    left = square(0, 0, 1000, 1000)
    right = shapely.segmentize(square(1000, 0, 2000, 1000), 300 * METRE)
    shapes = repair_coverage(town(left, right), MapReport())
    assert shapely.coverage_is_valid(shapes)


def test_villages_win_ground_from_forest_without_remark() -> None:
    report = MapReport()
    forest, village = repair_coverage(town(square(0, 0, 1000, 1000), square(500, 500, 800, 800), forest=0), report)
    assert square_metres(village) == pytest.approx(90_000, rel=1e-3)
    assert square_metres(forest) == pytest.approx(910_000, rel=1e-3)
    assert report.findings == []


def test_a_large_overlap_is_refused() -> None:
    with pytest.raises(MapRefused, match=r"a / b: claim the same 20\.\d ha, 20% of the smallest"):
        repair_coverage(town(square(0, 0, 1000, 1000), square(800, 0, 1800, 1000)), MapReport())


def test_overlaps_of_three_and_gaps_beside_gaps_are_settled() -> None:
    report = MapReport()
    shapes = [square(0, 0, 1004, 1004), square(1000, 0, 2000, 1004), square(0, 1000, 2000, 2000)]
    mended = repair_coverage(town(*shapes), report)
    assert shapely.coverage_is_valid(mended)
    assert square_metres(shapely.union_all(mended)) == pytest.approx(4_000_000, rel=1e-4)
    assert "a / b / c" in {f.where for f in report.findings}


def test_a_village_in_two_parts_keeps_both() -> None:
    parts = MultiPolygon([square(0, 0, 100, 100), square(500, 0, 600, 100)])
    mended, _ = repair_coverage(town(parts, square(100, 0, 500, 100)), MapReport())
    assert mended.geom_type == "MultiPolygon"


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 3.0, 10.0]))
def test_borders_drawn_twice_with_a_shaky_hand_become_one(seed: int, metres: float) -> None:
    """Every village's outline wobbles on its own; the mended map is whole and nobody moved far."""
    rng = np.random.default_rng(seed)

    def wobble(features: Features) -> None:
        for feature, area in zip(features, cells(), strict=True):
            corners = shapely.get_coordinates(shapely.segmentize(area.shape, 0.004))[:-1]
            shaky = Polygon(corners + rng.uniform(-metres, metres, corners.shape) * METRE)
            feature["geometry"] = json.loads(json.dumps(mapping(shaky)))

    mended = check(a_map(wobble))
    assert shapely.coverage_is_valid([area.shape for area in mended.areas])
    lats, lons = rng.uniform(-7.94, -7.733, 500), rng.uniform(112.475, 112.595, 500)
    safe = np.array([_depth(lat, lon) > 3 * metres * METRE for lat, lon in zip(lats, lons, strict=True)])
    before, after = _CELLS.place_many(lats, lons), mended.boundaries.place_many(lats, lons)
    assert before.codes[safe].tolist() == after.codes[safe].tolist()


_CELLS = Boundaries(cells(), official=False)
_EDGES = shapely.union_all([area.shape.boundary for area in cells()])
shapely.prepare(_EDGES)


def _depth(lat: float, lon: float) -> float:
    """Degrees to the nearest border."""
    return float(shapely.distance(_EDGES, shapely.Point(lon, lat)))
