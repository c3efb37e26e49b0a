"""Dates and numbers as tables write them, decided by all values of a column."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.tabular.mapping.datetimes import Moments, NoMoment
from ingest.tabular.proposal.evidence.coordinates import Degrees, are_swapped
from ingest.tabular.proposal.evidence.date_formats import DateEvidence, DateFormats, formats_of, is_time, shape_of
from tests.ingest.tabular.books import in_words

NOON = datetime(2026, 3, 13, 7, 5, tzinfo=UTC)


def decided(*values: str) -> DateFormats:
    evidence = DateEvidence()
    for value in values:
        evidence.add(value)
    return formats_of([evidence])


@pytest.mark.parametrize(
    "text",
    [
        "13/03/2026 14:05",
        "13-03-2026 14.05",
        "13.3.2026 14.05",
        "13 Maret 2026 14:05",
        "13 Mar 2026, 14.05 WIB",
        "Jumat, 13 Maret 2026 pukul 14.05 WIB",
        "Jum'at 13-Mar-26 14:05",
        "March 13, 2026 2:05 PM",
        "2026-03-13T14:05",
        "2026-03-13 14:05:00",
        "2026/03/13 14:05",
        "2026-03-13 14.05",
        "13/03/26 14:05",
        "46094.586805555555",
        "46094,586805555555",
    ],
)
def test_each_way_of_writing_a_moment_is_found_out(text: str):
    (form,) = decided(text).formats
    assert abs(Moments((form,), "Asia/Jakarta").read(text).at - NOON) < timedelta(seconds=1)


def test_a_column_of_several_ways_is_read_by_all_of_them():
    found = decided("13/03/2026", "13/03/2026", "13-03-2026 14.05", "13 Maret 2026", "46094", "2026-03-13")
    assert found.formats[0] == "%d/%m/%Y"
    assert set(found.formats) == {"%d/%m/%Y", "%d-%m-%Y %H.%M", "%d %b %Y", "excel", "iso"}
    moments = Moments(found.formats, "Asia/Jakarta")
    assert {moments.read(each).at for each in ("13/03/2026", "13 Maret 2026", "46094", "2026-03-13")} == {
        datetime(2026, 3, 12, 17, tzinfo=UTC)
    }


def test_one_number_above_twelve_anywhere_decides_between_day_and_month():
    found = decided(*["03/04/2026"] * 50, "13/04/2026")
    assert found[:4] == (("%d/%m/%Y",), decided("13/04/2026").evidence, None, True)
    assert decided(*["03/04/2026"] * 50, "04/13/2026").formats == ("%m/%d/%Y",)
    assert decided("04/13/2026", "3-4-26").formats == ("%m/%d/%Y", "%m-%d-%y")


def test_when_nothing_decides_it_is_said_and_the_day_comes_first():
    found = decided("03/04/2026", "05/06/2026")
    assert found.formats == ("%d/%m/%Y",)
    assert in_words(found.ambiguous).endswith("diusulkan cara Indonesia, hari dahulu.")


def test_a_column_that_contradicts_itself_is_said_to():
    found = decided("13/04/2026", "14/04/2026", "04/13/2026")
    assert found.formats == ("%d/%m/%Y",)
    assert in_words(found.ambiguous).startswith(
        "Urutan tanggal campuran: 2 tanggal hari dahulu, 1 tanggal bulan dahulu"
    )


def test_the_columns_of_a_table_decide_together():
    one, other = DateEvidence(), DateEvidence()
    one.add("03/04/2026")
    other.add("04/13/2026")
    assert formats_of([one, other]).formats == ("%m/%d/%Y",)


@pytest.mark.parametrize(
    "text",
    ["", "12", "abc", "0341-512345", "081234567890", "1/2", "13/03/2026 lusa", "2026", "99999", "1.234.567", "12:30"],
)
def test_what_is_no_date_is_none(text: str):
    assert shape_of(text) is None


@pytest.mark.parametrize("text", ["13/03/2026 08:30 WITA", "13/03/2026 08:30 UTC"])
def test_a_time_of_another_zone_is_not_taken_for_ours(text: str):
    assert shape_of(text) is None


@pytest.mark.parametrize("text", ["08.30", "8:30", "08:30:15", "2:05 PM", "08.30 WIB"])
def test_times_of_day_are_known(text: str):
    assert is_time(text)
    assert not is_time(f"x{text}")


@pytest.mark.parametrize("text", ["31/02/2026", "2026-02-31", "32/01/2026"])
def test_the_31st_of_february_is_a_date_that_is_refused_where_it_is_read(text: str):
    (form,) = decided(text).formats
    with pytest.raises(NoMoment):
        Moments((form,), "Asia/Jakarta").read(text)


def test_too_many_ways_of_writing_are_cut():
    odd = [f"13{'-' * n}03{'-' * n}2026" for n in range(1, 20)]
    assert len(decided(*odd).formats) == 12


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%y", "%d %b %Y"]))
def test_a_day_is_read_as_it_was_written(day: date, way: str):
    text = day.strftime(way)
    (form,) = decided("31/12/2026", text).formats[-1:] if way == "%d/%m/%Y" else decided(text).formats
    century = day.replace(year=day.year % 100 + 2000) if "%y" in way else day
    assert Moments((form,), "UTC").read(text).at.date() == century


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none_and_its_format_can_be_used(text: str):
    shape = shape_of(text)
    if shape is not None:
        Moments((shape.day_first,), "UTC")
        if shape.month_first:
            Moments((shape.month_first,), "UTC")


def seen(*values: str) -> Degrees:
    found = Degrees()
    for value in values:
        found.add(value)
    return found


def test_columns_of_latitude_and_longitude_that_are_exchanged_are_noticed():
    lats, lons = seen("-7,87", "-7,91", "0"), seen("112,52", "112,55", "0")
    assert are_swapped(lons, lats)
    assert not are_swapped(lats, lons)
    assert not are_swapped(seen("0"), seen("0"))


def test_a_position_that_lost_its_decimal_sign_is_noticed():
    assert seen("-7.871.234").broken == ["-7.871.234"]


@pytest.mark.parametrize(
    "text", ["-7.87, 112.52", "-7,87; 112,52", "(-7.87 112.52)", "https://maps.test/?q=-7.87,112.52"]
)
def test_both_in_one_column_are_noticed(text: str):
    assert seen(text).pairs == 1
