"""What lies near what, compared with looking at every pair."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.domain.distances import distance_m, distances_m
from data.store.geo.nearness import Points, rounded

LAT = st.floats(-7.94, -7.73)
LON = st.floats(112.47, 112.60)
SPOTS = st.lists(st.tuples(LAT, LON), max_size=40)
Spots = Sequence[tuple[float, float]]


def columns(spots: Spots) -> tuple[list[float], list[float]]:
    return [lat for lat, _ in spots], [lon for _, lon in spots]


def test_the_distance_is_that_of_the_sphere():
    far = distances_m(*(np.array([each]) for each in (-7.8713, 112.5267, -7.803, 112.5185)))
    assert round(float(far[0])) == 7648


@given(known=SPOTS, asked=SPOTS, within=st.sampled_from((50.0, 500.0, 3000.0)))
@settings(max_examples=150)
def test_exactly_the_pairs_within_the_radius_are_found(known: Spots, asked: Spots, within: float):
    pairs = Points(*columns(known)).near(*columns(asked), within)
    slow = {
        (a, k): far
        for a, (lat, lon) in enumerate(asked)
        for k, (lat2, lon2) in enumerate(known)
        if (far := distance_m(lat, lon, lat2, lon2) or 0.0) <= within
    }
    found = dict(zip(zip(pairs.asked.tolist(), pairs.known.tolist(), strict=True), pairs.metres.tolist(), strict=True))
    assert found.keys() == slow.keys()
    assert all(math.isclose(found[pair], slow[pair], abs_tol=0.01) for pair in slow)


@given(known=SPOTS, asked=SPOTS)
@settings(max_examples=100)
def test_the_nearest_is_the_nearest_of_all(known: Spots, asked: Spots):
    found = Points(*columns(known)).nearest(*columns(asked), 2000)
    for (lat, lon), best in zip(asked, found, strict=True):
        every = [distance_m(lat, lon, *other) or 0.0 for other in known]
        inside = [far for far in every if far <= 2000]
        assert (best is None) == (not inside)
        if best is not None:
            assert math.isclose(best[1], min(inside), abs_tol=0.01)


@pytest.mark.parametrize(("far", "told"), [(0, 0), (24, 0), (26, 50), (130, 150), (212, 200), (488, 500)])
def test_a_distance_is_told_in_steps(far: float, told: int):
    assert rounded(far) == told
