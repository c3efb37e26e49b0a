"""Opening hours, one question at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.domain.city.model import CalendarSpec, DatedDay, Season
from data.domain.sla.worktime import Calendar, HorizonError, epoch, moment
from tests.data.domain.small_city import (
    DAY,
    HOUR,
    JOINT_2026,
    OFFICE_HOURS,
    PUBLIC_2026,
    ZONE,
    a_city,
    calendars,
    calendars_of,
    office,
    said,
    wib,
)

OFFICE = calendars()["kantor"]
ALWAYS = calendars()["selalu"]


def close_after(calendar: Calendar, start: datetime, days: int) -> datetime:
    """The close of the last of so many working days after the local day of `start`."""
    return moment(calendar.days_after(epoch(start), days)[1])


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2 07:59:59", False),
        ("2 08:00", True),
        ("2 15:59:59", True),
        ("2 16:00", False),
        ("5 10:59", True),
        ("5 11:00", False),
        ("6 09:00", False),
        ("1 09:00", False),
    ],
)
def test_it_is_open_from_a_window_s_start_to_just_before_its_end(at: str, is_open: bool):
    assert OFFICE.is_open(wib(at)) is is_open


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2 08:00", 3, "2 11:00"),
        ("2 07:00", 3, "2 11:00"),
        ("2 15:00", 3, "3 10:00"),
        ("2 17:00", 3, "3 11:00"),
        ("4 15:00", 4, "5 11:00"),
        ("5 10:00", 2, "8 09:00"),
        ("6 12:00", 1, "8 09:00"),
        ("15 15:00", 2, "17 09:00"),
        ("2 08:00", 8, "2 16:00"),
        ("2 20:00", 0, "2 20:00"),
    ],
)
def test_time_is_added_only_while_open(start: str, hours: int, due: str):
    assert said(OFFICE.add(wib(start), hours * 3600)) == due


def test_a_due_moment_on_a_window_s_end_is_that_end_and_not_the_next_start():
    assert said(OFFICE.add(wib("2 16:00"), 8 * 3600)) == "3 16:00"
    assert said(OFFICE.add(wib("2 16:00"), 8 * 3600 + 1)) == "4 08:00"


def test_time_between_has_a_sign():
    assert OFFICE.between(wib("4 12:00"), wib("8 09:00")) == 8 * 3600
    assert OFFICE.between(wib("8 09:00"), wib("4 12:00")) == -8 * 3600
    assert OFFICE.between(wib("6 00:00"), wib("7 23:00")) == 0


def test_windows_are_clipped_to_what_was_asked():
    windows = [(said(start), said(end)) for start, end in OFFICE.windows(wib("4 15:00"), wib("8 09:00"))]
    assert windows == [("4 15:00", "4 16:00"), ("5 08:00", "5 11:00"), ("8 08:00", "8 09:00")]
    assert OFFICE.windows(wib("8 09:00"), wib("4 15:00")) == []


def test_an_always_open_calendar_is_plain_arithmetic_without_a_horizon():
    far = datetime(1999, 12, 31, 23, 0, tzinfo=UTC)
    assert ALWAYS.add(far, 7200) == far + 2 * HOUR
    assert ALWAYS.between(far, far + DAY) == 86400
    assert ALWAYS.is_open(far)
    assert ALWAYS.covers(far)
    assert ALWAYS.windows(far, far + HOUR) == [(far, far + HOUR)]
    assert ALWAYS.windows(far, far) == []


def test_an_always_open_calendar_counts_a_day_from_midnight_to_midnight():
    assert said(close_after(ALWAYS, wib("2 15:00"), 3)) == "6 00:00"


def test_a_moment_outside_the_horizon_is_refused_by_name():
    with pytest.raises(HorizonError, match=r"'kantor' knows 2026-01-01 to 2027-12-31 only, not 2025-12-31 16:59:59"):
        OFFICE.add(wib("2025-12-31 23:59:59"), 60)
    with pytest.raises(HorizonError, match="working seconds after"):
        OFFICE.add(wib("2027-12-31 10:00"), 8 * 3600)
    with pytest.raises(HorizonError, match="14 working days after"):
        close_after(OFFICE, wib("2027-12-31 10:00"), 14)
    assert not OFFICE.covers(wib("2028-01-01 00:00"))
    assert OFFICE.covers(wib("2027-12-31 23:59"))


def test_many_at_once_are_refused_when_one_is_outside_the_horizon():
    rows = np.array([epoch(wib("2 08:00")), epoch(wib("2025-06-02 08:00")), epoch(wib("2028-06-02 08:00"))])
    assert OFFICE.covers_many(rows).tolist() == [True, False, False]
    with pytest.raises(HorizonError, match=r"2025-06-02 01:00:00\+00:00 and 1 more rows"):
        OFFICE.between_many(rows, rows)
    with pytest.raises(HorizonError, match="kantor"):
        OFFICE.add_many(np.array([epoch(wib("2027-12-31 10:00"))]), 8 * 3600)
    with pytest.raises(HorizonError, match="kantor"):
        OFFICE.days_after_many(np.array([epoch(wib("2027-12-31 10:00"))]), np.array([5]))


def test_negative_time_and_no_days_are_refused():
    with pytest.raises(ValueError, match="no negative time"):
        OFFICE.add(wib("2 08:00"), -1)
    with pytest.raises(ValueError, match="no negative time"):
        OFFICE.add_many(np.array([0]), -1)
    with pytest.raises(ValueError, match="1 day or more"):
        close_after(OFFICE, wib("2 08:00"), 0)


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="naive"):
        OFFICE.is_open(datetime(2026, 6, 2, 8))


def test_the_fraction_of_a_second_is_dropped_as_in_the_store():
    assert moment(epoch(datetime(2026, 6, 2, 1, 0, 0, 999_999, UTC))) == datetime(2026, 6, 2, 1, tzinfo=UTC)
    assert epoch(datetime(1969, 12, 31, 23, 59, 59, 500_000, UTC)) == -1


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_starts():
    night = CalendarSpec("malam", 1, False, {day: ((time(22), time(6)),) for day in range(7)})
    calendar = Calendar(night, {date(2026, 6, 3): "Libur"}, ZONE, date(2026, 6, 1), date(2026, 6, 10))
    assert calendar.is_open(wib("3 05:00"))
    assert not calendar.is_open(wib("3 23:00"))
    assert not calendar.is_open(wib("4 05:00"))
    assert said(calendar.add(wib("2 23:00"), 8 * 3600)) == "4 23:00"


def test_windows_that_meet_at_midnight_or_overlap_are_one():
    hours = {1: ((time(20), time.max), (time(19), time(21))), 2: ((time(0), time(4)),)}
    calendar = Calendar(CalendarSpec("malam", 1, False, hours), {}, ZONE, date(2026, 6, 1), date(2026, 6, 10))
    windows = [(said(start), said(end)) for start, end in calendar.windows(wib("2 00:00"), wib("5 00:00"))]
    assert windows == [("2 19:00", "3 04:00")]


def test_a_calendar_that_never_opens_says_so():
    calendar = Calendar(CalendarSpec("tutup", 1, False), {}, ZONE, date(2026, 6, 1), date(2026, 6, 10))
    assert calendar.between(wib("2 00:00"), wib("5 00:00")) == 0
    assert calendar.between_many(np.array([epoch(wib("2 00:00"))]), np.array([epoch(wib("5 00:00"))])).tolist() == [0]
    with pytest.raises(HorizonError):
        calendar.add(wib("2 00:00"), 1)
    with pytest.raises(HorizonError):
        calendar.add_many(np.array([epoch(wib("2 00:00"))]), 1)


def test_summer_time_changes_the_clock_and_not_the_working_day():
    berlin = ZoneInfo("Europe/Berlin")
    nights = {day: ((time(0), time(4)),) for day in range(7)}
    calendar = Calendar(CalendarSpec("nacht", 1, False, nights), {}, berlin, date(2026, 3, 27), date(2026, 3, 31))
    spring = datetime(2026, 3, 29, tzinfo=berlin)
    assert calendar.between(spring, datetime(2026, 3, 30, tzinfo=berlin)) == 3 * 3600
    assert calendar.add(spring, 3 * 3600) == datetime(2026, 3, 29, 4, tzinfo=berlin)


def test_hours_that_begin_at_a_time_that_the_clocks_skip_begin_when_they_are_put_forward():
    berlin = ZoneInfo("Europe/Berlin")
    nights = {day: ((time(2, 5), time(3, 5)),) for day in range(7)}
    calendar = Calendar(CalendarSpec("nacht", 1, False, nights), {}, berlin, date(2026, 3, 27), date(2026, 3, 31))
    spring = datetime(2026, 3, 29, tzinfo=berlin)
    assert calendar.windows(spring, datetime(2026, 3, 30, tzinfo=berlin)) == [
        (datetime(2026, 3, 29, 3, tzinfo=berlin), datetime(2026, 3, 29, 3, 5, tzinfo=berlin))
    ]


def test_joint_leave_is_worked_where_the_calendar_says_so():
    assert not OFFICE.is_open(wib("2026-12-24 09:00"))
    assert office(joint_leave_off=False).is_open(wib("2026-12-24 09:00"))
    assert not office(joint_leave_off=False).is_open(wib("2026-12-25 09:00"))


def test_the_local_table_adds_days_off():
    city = replace(a_city(), extra_holidays={date(2026, 6, 3): "Hari jadi kota"})
    assert not calendars_of(city)["kantor"].is_open(wib("3 09:00"))
    assert calendars_of(city)["kantor"].holidays_between(epoch(wib("2 16:00")), epoch(wib("4 08:00"))) == (
        "Hari jadi kota",
    )


def test_a_holiday_feed_with_days_that_are_not_off_is_overruled_by_the_local_table():
    city = replace(a_city(), working_holidays=frozenset({date(2026, 6, 16), date(2026, 12, 24)}))
    calendar = calendars_of(city)["kantor"]
    assert calendar.is_open(wib("16 09:00"))
    assert calendar.is_open(wib("2026-12-24 09:00"))


def test_a_schedule_without_monday_and_thursday_is_right():
    odd = office(hours={1: ((time(9), time(12)),), 5: ((time(13), time(15)),)})
    assert said(odd.add(wib("1 09:00"), 4 * 3600)) == "6 14:00"
    assert said(odd.add(wib("6 14:00"), 2 * 3600)) == "9 10:00"
    assert odd.between(wib("1 00:00"), wib("8 00:00")) == 5 * 3600
    assert said(close_after(odd, wib("2 10:00"), 2)) == "9 12:00"


FILED = wib("2026-03-13 16:00")
SHORT_HOURS = {day: ((time(9), time(15)),) for day in range(5)}


def worked_days(calendar: Calendar, until: str) -> set[int]:
    """Days of March after the 13th that the calendar works."""
    return {start.astimezone(ZONE).day for start, _ in calendar.windows(FILED, wib(until))}


def test_fourteen_working_days_over_lebaran_skip_joint_leave():
    """Filed Friday 13 March 2026; 3 April, Good Friday, is off as well."""
    assert worked_days(OFFICE, "2026-04-01 00:00") == {16, 17, 25, 26, 27, 30, 31}
    assert said(close_after(OFFICE, FILED, 14)) == "2026-04-10 11:00"


def test_fourteen_working_days_over_lebaran_with_joint_leave_worked_skip_only_nyepi():
    calendar = office(joint_leave_off=False)
    assert set(range(16, 32)) - worked_days(calendar, "2026-04-01 00:00") == {19, 21, 22, 28, 29}
    assert said(close_after(calendar, FILED, 14)) == "2026-04-06 16:00"


def test_ramadan_hours_change_the_close_of_a_day_and_not_the_number_of_days():
    """The example of 14 working days with Ramadan hours until 17 March: the same days are counted, the same is due."""
    ramadan = office(seasons=(Season("Ramadan", date(2026, 2, 19), date(2026, 3, 17), SHORT_HOURS),))
    assert worked_days(ramadan, "2026-04-01 00:00") == worked_days(OFFICE, "2026-04-01 00:00")
    assert said(close_after(ramadan, FILED, 14)) == "2026-04-10 11:00"
    assert said(close_after(ramadan, FILED, 1)) == "2026-03-16 15:00"
    assert ramadan.between(FILED, wib("2026-03-18 00:00")) == 2 * 6 * 3600
    assert ramadan.between(wib("2026-03-25 00:00"), wib("2026-03-26 00:00")) == 8 * 3600


def test_a_weekday_that_a_season_does_not_name_is_closed_in_it():
    season = Season("Musim tanam", date(2026, 6, 2), date(2026, 6, 3), {1: OFFICE_HOURS[1]})
    calendar = office(seasons=(season,))
    assert said(calendar.add(wib("2 08:00"), 9 * 3600)) == "4 09:00"
    assert not calendar.is_working_day(date(2026, 6, 3))
    assert calendar.is_working_day(date(2026, 6, 4))


def test_a_dated_day_is_stronger_than_its_season_and_than_a_holiday():
    season = Season("Ramadan", date(2026, 6, 1), date(2026, 6, 30), SHORT_HOURS)
    half_day, own = ((time(8), time(10)),), DatedDay("Piket", None)
    days = {date(2026, 6, 2): DatedDay("Setengah hari", half_day), date(2026, 6, 16): own}
    calendar = office(seasons=(season,), days=days)
    assert calendar.between(wib("2 00:00"), wib("3 00:00")) == 2 * 3600
    assert calendar.between(wib("3 00:00"), wib("4 00:00")) == 6 * 3600
    assert calendar.between(wib("16 00:00"), wib("17 00:00")) == 6 * 3600  # a holiday that is worked
    assert calendar.between(wib("1 00:00"), wib("2 00:00")) == 0  # a holiday that is not


def test_a_closed_day_is_named_where_the_holidays_are():
    calendar = office(days={date(2026, 6, 17): DatedDay("Pindah gedung", ()), date(2026, 6, 16): DatedDay("P", None)})
    assert said(calendar.add(wib("15 15:00"), 10 * 3600)) == "18 09:00"
    a, b = epoch(wib("15 00:00")), epoch(wib("19 00:00"))
    assert calendar.holidays_between(a, b) == ("Pindah gedung",)


def test_working_days_begin_with_the_first_one_after_the_day_of_filing():
    for at in ("2 00:00", "2 07:00", "2 12:00", "2 23:59:59"):
        assert said(close_after(OFFICE, wib(at), 1)) == "3 16:00"
    assert said(close_after(OFFICE, wib("4 12:00"), 1)) == "5 11:00"
    assert said(close_after(OFFICE, wib("6 12:00"), 1)) == "8 16:00"


def test_the_holidays_of_2026_are_17_and_8():
    assert (len(PUBLIC_2026), len(JOINT_2026)) == (17, 8)


def test_calendars_are_found_by_code():
    assert set(calendars()) == {"kantor", "pagi", "selalu"}
    assert len(calendars()) == 3
    assert calendars()["pagi"].spec.code == "pagi"
    assert calendars()["kantor"].spec.hours == OFFICE_HOURS
    with pytest.raises(KeyError):
        calendars()["lain"]
