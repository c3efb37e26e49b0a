"""The days off that the installed package knows."""

from __future__ import annotations

from datetime import date

from data.reference.holidays import joint_leave, national, without_joint_leave


def test_2026_has_seventeen_national_holidays_with_indonesian_names() -> None:
    days = national([2026])
    assert len(days) == 17
    assert days[date(2026, 3, 19)] == "Hari Suci Nyepi"
    assert days[date(2026, 8, 17)] == "Hari Kemerdekaan Republik Indonesia"


def test_2026_has_the_eight_days_of_joint_leave_of_the_decree() -> None:
    months_and_days = [(day.month, day.day) for day in joint_leave([2026])]
    assert months_and_days == [(2, 16), (3, 18), (3, 20), (3, 23), (3, 24), (5, 15), (5, 28), (12, 24)]


def test_only_the_asked_years_are_given_in_order_and_once() -> None:
    days = list(national([2026, 2025, 2026]))
    assert days == sorted(days)
    assert {day.year for day in days} == {2025, 2026}
    assert national([]) == {}
    assert joint_leave([]) == {}


def test_no_day_is_both_a_holiday_and_joint_leave() -> None:
    years = range(2018, 2028)
    assert not national(years).keys() & joint_leave(years).keys()


def test_years_whose_joint_leave_is_not_decreed_are_told() -> None:
    assert without_joint_leave([2026]) == ()
    assert without_joint_leave([2040, 2026, 2039]) == (2039, 2040)


def test_every_coming_year_has_its_national_holidays() -> None:
    for year in range(2024, 2041):
        assert len(national([year])) >= 13
