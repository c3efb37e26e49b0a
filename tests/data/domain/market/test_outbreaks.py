"""EARS gives what `earsC` of the R package surveillance gives: its own example, and S. Newport in Germany."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from data.domain.market.outbreaks import BASELINE, Method, Settings, alarms, bounds
from tests.real_data import REAL_DATA, needs_real_data

AS_IN_R = Settings(least_sd=0.0)
Z05 = 1.6448536269514722


def weeks() -> list[tuple[str, int]]:
    files = (REAL_DATA / "outbreak" / f"salmonella_{name}.csv" for name in ("train", "test"))
    return [(row[0], int(row[1])) for path in files for row in _rows(path)]


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:]


def alarmed(method: Method, settings: Settings) -> list[str]:
    known = weeks()
    found = alarms([count for _, count in known], method, settings)
    return [week for (week, _), alarm in zip(known, found, strict=True) if alarm and week >= "2011"]


def test_the_example_of_the_package_has_its_bounds():
    found = bounds([1, 1, 1, 3, 3, 1, 2, 1, 0, 3], Method.C1, Settings(Z05, 0.0))
    assert found[:7] == [None] * BASELINE
    assert [round(bound, 6) for bound in found[7:] if bound is not None] == [3.278854, 3.278854, 3.436517]


C1 = ["2011-08-01", "2011-10-31", "2011-11-07", "2012-06-11", "2012-06-25"]
C2 = sorted([*C1, "2011-11-14", "2011-11-21"])
C3 = ["2011-11-14", "2011-11-21", "2011-11-28", "2011-12-05", "2012-07-02", "2012-07-09"]


@needs_real_data
@pytest.mark.parametrize("settings", [AS_IN_R, Settings()])
@pytest.mark.parametrize(("method", "expected"), [(Method.C1, C1), (Method.C2, C2), (Method.C3, C3)])
def test_newport_in_germany_alarms_in_the_known_weeks(method: Method, expected: list[str], settings: Settings):
    assert len(weeks()) == 470
    assert alarmed(method, settings) == expected


@pytest.mark.parametrize(("method", "first"), [(Method.C1, 8), (Method.C2, 10), (Method.C3, 12)])
def test_a_bound_needs_its_whole_baseline(method: Method, first: int):
    found = bounds([2] * 15, method)
    assert next(week for week, bound in enumerate(found, 1) if bound is not None) == first


def test_one_report_after_quiet_weeks_is_no_outbreak_and_two_are():
    assert alarms([0] * 9 + [1], Method.C2)[-1] is False
    assert alarms([0] * 9 + [2], Method.C2)[-1] is True
    assert alarms([0] * 9 + [1], Method.C2, AS_IN_R)[-1] is True
