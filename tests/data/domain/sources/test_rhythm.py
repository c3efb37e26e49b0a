"""Since when a silence is no chance: what a source's own weeks say, and what they do not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.sources.rhythm import LIMIT, Rhythm, learn

WIB = ZoneInfo("Asia/Jakarta")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""Tuesday, 10:00 WIB."""
BY_DAY = [0.2] * 6 + [6, 10, 14, 16, 16, 16, 14, 14, 16, 16, 14, 12, 10, 8, 6, 4, 2, 1]
"""How citizens' reports spread over a day."""


def weekend(day: date) -> bool:
    return day.weekday() >= 5


def heard(records: Callable[[datetime], int], weeks: int = 8) -> dict[datetime, int]:
    """`records` of the local hour, over so many weeks until NOW."""
    first = NOW - timedelta(weeks=weeks)
    hours = [first + n * HOUR for n in range(weeks * 168)]
    return {hour: records(hour.astimezone(WIB)) for hour in hours}


def rhythm(records: Callable[[datetime], int], weeks: int = 8) -> Rhythm:
    found = learn(heard(records, weeks), WIB, weekend)
    assert found is not None
    return found


def citizens(per_day: float, seed: int = 1) -> Callable[[datetime], int]:
    """Independent reports, more by day than by night."""
    dice = random.Random(seed)

    def records(hour: datetime) -> int:
        mean, n, product = per_day * BY_DAY[hour.hour] / sum(BY_DAY), 0, dice.random()
        while product > math.exp(-mean):
            n, product = n + 1, product * dice.random()
        return n

    return records


def morning_file(hour: datetime) -> int:
    return 500 if hour.hour == 7 else 0


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB)


@pytest.mark.parametrize("weeks", [2, 4, 8])
def test_a_feed_that_delivers_200_a_day_is_late_after_about_an_hour_by_day(weeks: int):
    silent_at = rhythm(citizens(200), weeks).silent_at(local(24, 10, 5))
    assert local(24, 11, 5) <= silent_at <= local(24, 11, 30)


def test_a_feed_that_delivers_200_a_day_is_late_after_hours_at_night():
    assert rhythm(citizens(200)).silent_at(local(25, 1)) >= local(25, 5)


def test_a_feed_that_delivers_twice_a_week_is_not_late_after_days():
    dice = random.Random(7)
    now_and_then = rhythm(lambda hour: 10 if dice.random() < 2 / 168 else 0)
    assert now_and_then.silent_at(local(24, 10)) > local(24, 10) + 10 * DAY
    market_days = rhythm(lambda hour: 10 if hour.hour == 10 and hour.weekday() in {1, 4} else 0)
    assert market_days.silent_at(local(24, 10)) > local(24, 10) + 7 * DAY


def test_a_file_that_comes_every_morning_is_late_an_hour_later_and_not_before():
    silent_at = rhythm(morning_file).silent_at(local(23, 7, 20))
    assert local(24, 8) <= silent_at <= local(24, 9)


def test_a_file_that_comes_on_working_days_is_awaited_on_the_next_one():
    office = rhythm(lambda hour: morning_file(hour) if hour.weekday() < 5 else 0)
    assert office.silent_at(local(20, 7, 20)) == local(23, 8)  # Friday's file, so Monday's is missing


def office(hour: datetime) -> int:
    return 0 if weekend(hour.date()) or not 8 <= hour.hour < 16 else 3


@pytest.mark.parametrize("days", [4, 5, 7, 12, 56])
def test_an_offices_feed_is_awaited_on_no_day_off_however_new_it_is(days: int):
    friday = local(20, 16)
    hours = [friday - n * HOUR for n in range(days * 24, 0, -1)]
    found = learn({hour.astimezone(UTC): office(hour) for hour in hours}, WIB, weekend)
    assert found is not None
    silent_at = found.silent_at(local(20, 15, 30))
    assert local(23, 9) <= silent_at <= local(23, 12)


def test_days_off_in_a_row_are_no_silence_of_an_office_that_had_one_weekend_so_far():
    def holidays(day: date) -> bool:
        return weekend(day) or day in {date(2026, 11, 19), date(2026, 11, 20)}

    hours = [local(18, 16) - n * HOUR for n in range(10 * 24, 0, -1)]
    found = learn({hour.astimezone(UTC): office(hour) for hour in hours}, WIB, holidays)
    assert found is not None
    assert local(23, 9) <= found.silent_at(local(18, 15, 30)) <= local(23, 12)


def test_a_feed_of_all_days_is_awaited_on_a_day_off_once_it_has_come_on_one():
    new = heard(citizens(200), weeks=1)
    found = learn(new, WIB, weekend)
    assert found is not None
    assert found.silent_at(local(28, 10, 5)) <= local(28, 13)


def test_a_big_import_does_not_make_a_slow_feed_a_busy_one():
    def slow(hour: datetime) -> int:
        return int(hour.hour in {9, 15})

    imported = local(3, 14)
    plain, with_import = (rhythm(lambda hour, n=n: n if hour == imported else slow(hour)) for n in (0, 100_000))
    one, other = (each.silent_at(local(24, 9)) for each in (plain, with_import))
    assert abs(one - other) < 12 * HOUR


def test_of_too_little_nothing_is_concluded():
    assert learn({}, WIB, weekend) is None
    assert learn(heard(lambda hour: int(hour.weekday() == 1 and hour.hour == 9)), WIB, weekend) is None
    two_days = dict(list(heard(citizens(200)).items())[:48])
    assert learn(two_days, WIB, weekend) is None


def test_one_import_is_no_rhythm():
    assert learn(heard(lambda hour: 100_000 if hour == local(3, 14) else 0), WIB, weekend) is None


def test_from_hours_in_which_nobody_listened_nothing_is_concluded():
    busy, last = rhythm(citizens(200)), local(24, 10, 55)
    down = frozenset(local(24, hour) for hour in (11, 12, 13))
    assert busy.silent_at(last, down) >= local(24, 14)


def test_the_silence_that_is_judged_teaches_nothing():
    calm = heard(citizens(200))
    last = max(hour for hour, n in calm.items() if n)
    hours = calm | {last + n * HOUR: 0 for n in range(1, 200)}
    assert learn(hours, WIB, weekend) == learn(calm, WIB, weekend)


def test_an_outage_of_last_week_makes_nobody_patient():
    calm = heard(citizens(200))
    outage = {hour: 0 for hour in calm if local(17, 8) <= hour <= local(18, 12)}
    found = learn(calm | outage, WIB, weekend)
    assert local(24, 11, 5) <= found.silent_at(local(24, 10, 5)) <= local(24, 11, 30)


def test_a_feed_that_has_become_a_rare_one_is_not_late_for_ever():
    busy, changed = citizens(200), datetime(2026, 10, 6, tzinfo=WIB)
    rare = rhythm(lambda hour: busy(hour) if hour < changed else 30 * (hour.weekday() == 0 and hour.hour == 9))
    assert rare.silent_at(local(23, 9, 30)) > local(24, 9, 30)


def test_false_alarms_are_rare():
    dice = random.Random(3)
    feed, alarms, last = rhythm(citizens(40)), 0, NOW
    due = feed.silent_at(last)
    for n in range(30 * 24 * 12):
        now = NOW + n * timedelta(minutes=5)
        if dice.random() < 40 * BY_DAY[now.astimezone(WIB).hour] / sum(BY_DAY) / 12:
            last, due = now, feed.silent_at(now)
        elif now >= due:
            alarms, last, due = alarms + 1, now, feed.silent_at(now)
    assert alarms <= 2


COUNTS = st.lists(st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 1_000_000)), min_size=72, max_size=800)


def of_counts(counts: list[int]) -> Rhythm | None:
    return learn({NOW - (len(counts) - n) * HOUR: count for n, count in enumerate(counts)}, WIB, weekend)


@given(COUNTS, st.integers(0, 7 * 86_400))
def test_a_silence_is_one_from_the_moment_it_surprises_and_never_within_an_hour(counts: list[int], later: int):
    found = of_counts(counts)
    last = NOW + timedelta(seconds=later)
    silent_at = found.silent_at(last) if found else None
    if found is None or silent_at is None:
        return
    assert silent_at >= last + HOUR
    assert found.surprisal(last, silent_at + timedelta(seconds=1)) >= LIMIT - 0.01
    if silent_at > last + HOUR:
        assert found.surprisal(last, silent_at - timedelta(seconds=1)) < LIMIT


@given(COUNTS, st.integers(0, 86_400), st.integers(0, 86_400))
def test_surprise_only_grows_with_time(counts: list[int], first: int, second: int):
    found = of_counts(counts)
    if found is not None:
        passed = [found.surprisal(NOW, NOW + timedelta(seconds=each)) for each in sorted((first, second))]
        assert 0 <= passed[0] <= passed[1] + 1e-9


@given(COUNTS)
def test_no_hour_weighs_more_than_its_records_or_less_than_nothing(counts: list[int]):
    found = of_counts(counts)
    if found is not None:
        for slot, weight in found.weights.items():
            assert 0 <= weight <= found.means[slot] + 1e-9


@given(COUNTS)
def test_the_last_of_what_was_heard_comes_later_the_later_it_was(counts: list[int]):
    found = of_counts(counts)
    if found is not None:
        earlier, later = (found.silent_at(NOW + n * HOUR) for n in (0, 3))
        assert later is None or earlier is None or earlier <= later
