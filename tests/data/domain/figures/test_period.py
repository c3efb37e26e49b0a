"""Months by hand: their ends, leap day, an empty one, an agency that began within one, what is open and late."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import numpy as np
import pytest

from data.domain.figures.measures.flows import REFUSED
from data.domain.figures.measures.stocks import AGES_D, backlog
from data.domain.figures.period import By, Filters, Period, Step, Table, figures
from data.domain.figures.values import Count, Duration, Score, Share
from data.domain.figures.view import view
from data.domain.history.columns import OUTSIDE_S, CaseColumns, End
from tests.data.domain.figures.months import columns_of, wib

OCTOBER = Period.months("2026-10")
HOUR = 3600
DAY = 86_400


def counts(table: Table, code: str) -> list[int | None]:
    return [value.n for row in table.rows if isinstance(value := row.values[code], Count)]


def test_a_month_ends_with_its_last_local_second():
    columns = columns_of(
        "2026-11-20",
        [
            {"received": "2026-09-30 23:59:59"},
            {"received": "2026-10-01 00:00"},
            {"received": "2026-10-31 23:59:59"},
            {"received": "2026-11-01 00:00"},
        ],
    )
    assert figures(columns, OCTOBER).total["received"] == Count(2)
    assert figures(columns, OCTOBER).total["open"] == Count(3)


def test_the_leap_day_belongs_to_february():
    columns = columns_of("2028-04-01", [{"received": "2028-02-29 12:00"}, {"received": "2028-03-01 00:00"}])
    table = figures(columns, Period.months("2028-02"), step=Step.DAY)
    assert table.total["received"] == Count(1)
    assert counts(table, "received") == [0] * 28 + [1]


def test_a_month_without_cases_has_zeros_for_counts_and_no_data_for_the_rest():
    table = figures(columns_of("2026-11-20", []), OCTOBER, step=Step.WEEK)
    assert table.total["received"] == table.total["open"] == Count(0)
    assert table.total["on_time"] == Share(0, 0)
    assert table.total["on_time"].value is None
    assert table.total["resolution"] == Duration(0, None, None)
    assert table.total["rating"] == Score()
    assert counts(table, "received") == [0, 0, 0, 0, 0]


def test_several_months_are_one_period():
    columns = columns_of("2027-02-01", [{"received": "2026-10-05"}, {"received": "2026-12-31 23:59"}])
    table = figures(columns, Period.months("2026-10", "2026-12"), step=Step.MONTH)
    assert counts(table, "received") == [1, 0, 1]
    assert [row.part and row.part.first for row in table.rows] == [date(2026, month, 1) for month in (10, 11, 12)]


def test_an_agency_that_began_within_the_month_has_its_own_cases_only():
    columns = columns_of(
        "2026-11-20",
        [
            {"received": "2026-10-02", "agency": "dlh"},
            {"received": "2026-10-15", "agency": "damkar", "finished": "2026-10-16"},
            {"received": "2026-10-20", "agency": "damkar"},
        ],
    )
    table = figures(columns, OCTOBER, by=By.AGENCY, step=Step.WEEK)
    assert [row.name for row in table.rows] == ["damkar"] * 5 + ["dlh"] * 5
    assert counts(table, "received") == [0, 0, 1, 1, 0, 1, 0, 0, 0, 0]
    assert counts(table, "open")[:5] == [0, 0, 0, 1, 1]
    assert figures(columns, OCTOBER, Filters(agencies=frozenset({"damkar"}))).total["resolved"] == Count(1)


def test_a_former_cycle_is_its_own_agencys_when_there_are_as_many_cycles_as_cases():
    """One case ended twice in October, another one before: two cycles, and two cases."""
    twice = {"received": "2026-10-02", "agency": "damkar", "finished": "2026-10-20", "reopened": 1}
    before = {"received": "2026-09-02", "agency": "dlh", "finished": "2026-09-10"}
    former = {"row": 0, "started": "2026-10-02", "finished": "2026-10-10", "end": End.RESOLVED}
    table = figures(columns_of("2026-11-20", [twice, before], [former]), OCTOBER, by=By.AGENCY, codes=("resolved",))
    assert [(row.name, row.values["resolved"]) for row in table.rows] == [("damkar", Count(2)), ("dlh", Count(0))]


def test_a_filter_for_an_agency_that_is_not_known_finds_nothing():
    columns = columns_of("2026-11-20", [{"received": "2026-10-02"}])
    assert figures(columns, OCTOBER, Filters(agencies=frozenset({"nobody"}))).total["received"] == Count(0)


def test_each_case_keeps_the_standard_by_which_it_fell_due():
    """Two of one hour, received before and after the 15th, when the answer was given four hours more."""
    old = {"received": "2026-10-14 08:00", "dispatched": "2026-10-14 08:00", "answer_due": "2026-10-14 12:00"}
    new = {"received": "2026-10-15 08:00", "dispatched": "2026-10-15 08:00", "answer_due": "2026-10-15 16:00"}
    columns = columns_of("2026-11-20", [old | {"answered": "2026-10-14 14:00"}, new | {"answered": "2026-10-15 14:00"}])
    table = figures(columns, OCTOBER, step=Step.WEEK, codes=("on_time",))
    assert table.total["on_time"] == Share(1, 2)


def test_an_open_case_past_its_limit_is_overdue_and_a_miss():
    late = {"received": "2026-10-01 08:00", "dispatched": "2026-10-01 09:00", "answer_due": "2026-10-01 13:00"}
    columns = columns_of("2026-11-20", [late | {"resolve_due": "2026-10-08 13:00", "limit_due": "2026-10-20 16:00"}])
    told = figures(columns, OCTOBER).total
    assert told["overdue"] == Count(1)
    assert told["on_time"] == told["resolved_on_time"] == told["within_limit"] == Share(0, 1)
    assert told["resolution"] == Duration(1, None, None, None, 1, wib("2026-11-20") - wib("2026-10-01 08:00"))


def test_a_case_with_two_late_clocks_is_overdue_once_and_until_both_are_over():
    case = {
        "received": "2026-10-01 08:00",
        "dispatched": "2026-10-01 09:00",
        "verify_due": "2026-10-01 08:30",
        "answer_due": "2026-10-03 13:00",
        "answered": "2026-10-06 10:00",
        "resolve_due": "2026-10-05 13:00",
        "finished": "2026-10-08 10:00",
    }
    table = figures(columns_of("2026-11-20", [case]), Period.days(date(2026, 10, 1), date(2026, 10, 9)), step=Step.DAY)
    assert counts(table, "overdue") == [0, 0, 1, 1, 1, 1, 1, 0, 0]
    assert counts(table, "open") == [1, 1, 1, 1, 1, 1, 1, 0, 0]


def test_a_case_that_ended_in_time_is_never_overdue():
    case = {"received": "2026-10-01 08:00", "resolve_due": "2026-10-05 13:00", "finished": "2026-10-05 13:00"}
    told = figures(columns_of("2026-11-20", [case]), OCTOBER, step=Step.DAY)
    assert set(counts(told, "overdue")) == {0}
    assert told.total["resolved_on_time"] == Share(1, 1)


@pytest.mark.parametrize("figure", ["resolved_on_time", "within_limit"])
@pytest.mark.parametrize(
    ("former_end", "finished", "told"),
    [
        pytest.param(End.RESOLVED, "2026-10-09", Share(1, 2), id="late, and in time when it was done again"),
        pytest.param(End.RESOLVED, "2026-10-03", Share(1, 2), id="in time, but that did not hold"),
        pytest.param(End.CLOSED, "2026-10-09", Share(1, 2), id="closed late"),
        pytest.param(End.REJECTED, "2026-10-03", Share(1, 1), id="rejected by then: nothing was owed"),
        pytest.param(End.REJECTED, "2026-10-09", Share(1, 2), id="rejected when it was late"),
    ],
)
def test_a_limit_that_was_missed_is_not_forgotten_when_the_case_is_reopened(
    figure: str, former_end: End, finished: str, told: Share
):
    case = {"received": "2026-10-01", "started": "2026-10-10", "finished": "2026-10-11", "reopened": 1}
    former = {"row": 0, "started": "2026-10-01", "finished": finished, "end": former_end}
    first, second = (dict.fromkeys(("resolve_due", "limit_due"), f"2026-10-{day:02} 16:00") for day in (5, 15))
    columns = columns_of("2026-11-20", [case | second], [former | first])
    assert figures(columns, OCTOBER, codes=(figure,)).total[figure] == told


def test_merged_and_rejected_cases_are_counted_apart():
    columns = columns_of(
        "2026-11-20",
        [
            {"received": "2026-10-01", "finished": "2026-10-02", "end": End.REJECTED},
            {"received": "2026-10-01", "finished": "2026-10-03", "end": End.MERGED},
            {"received": "2026-10-01", "finished": "2026-10-04", "end": End.CLOSED},
        ],
    )
    told = figures(columns, OCTOBER).total
    assert [told[code] for code in ("received", "resolved", "rejected", "merged", "open")] == [
        Count(1),
        Count(1),
        Count(1),
        Count(1),
        Count(0),
    ]


def test_a_reopened_case_is_open_again_and_its_former_cycle_keeps_its_verdict():
    case = {"received": "2026-10-01", "started": "2026-10-20", "finished": "2026-11-05", "reopened": 1}
    former = {
        "row": 0,
        "started": "2026-10-01",
        "finished": "2026-10-10",
        "end": End.RESOLVED,
        "dispatched": "2026-10-01 01:00",
        "answer_due": "2026-10-02",
        "answered": "2026-10-03",
    }
    table = figures(
        columns_of("2026-11-20", [case], [former]),
        Period.days(date(2026, 10, 8), date(2026, 10, 21)),
        step=Step.DAY,
    )
    assert counts(table, "open") == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert table.total["resolved"] == Count(1)
    assert table.total["reopened"] == Share(1, 1)
    assert figures(columns_of("2026-11-20", [case], [former]), OCTOBER).total["on_time"] == Share(0, 1)


def test_a_stock_is_what_it_was_at_the_end_and_not_a_sum():
    columns = columns_of("2026-11-20", [{"received": "2026-10-02", "finished": "2026-10-30"}] * 3)
    table = figures(columns, OCTOBER, step=Step.WEEK)
    assert counts(table, "open") == [3, 3, 3, 3, 0]
    assert table.total["open"] == Count(0)


def test_days_that_have_not_come_have_no_data():
    table = figures(columns_of("2026-10-03 12:00", [{"received": "2026-10-02"}]), OCTOBER, step=Step.DAY)
    assert counts(table, "received") == [0, 1, 0] + [None] * 28
    assert counts(table, "open") == [0, 1, 1] + [None] * 28


def test_a_quiet_day_is_zero_and_a_silent_one_is_no_data():
    columns = columns_of("2026-11-20", [{"received": "2026-10-02"}, {"received": "2026-10-04"}])
    silent = {date(2026, 10, 3), date(2026, 10, 4)}
    table = figures(columns, Period.days(date(2026, 10, 1), date(2026, 10, 4)), step=Step.DAY, silent=silent)
    assert counts(table, "received") == [0, 1, None, 1]
    week = figures(columns, Period.days(date(2026, 10, 1), date(2026, 10, 4)), step=Step.WEEK, silent=silent)
    assert counts(week, "received") == [2]


def test_working_time_and_calendar_time_are_two_figures():
    case = {"received": "2026-10-02 15:00", "dispatched": "2026-10-02 15:30", "answered": "2026-10-05 08:00"}
    case |= {"first_answer": "2026-10-05 08:00"}
    columns = columns_of("2026-11-20", [case | {"answer_worked": HOUR}, case | {"answer_worked": OUTSIDE_S}])
    told = figures(columns, OCTOBER).total
    assert told["answered"] == Count(2)
    assert told["first_response"] == Duration(1, HOUR, HOUR, HOUR)
    assert told["citizen_wait"] == Duration(2, 65 * HOUR, 65 * HOUR, 65 * HOUR)


def test_what_is_open_counts_as_long_as_it_has_lasted():
    """Kaplan and Meier's example in days: 2, 3, 5, and open since 5, 8, 10."""
    cases = [{"received": f"2026-10-{10 - n:02d}", "finished": "2026-10-10"} for n in (2, 3, 5)]
    cases += [{"received": f"2026-10-{11 - n:02d}"} for n in (5, 8, 10)]
    told = figures(columns_of("2026-10-11", cases), OCTOBER).total["resolution"]
    assert told == Duration(6, 5 * DAY, None, None, 3, 10 * DAY)
    assert isinstance(told, Duration)
    assert told.beyond
    assert not told.few


def test_a_source_that_tells_no_answers_is_in_no_figure_about_them():
    case = {"received": "2026-10-02", "source": "mute", "answer_due": "2026-10-03", "dispatched": "2026-10-02 01:00"}
    told = figures(columns_of("2026-11-20", [case]), OCTOBER, no_answers_from=("mute",)).total
    assert told["on_time"] == Share(0, 0)
    assert told["answer_wait"] == Duration(0, None, None)
    assert told["received"] == Count(1)


def test_ratings_are_told_with_how_many_gave_each():
    cases = [{"received": "2026-10-01", "finished": "2026-10-02", "rating": score} for score in (5, 5, 4, 2, 4, 0)]
    told = figures(columns_of("2026-11-20", cases), OCTOBER).total["rating"]
    assert told == Score((0, 1, 0, 2, 2))
    assert isinstance(told, Score)
    assert told.mean == 4.0


def test_what_ended_within_a_minute_is_told_beside_what_ended():
    at_once = {"received": "2026-10-02 08:00", "finished": "2026-10-02 08:01"}
    later, undated = at_once | {"finished": "2026-10-02 08:01:01"}, at_once | {"undated": 4}
    columns = columns_of("2026-11-20", [at_once, later, undated])
    assert figures(columns, OCTOBER, codes=("within_minute",)).total["within_minute"] == Share(1, 3)


def test_the_backlog_is_told_by_age():
    ages = (1, 2, 5, 10, 20, 40, 50)
    cases = [{"received": wib("2026-10-31 23:59:59") - n * DAY} for n in ages]
    columns = columns_of("2026-11-20", cases)
    found = backlog(view(columns, OCTOBER, Filters(), None, None, no_answers_from=()))
    assert {days: [each.n for each in value] for days, value in found.items()} == {
        0: [2],
        3: [1],
        7: [1],
        14: [1],
        30: [2],
    }
    assert tuple(found) == (0, *AGES_D)


@pytest.mark.parametrize("bad", [("2026-10-02", "2026-10-01"), ("2026-13", None), ("2026", None)])
def test_half_a_month_and_a_backward_one_are_refused(bad: tuple[str, str | None]):
    with pytest.raises(ValueError):
        Period.months(*bad)


def some_lives(seed: int) -> CaseColumns:
    """Cases of all kinds, some reopened, in a year."""
    chance, now = random.Random(seed), wib("2026-12-31")
    cases, former = [], []
    for n in range(200):
        received = now - chance.randrange(1, 365 * DAY)
        case: dict[str, Any] = {"received": received, "agency": chance.choice(["dlh", "dpupr", "bpbd"])}
        started = received
        for _ in range(chance.choice([0, 0, 0, 1, 2])):
            ended = started + chance.randrange(0, 20 * DAY)
            former.append({"row": n, "started": started, "finished": ended, "end": End.RESOLVED})
            started = ended + chance.randrange(1, 20 * DAY)
        case |= {"started": started, "reopened": sum(each["row"] == n for each in former)}
        finished = started + chance.randrange(0, 60 * DAY)
        end = chance.choice([End.RESOLVED, End.CLOSED, End.RESOLVED, End.REJECTED, End.MERGED])
        cases.append(case | ({"finished": finished, "end": end} if finished < now else {}))
    return columns_of("2026-12-31", cases, former)


@pytest.mark.parametrize("seed", range(5))
def test_what_was_open_and_came_is_what_went_and_is_open(seed: int):
    columns = some_lives(seed)
    refused = np.isin(columns.state, REFUSED)
    began = columns.former.started[~refused[columns.former.row]]
    again = np.concatenate([columns.started[~refused], began])
    first = np.concatenate(
        [columns.received[~refused], columns.received[columns.former.row[~refused[columns.former.row]]]]
    )
    table = figures(
        columns, Period.months("2026-03", "2026-11"), step=Step.MONTH, codes=("received", "resolved", "open")
    )
    opening = figures(columns, Period.months("2026-02"), codes=("open",)).total["open"].n
    assert isinstance(opening, int)
    for row in table.rows:
        assert row.part is not None
        within = (again >= row.part.start) & (again < row.part.end)
        reopened = int((within & (again != first)).sum())
        received, resolved, closing = (row.values[code].n for code in ("received", "resolved", "open"))
        assert opening + (received or 0) + reopened - (resolved or 0) == closing
        opening = closing or 0


@pytest.mark.parametrize("seed", range(3))
def test_days_add_up_to_the_month_and_agencies_to_the_city(seed: int):
    columns, codes = some_lives(seed), ("received", "resolved", "rejected", "merged", "on_time", "resolved_on_time")
    table = figures(columns, OCTOBER, by=By.AGENCY, step=Step.DAY, codes=codes)
    for code in codes:
        assert sum(row.values[code].n or 0 for row in table.rows) == table.total[code].n
    for code in ("open", "overdue"):
        agencies = figures(columns, OCTOBER, by=By.AGENCY, codes=(code,))
        assert sum(row.values[code].n or 0 for row in agencies.rows) == agencies.total[code].n


@pytest.mark.parametrize("step", list(Step))
def test_a_part_of_the_time_tells_what_it_tells_as_a_period(step: Step):
    columns = some_lives(9)
    period = Period.days(date(2026, 5, 13), date(2026, 9, 3))
    table = figures(columns, period, step=step)
    for row in table.rows:
        assert row.part is not None
        alone = figures(columns, Period(row.part.start, row.part.end))
        assert dict(alone.total) == dict(row.values)
