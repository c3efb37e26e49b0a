from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from data.domain.sources.screens import MINUTE_S, Blind, ScreenHour, blind_times, by_screen, minute_of

HOUR = datetime(2026, 10, 1, 5, tzinfo=UTC)
START = int(HOUR.timestamp())


def test_a_moment_lies_in_one_minute_of_its_hour():
    assert minute_of("peta", HOUR.replace(minute=59, second=59)) == ScreenHour("peta", HOUR, 1 << 59)
    assert [*ScreenHour("peta", HOUR, 0b101).connected()] == [START, START + 120]


def test_a_screen_is_blind_before_between_and_after_its_minutes():
    hours = [ScreenHour("peta", HOUR, 0b110)]
    assert blind_times(hours, START, START + 300) == [Blind(START, START + 60), Blind(START + 180, START + 300)]
    assert blind_times(hours, START + 60, START + 180) == []
    assert blind_times([], START, START + 60) == [Blind(START, START + 60)]


@given(st.lists(st.integers(0, 2**60 - 1), max_size=3), st.integers(0, 90), st.integers(0, 200))
def test_blind_minutes_are_those_that_are_not_there(bits: list[int], first: int, count: int):
    hours = [ScreenHour("peta", datetime.fromtimestamp(START + 3600 * n, UTC), each) for n, each in enumerate(bits)]
    start, end = START + first * MINUTE_S, START + (first + count) * MINUTE_S
    seen = {START + (60 * n + m) * MINUTE_S for n, each in enumerate(bits) for m in range(60) if each >> m & 1}
    found = blind_times(hours, start, end)
    minutes = [at for each in found for at in range(each.since, each.until, MINUTE_S)]
    assert minutes == [at for at in range(start, end, MINUTE_S) if at not in seen]


def test_hours_are_told_apart_by_screen():
    one, two = ScreenHour("antrean", HOUR, 1), ScreenHour("peta", HOUR, 2)
    assert by_screen([one, two]) == {"antrean": [one], "peta": [two]}
