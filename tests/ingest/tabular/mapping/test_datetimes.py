from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.tabular.mapping.datetimes import Moments, NoMoment

BALTIMORE = Moments(("%m/%d/%Y %I:%M:%S %p",), "America/New_York")
WIB = Moments(("iso", "%d/%m/%Y %H:%M", "%d %b %Y %H:%M", "%d/%m/%Y"), "Asia/Jakarta")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2024-01-05T02:13:00+07:00", utc(2024, 1, 4, 19, 13)),
        ("2024-01-05 02:13", utc(2024, 1, 4, 19, 13)),
        ("2024-01-04T19:13:00Z", utc(2024, 1, 4, 19, 13)),
        ("5/1/2024 02:13", utc(2024, 1, 4, 19, 13)),
        ("5 Jan 2024 02:13", utc(2024, 1, 4, 19, 13)),
        ("17 Agustus 2024 09:00", utc(2024, 8, 17, 2)),
        ("17 Aug 2024 09:00", utc(2024, 8, 17, 2)),
        ("1 Nopember 2024 09:00", utc(2024, 11, 1, 2)),
        ("1  mei  2024  09:00", utc(2024, 5, 1, 2)),
    ],
)
def test_a_moment_is_read_in_any_of_the_formats(text: str, at: datetime):
    assert WIB.read(text).at == at


def test_a_day_without_a_time_is_its_first_local_moment_and_says_so():
    assert WIB.read("5/1/2024") == (utc(2024, 1, 4, 17), False)
    assert WIB.read("2024-01-05") == (utc(2024, 1, 4, 17), False)
    assert WIB.read("2024-01-05 00:00").timed


def test_noon_and_midnight_of_the_12_hour_clock_are_told_apart():
    assert BALTIMORE.read("06/01/2018 12:00:00 AM").at == utc(2018, 6, 1, 4)
    assert BALTIMORE.read("06/01/2018 12:00:00 PM").at == utc(2018, 6, 1, 16)


def test_an_hour_that_the_clock_shows_twice_is_the_earlier_one():
    assert BALTIMORE.read("11/04/2018 01:30:00 AM").at == utc(2018, 11, 4, 5, 30)


def test_an_hour_that_the_clock_skips_is_read_with_the_offset_before():
    assert BALTIMORE.read("03/11/2018 02:30:00 AM").at == utc(2018, 3, 11, 7, 30)


@pytest.mark.parametrize("text", ["31/02/2024 10:00", "1 Foo 2024 10:00", "05/01/2024 25:00", "0000-01-01"])
def test_a_moment_that_does_not_exist_is_none(text: str):
    with pytest.raises(NoMoment):
        WIB.read(text)


def test_a_moment_beyond_the_end_of_time_is_none():
    with pytest.raises(NoMoment):
        Moments(("iso",), "America/New_York").read("9999-12-31 23:00")


def test_a_text_that_is_no_moment_is_told_what_would_be_right():
    with pytest.raises(NoMoment, match=r"2026-03-31 14:05 atau 31/03/2026 14:05"):
        WIB.read("kemarin")


@pytest.mark.parametrize("text", ["%H:%M", "%d/%m/%Y %I:%M", "%j %Y", "%d/%d/%m/%Y"])
def test_a_format_without_a_whole_date_or_with_an_unknown_part_is_refused(text: str):
    with pytest.raises(ValueError):
        Moments((text,), "Asia/Jakarta")


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)), st.integers(-23, 23))
def test_what_strftime_writes_is_read_back(naive: datetime, hours: int):
    whole = naive.replace(microsecond=0)
    assert Moments(("%m/%d/%Y %I:%M:%S %p",), "UTC").read(f"{whole:%m/%d/%Y %I:%M:%S %p}").at == whole.replace(
        tzinfo=UTC
    )
    zoned = f"{naive:%Y%m%d%H%M%S.%f}{'+' if hours >= 0 else '-'}{abs(hours):02d}:00"
    assert Moments(("%Y%m%d%H%M%S.%f%z",), "UTC").read(zoned).at == naive.replace(tzinfo=UTC) - timedelta(hours=hours)


@given(st.text(max_size=30))
def test_any_other_text_is_no_moment_and_nothing_else(text: str):
    with contextlib.suppress(NoMoment):
        WIB.read(text)
