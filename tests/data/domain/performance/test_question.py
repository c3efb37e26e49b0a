"""A view of /kinerja stands in its URL, and what a URL says wrongly is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.performance.question import (
    COMPARED,
    DAYS,
    NOBODY,
    Known,
    Question,
    compared_period,
    days_of,
    filters_of,
    from_values,
    narrowed,
    period_of,
    read,
)
from tests.factories import SISIR, a_city

KNOWN = Known(a_city(), frozenset({SISIR, "35.79.01"}), frozenset({"api"}))
TODAY = date(2026, 11, 24)
ZONE = "Asia/Jakarta"

questions = st.builds(
    Question,
    period=st.sampled_from([*DAYS, "2026", "2026-10", "2026-10-03..2026-10-09"]),
    compare=st.sampled_from(COMPARED),
    agency=st.sampled_from(["", "dlh", "bpbd"]),
    category=st.sampled_from(["", "sampah"]),
    place=st.sampled_from(["", SISIR, "35.79.01"]),
    channel=st.sampled_from(["", "api"]),
    service=st.sampled_from(["", "pengaduan"]),
    as_of=st.sampled_from(["", "1204", "2026-11-02T14:00"]),
    pick=st.sampled_from(["", "received:week:2026-10-05", "on_time:agency:dlh"]),
)


@given(questions)
def test_a_view_that_is_sent_on_is_the_same_view(question: Question):
    assert read(question.search(), KNOWN) == question
    assert from_values(question.values(), KNOWN) == question


def test_the_usual_view_has_a_bare_address():
    assert Question().search() == ""


@given(
    st.text(max_size=60),
    st.sampled_from(["period", "compare", "agency", "category", "place", "channel", "service", "as_of"]),
)
def test_no_word_in_the_address_breaks_the_page(word: str, name: str):
    question = from_values({name: word}, KNOWN)
    assert period_of(question, TODAY, ZONE).last
    assert compared_period(question, period_of(question, TODAY, ZONE)) is None or question.compare != "none"


@pytest.mark.parametrize(
    "period",
    [
        "9999-12-01..9999-12-31",
        "0001-01-02..0001-01-03",
        "2026-13",
        "2026-02-30..2026-03-01",
        "2026-10-09..2026-10-03",
        "0001-01-01..9999-12-31",
        "besok",
        "1999",
    ],
)
def test_what_is_no_period_is_not_taken_for_one(period: str):
    assert days_of(period, TODAY) is None
    assert read(f"?period={period}", KNOWN) == Question()


def test_an_unknown_agency_is_no_filter():
    assert read("?agency=nasa&category=ufo", KNOWN) == Question()


@pytest.mark.parametrize(
    ("period", "compare", "first", "last"),
    [
        ("7d", "before", date(2026, 11, 11), date(2026, 11, 17)),
        ("2026-10", "before", date(2026, 8, 31), date(2026, 9, 30)),
        ("2026-10", "year", date(2025, 10, 1), date(2025, 10, 31)),
        ("2028-02", "year", date(2027, 2, 1), date(2027, 2, 28)),
    ],
)
def test_a_period_is_compared_with_as_many_days_or_the_same_ones_a_year_before(
    period: str, compare: str, first: date, last: date
):
    question = Question(period=period, compare=compare)
    before = compared_period(question, period_of(question, TODAY, ZONE))
    assert before is not None
    assert (before.first, before.last) == (first, last)


def test_a_head_asks_for_another_agency_and_gets_the_own_one():
    assert filters_of(Question(agency="bpbd"), frozenset({"dlh"})).agencies == {"dlh"}
    assert filters_of(Question(), frozenset({"dlh"})).agencies == {"dlh"}
    assert filters_of(Question(), frozenset()).agencies == {NOBODY}
    assert filters_of(Question(agency="bpbd"), None).agencies == {"bpbd"}


def test_a_kecamatan_and_a_village_share_one_filter():
    assert filters_of(Question(place="35.79.01"), None).districts == {"35.79.01"}
    assert filters_of(Question(place=SISIR), None).villages == {SISIR}


def test_a_mark_narrows_the_whole_page():
    question = Question(pick="on_time:agency:dlh")
    assert narrowed(question, "agency", "dlh") == replace(question, pick="", agency="dlh")
    week = narrowed(question, "week", "2026-10-05")
    assert week is not None
    assert week.period == "2026-10-05..2026-10-11"
    assert narrowed(question, "hour", "3-7") is None
    assert [narrowed(question, step, "2026-10-05") for step in ("day", "month")] == [
        replace(question, pick="", period=period) for period in ("2026-10-05..2026-10-05", "2026-10")
    ]
    assert [narrowed(question, *each) for each in (("week", "besok"), ("week", "9999-12-31"), ("month", ""))] == [
        None
    ] * 3
