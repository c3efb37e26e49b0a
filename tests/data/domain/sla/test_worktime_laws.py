"""Laws of working time, held against an oracle that walks minute by minute."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.domain.city.model import CalendarSpec, DatedDay, Season
from data.domain.sla.worktime import Calendar, HorizonError, epoch
from tests.data.domain.small_city import DAY

FIRST, LAST = date(2026, 3, 20), date(2026, 4, 6)
ZONES = ("Asia/Jakarta", "Europe/Berlin", "America/New_York")
MINUTE = timedelta(minutes=1)

clock_times = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))
ends = st.one_of(clock_times, st.just(time.max))
windows = st.lists(st.tuples(clock_times, ends), max_size=3).map(tuple)
weeks = st.dictionaries(st.integers(0, 6), windows, max_size=7)
days = st.dates(FIRST, LAST)


dated_days = st.dictionaries(
    days, st.one_of(st.none(), windows).map(lambda hours: DatedDay("Tanggal", hours)), max_size=5
)


@st.composite
def some_seasons(draw: st.DrawFn) -> tuple[Season, ...]:
    """At most two, which do not overlap."""
    edges = sorted(draw(st.sets(days, min_size=4, max_size=4)))
    return tuple(Season("Musim", *edges[n : n + 2], draw(weeks)) for n in draw(st.sets(st.sampled_from([0, 2]))))


GIVEN = WeakKeyDictionary[Calendar, Mapping[date, str]]()
"""The holidays that each calendar was given."""


@st.composite
def some_calendar(draw: st.DrawFn) -> Calendar:
    always = draw(st.integers(0, 9)) == 0
    dated = {} if always else {"seasons": draw(some_seasons()), "days": draw(dated_days)}
    spec = CalendarSpec("acak", 1, always, draw(weeks), **dated)
    holidays = dict.fromkeys(draw(st.sets(days, max_size=4)), "Libur")
    calendar = Calendar(spec, holidays, ZoneInfo(draw(st.sampled_from(ZONES))), FIRST, LAST)
    GIVEN[calendar] = holidays
    return calendar


moments = st.integers(0, 16 * 24 * 60).map(lambda n: datetime(2026, 3, 20, 5, tzinfo=UTC) + n * MINUTE)


def opens_on(day: date, calendar: Calendar) -> tuple[tuple[time, time], ...]:
    spec = calendar.spec
    if not FIRST <= day <= LAST:
        return ()
    if day in spec.days and spec.days[day].hours is not None:
        return spec.days[day].hours
    if day in GIVEN[calendar] and day not in spec.days:
        return ()
    hours = spec.hours
    for season in spec.seasons:
        if season.first <= day <= season.last:
            hours = season.hours
    return hours.get(day.weekday(), ())


def works(calendar: Calendar, at: datetime) -> bool:
    """The slow, obvious rule: is `at` inside a window of today, or of yesterday reaching over midnight?"""
    if calendar.spec.always:
        return True
    local = at.astimezone(calendar.zone)
    today, now = local.date(), local.timetz().replace(tzinfo=None)
    for start, end in opens_on(today, calendar):
        if start <= now and (now < end or end <= start):
            return True
    return any(end != time.max and end <= start and now < end for start, end in opens_on(today - DAY, calendar))


def minutes_between(calendar: Calendar, a: datetime, b: datetime) -> int:
    total, at = 0, a
    while at < b:
        total += works(calendar, at)
        at += MINUTE
    return total


@given(some_calendar(), moments)
def test_it_is_open_when_the_oracle_says_so(calendar: Calendar, at: datetime):
    assert calendar.is_open(at) == works(calendar, at)


@given(some_calendar(), moments, st.integers(0, 6 * 24 * 60))
def test_time_between_is_what_the_oracle_counts(calendar: Calendar, a: datetime, gap: int):
    b = min(a + gap * MINUTE, datetime(2026, 4, 6, tzinfo=UTC))
    a = min(a, b)
    assert calendar.between(a, b) == 60 * minutes_between(calendar, a, b)
    assert calendar.between(b, a) == -calendar.between(a, b)


@given(some_calendar(), moments, st.integers(1, 3 * 24 * 60))
def test_the_due_moment_is_the_first_by_which_the_time_has_passed(calendar: Calendar, start: datetime, minutes: int):
    try:
        due = calendar.add(start, minutes * 60)
    except HorizonError:
        end = calendar.last + DAY
        midnight = datetime.combine(end, time.min, calendar.zone)
        assert minutes_between(calendar, start, midnight) < minutes
        return
    assert calendar.between(start, due) == minutes * 60
    assert works(calendar, due - MINUTE)


@given(some_calendar(), moments, moments, moments)
def test_stretches_add_up(calendar: Calendar, a: datetime, b: datetime, c: datetime):
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


@given(some_calendar(), moments, moments)
def test_windows_are_apart_in_order_and_hold_all_working_time(calendar: Calendar, a: datetime, b: datetime):
    a, b = min(a, b), max(a, b)
    found = calendar.windows(a, b)
    assert sum(int((end - start).total_seconds()) for start, end in found) == calendar.between(a, b)
    edges = [edge for window in found for edge in window]
    assert edges == sorted(set(edges))
    assert all(a <= edge <= b for edge in edges)


@given(some_calendar(), st.lists(moments, min_size=1, max_size=8), st.integers(0, 2 * 24 * 3600))
def test_many_at_once_are_each_one_alone(calendar: Calendar, starts: list[datetime], seconds: int):
    rows = np.array([epoch(start) for start in starts], dtype=np.int64)
    assert calendar.between_many(rows, rows[::-1]).tolist() == [
        calendar.worked(a, b) for a, b in zip(rows.tolist(), rows[::-1].tolist(), strict=True)
    ]
    try:
        alone = [calendar.due(start, seconds) for start in rows.tolist()]
    except HorizonError:
        return
    assert calendar.add_many(rows, seconds).tolist() == alone
    assert calendar.add_many(rows[:0], seconds).tolist() == []


@given(some_calendar(), moments, st.integers(1, 6))
def test_working_days_are_counted_one_by_one(calendar: Calendar, start: datetime, count: int):
    day, left = start.astimezone(calendar.zone).date(), count
    while left and day < LAST:
        day += DAY
        left -= calendar.spec.always or bool(opens_on(day, calendar))
    if left:
        return
    opening, close = calendar.days_after(epoch(start), count)
    last_midnight = epoch(datetime.combine(day, time.min, calendar.zone))
    assert opening > epoch(start)
    assert last_midnight < close <= last_midnight + 2 * 86400
    many = calendar.days_after_many(np.array([epoch(start)]), np.array([count]))
    assert [column.tolist() for column in many] == [[opening], [close]]
