"""Each statistic gives the worked example of the textbooks, and the many at once give what the single one does."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.figures.kpis import percentile
from data.domain.figures.measures.statistics import (
    Z998,
    case_mix,
    ecdf,
    funnel,
    funnel_limits,
    interpolated_quantiles,
    kaplan_meier,
    kaplan_meier_quantiles,
    nearest_rank,
    wilson,
    xmr,
)

EXAMPLE = ([2, 3, 5, 5, 8, 10], [True, True, True, False, False, False])
groups = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 9) | st.integers(0, 2**31 - 1), st.booleans()), max_size=60
)


@pytest.mark.parametrize(
    ("part", "n", "low", "high"), [(18, 20, 69.9, 97.2), (180, 200, 85.1, 93.4), (0, 5, 0, 43.4), (5, 5, 56.6, 100)]
)
def test_wilsons_interval_holds_the_share_of_few_and_of_many(part: int, n: int, low: float, high: float):
    interval = wilson(part, n)
    assert interval is not None
    assert (round(interval.low * 100, 1), round(interval.high * 100, 1)) == (low, high)


def test_without_cases_there_is_no_interval():
    assert wilson(0, 0) is None


def test_the_funnels_limits_narrow_with_the_number_of_cases():
    near, far = funnel_limits(0.8, 50), funnel_limits(0.8, 50, Z998)
    assert [round(limit * 100, 1) for limit in (*near, *far)] == [68.9, 91.1, 62.5, 97.5]


def test_an_agency_beyond_the_funnel_is_far_outside():
    found = funnel([30, 770, 0], [50, 950, 0])  # 80 % of all
    assert found is not None
    assert found.points[2] is None
    first = found.points[0]
    assert first is not None
    assert round(first.z * max(1.0, found.phi) ** 0.5, 2) == -3.54


def test_groups_that_spread_more_than_chance_widen_the_funnel():
    parts, wholes = [7_000, 8_000, 9_000, 8_000], [10_000] * 4
    found = funnel(parts, wholes)
    assert found is not None
    assert found.phi > 300
    assert not any(point is not None and point.outside for point in found.points)


def test_there_is_no_funnel_when_everything_was_in_time():
    assert funnel([5, 5], [5, 5]) is None
    assert funnel([], []) is None


def test_a_difficult_mix_of_cases_is_no_fault():
    mix = case_mix(35, {"a": 10, "b": 40}, {"a": 0.9, "b": 0.6})
    assert mix.expected == pytest.approx(33)
    assert mix.ratio == pytest.approx(1.06, abs=0.001)


def test_kaplan_and_meiers_curve():
    curve = kaplan_meier(*EXAMPLE)
    assert curve.times.tolist() == [2, 3, 5]
    assert [round(value, 4) for value in curve.survival] == [0.8333, 0.6667, 0.5]
    assert round(curve.error[-1], 3) == 0.204
    assert curve.quantile(0.5) == 5
    assert curve.quantile(0.9) is None
    assert curve.longest == 10


def test_the_curve_tells_what_share_had_ended_within_a_time():
    assert ecdf(kaplan_meier(*EXAMPLE), [1, 2, 4.9, 5, 99]) == pytest.approx([0, 1 / 6, 1 / 3, 0.5, 0.5])


def test_without_open_cases_the_curves_median_is_the_nearest_rank():
    assert kaplan_meier([4, 1, 3, 2], [True] * 4).quantile(0.5) == nearest_rank([4, 1, 3, 2], 0.5) == 2


@given(groups)
def test_the_quantiles_of_many_groups_are_those_of_each_curve(listed: list[tuple[int, int, bool]]):
    cell, lengths, over = (np.array([row[n] for row in listed]) for n in range(3))
    found = kaplan_meier_quantiles(cell.astype(np.int64), lengths.astype(np.int64), over.astype(bool), (0.5, 0.9), 4)
    for group in range(4):
        mine = [(length, ended) for each, length, ended in listed if each == group]
        for share, values in zip((Fraction(1, 2), Fraction(9, 10)), found.values, strict=True):
            expected = exact_quantile(mine, share)
            assert (None if np.isnan(values[group]) else values[group]) == expected
        assert found.n[group] == len(mine)
        assert found.open_n[group] == sum(not ended for _, ended in mine)


def exact_quantile(listed: list[tuple[int, bool]], share: Fraction) -> int | None:
    """In fractions, straight from the definition."""
    survival = Fraction(1)
    for time in sorted({length for length, ended in listed if ended}):
        at_risk = sum(length >= time for length, _ in listed)
        survival *= Fraction(at_risk - sum(pair == (time, True) for pair in listed), at_risk)
        if survival <= 1 - share:
            return time
    return None


@given(groups)
def test_interpolated_quantiles_are_those_of_the_wall(listed: list[tuple[int, int, bool]]):
    cell, lengths = (np.array([row[n] for row in listed]).astype(np.int64) for n in range(2))
    found = interpolated_quantiles(cell, lengths, (0.5, 0.9), 4)
    for group in range(4):
        mine = [length for each, length, _ in listed if each == group]
        for share, values in zip((0.5, 0.9), found.values, strict=True):
            expected = percentile(mine, share)
            assert np.isnan(values[group]) if expected is None else values[group] == pytest.approx(expected)


def test_an_individuals_chart_is_measured_by_its_base():
    base = xmr([52, 48, 55, 50, 47, 53, 49, 51, 46])
    assert base is not None
    assert (round(base.mean, 2), base.mean_range) == (50.11, 4.5)
    assert [round(limit, 1) for limit in base.limits] == [38.1, 62.1]
    assert base.is_unusual(80)
    assert not base.is_unusual(62)


def test_an_unusual_week_in_the_base_hides_itself():
    spoilt = xmr([52, 48, 55, 50, 47, 53, 49, 51, 46, 80])
    assert spoilt is not None
    assert [round(limit, 1) for limit in spoilt.limits] == [32.4, 73.8]


def test_one_week_is_no_base():
    assert xmr([50]) is None


def test_the_nearest_rank_is_a_value_that_was_there():
    assert nearest_rank([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9) == 90
    assert nearest_rank([7], 0.5) == 7
    assert nearest_rank([], 0.5) is None
