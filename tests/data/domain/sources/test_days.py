"""The last days of a source: delivered, late, silent, rejected."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.domain.sources.days import Hour, days_of, hour_statuses
from data.domain.sources.rhythm import Rhythm

WIB = ZoneInfo("Asia/Jakarta")
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
"""Tuesday, 10:30 WIB."""
MIDNIGHT = datetime(2026, 11, 23, 17, tzinfo=UTC)


def an_hour(n: int, delivered: int = 0, updated: int = 0, rejected: int = 0, **more: int) -> Hour:
    """The n-th hour of Tuesday; asked and answered unless said otherwise."""
    return Hour(MIDNIGHT + n * HOUR, delivered, updated, rejected, more.get("fetches", 1), more.get("failures", 0))


def steady(weight: float) -> Rhythm:
    slots = [(off, day, hour) for off in (False, True) for day in range(7) for hour in range(24)]
    return Rhythm(dict.fromkeys(slots, weight), dict.fromkeys(slots, weight), WIB, lambda day: False)


def test_a_day_sums_up_its_hours_in_local_time():
    rows = [an_hour(-1, 7), an_hour(0, 3, 1), an_hour(9, 2, 0, 4), an_hour(10, 5)]
    yesterday, today = days_of(rows, NOW, WIB, 2)
    assert (yesterday.day, yesterday.delivered, yesterday.known) == (date(2026, 11, 23), 7, True)
    assert (today.delivered, today.updated, today.rejected) == (10, 1, 4)
    assert set(today.hours) == set(range(11))


def test_days_before_the_first_hour_are_not_known():
    days = days_of([an_hour(0, 1)], NOW, WIB, 14)
    assert [day.known for day in days] == [False] * 13 + [True]
    assert not any(day.known for day in days_of([], NOW, WIB, 14))


def test_hours_without_an_answer_are_late_and_the_present_one_is_not_yet():
    rows = [an_hour(6), an_hour(7, fetches=0, failures=9)]
    [today] = days_of(rows, NOW, WIB, 1)
    assert [hour for hour, each in today.hours.items() if each.late] == [7, 8, 9]
    assert (today.late_h, today.failures) == (3, 9)


def test_a_source_that_is_asked_twice_a_day_is_not_late_between_two_looks():
    rows = [an_hour(n) for n in (-12, 0)]
    assert sum(each.late for each in hour_statuses(rows, NOW, expected_s=13 * 3600)) == 0


def test_hours_are_silent_once_the_silence_is_no_chance_and_until_something_comes():
    rows = [an_hour(n, 5 if n in {0, 6} else 0) for n in range(11)]
    [today] = days_of(rows, NOW, WIB, 1, rhythm=steady(2.5))
    assert [hour for hour, each in today.hours.items() if each.silent] == [3, 4, 5, 9]
    assert today.silent_h == 4


def test_nothing_is_concluded_from_hours_in_which_it_could_not_be_heard():
    rows = [an_hour(0, 5)] + [an_hour(n, fetches=0, failures=1) for n in range(1, 10)]
    [today] = days_of(rows, NOW, WIB, 1, rhythm=steady(2.5))
    assert (today.late_h, today.silent_h) == (9, 0)


def test_a_source_that_sends_only_rubbish_is_not_silent():
    rows = [an_hour(n, 0, 0, 3) for n in range(10)]
    [today] = days_of(rows, NOW, WIB, 1, rhythm=steady(9.0))
    assert (today.silent_h, today.rejected) == (0, 30)
