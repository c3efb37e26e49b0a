from __future__ import annotations

import pytest

from dashboard.reports.month.ikm import ikm_class, ikm_value


@pytest.mark.parametrize(
    ("value", "name"),
    [(25.0, "D"), (64.99, "D"), (65.0, "C"), (76.60, "C"), (76.61, "B"), (88.30, "B"), (88.31, "A"), (100.0, "A")],
)
def test_the_classes_begin_at_their_limits(value: float, name: str):
    assert ikm_class(value) == name


@pytest.mark.parametrize(("mean", "value"), [(1.0, 25.0), (5.0, 100.0), (3.0, 62.5), (3.33, 68.69)])
def test_ratings_of_1_to_5_reach_from_25_to_100(mean: float, value: float):
    assert ikm_value(mean) == value
