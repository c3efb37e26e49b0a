"""The answers of the charts: worked examples of the textbooks, and what must hold of any cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.cases.model import CaseState
from data.domain.city.model import Population
from data.domain.figures.measures import durations
from data.domain.figures.selection import By, Filters, Period
from data.domain.history.columns import End, without_private_places
from data.domain.performance import arrivals, forecast, pauses, shares, times, unusual, weeks
from data.domain.performance.answers import ForecastRow, XmrWeek
from data.domain.sla.calendars import build_calendars
from data.reference.holidays import joint_leave, national
from tests.columns import AT, DAY_S, HOUR_S, Row, a_frame, a_row
from tests.factories import BEJI, NOW, SISIR, a_city


def due_cases(agency: str, category: str, in_time: int, n: int) -> list[Row]:
    """Whose first answer was due an hour after the receipt."""
    return [
        a_row(agency=agency, category=category, answer_due=HOUR_S, answered=HOUR_S - 60 if k < in_time else 2 * HOUR_S)
        for k in range(n)
    ]


def test_shares_stand_with_their_cases_and_intervals_the_worst_first():
    frame = a_frame([*due_cases("dlh", "sampah", 18, 20), *due_cases("dpupr", "jalan_rusak", 0, 5)])
    answer = shares.on_time(frame)
    assert (answer.by, [(row.code, row.hits, row.n) for row in answer.rows]) == (
        By.AGENCY,
        [("dpupr", 0, 5), ("dlh", 18, 20)],
    )
    assert answer.rows[0].interval == pytest.approx((0, 0.434), abs=0.001)
    assert answer.rows[1].interval == pytest.approx((0.699, 0.972), abs=0.001)
    assert (answer.whole.hits, answer.whole.n, answer.before) == (18, 25, None)


@pytest.mark.parametrize("agencies", [("bnn", "dpupr"), ("dpupr", "bnn")])
def test_who_came_first_decides_no_order(agencies: tuple[str, str]):
    frame = a_frame([row for agency in agencies for row in due_cases(agency, "sampah", 1, 2)])
    assert [row.code for row in shares.on_time(frame).rows] == ["bnn", "dpupr"]
    assert [row.code for row in shares.mix(frame).rows] == ["bnn", "dpupr"]


def test_within_one_agency_categories_are_told_apart():
    rows = [*due_cases("bpbd", "longsor", 1, 2), *due_cases("bpbd", "pohon_tumbang", 2, 2)]
    answer = shares.on_time(a_frame(rows, filters=Filters(agencies=frozenset({"bpbd"}))))
    assert (answer.by, [row.code for row in answer.rows]) == (By.CATEGORY, ["longsor", "pohon_tumbang"])


def test_an_agency_is_compared_over_its_own_mix_of_categories():
    """10 of A (city 90 %) and 40 of B (60 %): 33 expected; 35 in time is better, though 70 % is below the city."""
    mine = [*due_cases("dlh", "sampah", 9, 10), *due_cases("dlh", "jalan_rusak", 26, 40)]
    others = [*due_cases("dpupr", "sampah", 81, 90), *due_cases("dpupr", "jalan_rusak", 34, 60)]
    found = {row.code: row for row in shares.mix(a_frame([*mine, *others])).rows}
    assert (found["dlh"].hits, found["dlh"].n) == (35, 50)
    assert found["dlh"].expected == pytest.approx(33)
    assert found["dlh"].ratio == pytest.approx(35 / 33)
    assert found["dlh"].z > 0


def test_a_head_sees_the_own_agency_beside_what_the_city_would_do():
    rows = [*due_cases("dlh", "sampah", 9, 10), *due_cases("dpupr", "sampah", 1, 10)]
    own = frozenset({"dlh"})
    answer = shares.mix(a_frame(rows, filters=Filters(agencies=own), scope=own))
    assert [(row.code, row.expected) for row in answer.rows] == [("dlh", pytest.approx(5.0))]


def test_quality_counts_what_ended_and_not_what_is_open():
    rows = [a_row(finished=30, rating=2), a_row(finished=DAY_S // 2, rating=5), a_row(), a_row(finished=60)]
    answer = shares.quality(a_frame(rows))
    told = [(row.code, row.hits, row.n) for row in answer.rows]
    assert told == [("reopened", 0, 3), ("within_minute", 2, 3), ("without_proof", 3, 3), ("copied", 0, 0)]
    assert shares.ratings(a_frame(rows)).scores == (0, 1, 0, 0, 1)


def test_words_are_copied_when_they_ended_another_case_before_whatever_the_period():
    old = a_row(AT - 90 * DAY_S, finished=DAY_S, said="Sudah diperbaiki, 3/8.")
    again = [a_row(finished=2 * HOUR_S - n, said="SUDAH diperbaiki 24/11") for n in range(2)]
    other = [a_row(finished=HOUR_S, said="Lampu diganti."), a_row(finished=HOUR_S)]
    merged = a_row(finished=60, said="Lampu diganti", state=CaseState.MERGED, end=End.MERGED, resolved=None)
    answer = shares.quality(a_frame([old, *again, *other, merged]))
    assert [(row.hits, row.n) for row in answer.rows[2:]] == [(1, 4), (2, 3)]
    assert shares.quality(a_frame([*again, *other])).rows[3].hits == 1


def test_a_pause_is_with_who_held_the_case_then_and_counts_when_it_ended():
    held = [("dlh", "citizen", HOUR_S, 3 * HOUR_S), ("dpupr", "weather", 4 * HOUR_S, 10 * HOUR_S)]
    still = ("dpupr", "weather", HOUR_S, 4 * DAY_S)
    frame = a_frame([a_row(agency="dpupr", pauses=held), a_row(pauses=[still], paused_since=AT - HOUR_S)])
    answer = pauses.pauses(frame)
    assert [(row.agency, row.reason, row.n, row.total_s) for row in answer.rows] == [
        ("dpupr", "weather", 1, 6 * HOUR_S),
        ("dlh", "citizen", 1, 2 * HOUR_S),
    ]
    assert (answer.n, answer.running) == (2, 1)
    by_agency = dict(zip(frame.columns.names.agency, durations.pause_length(frame.view(By.AGENCY)), strict=True))
    assert (by_agency["dlh"].n, by_agency["dpupr"].median_s) == (1, 6 * HOUR_S)


KAPLAN_MEIER = [(2, True), (3, True), (5, True), (5, False), (8, False), (10, False)]


def test_open_cases_count_by_kaplan_meier_and_a_time_that_is_not_reached_is_not_invented():
    rows = [a_row(AT - days * DAY_S, finished=days * DAY_S if over else None) for days, over in KAPLAN_MEIER]
    answer = times.resolutions(a_frame(rows))
    assert (answer.n, answer.open) == (6, 3)
    assert answer.median_s == 5 * DAY_S
    assert answer.p90_s is None
    assert answer.longest_s == 10 * DAY_S
    assert [point.share for point in answer.curve] == pytest.approx([0, 1 / 6, 1 / 3, 1 / 2])


def test_a_target_is_each_cases_own():
    rows = [
        a_row(finished=HOUR_S, resolve_due=2 * HOUR_S),
        a_row(finished=9 * HOUR_S, resolve_due=3 * HOUR_S),
        a_row(resolve_due=4 * HOUR_S),
        a_row(resolve_due=9 * DAY_S),
    ]
    answer = times.resolutions(a_frame(rows))
    assert answer.by_target == pytest.approx(1 / 3)
    assert answer.target_s == 3.5 * HOUR_S


def test_a_reopening_moves_no_target():
    """Answered and done late in the first cycle; the dues of the second one are weeks later."""
    late = {"answered": 5 * DAY_S, "answer_due": DAY_S, "finished": 6 * DAY_S, "resolve_due": 2 * DAY_S}
    received, again = AT - 20 * DAY_S, AT - 10 * DAY_S
    first = {"started": received, "answer_due": received + DAY_S, "resolve_due": received + 2 * DAY_S}
    former = first | {"limit_due": received + 3 * DAY_S, "finished": received + 6 * DAY_S, "end": End.RESOLVED}
    second = former | {"started": again, "answer_due": 0, "resolve_due": again + DAY_S, "limit_due": again + DAY_S}
    dues = {"answer_due": 15 * DAY_S, "resolve_due": 16 * DAY_S, "limit_due": 17 * DAY_S}
    reopened = late | dues | {"finished": 15 * DAY_S, "started": again, "reopened": 2, "former": [former, second]}
    for row in (late | {"limit_due": 3 * DAY_S}, reopened):
        frame = a_frame([a_row(received, **row)])
        answers, ends = times.answers(frame), times.resolutions(frame)
        assert (answers.by_target, answers.target_s) == (0, DAY_S)
        assert (ends.by_target, ends.target_s, ends.limit_s) == (0, 2 * DAY_S, 3 * DAY_S)


def moments(most: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(60, most)


@st.composite
def cases(draw: st.DrawFn) -> Row:
    received = AT - draw(st.integers(60, 40 * DAY_S))
    room = max(60, AT - received)
    finished = draw(moments(room))
    answered = draw(moments(min(room, finished or room)))
    more: dict[str, Any] = {"answer_due": draw(moments(5 * DAY_S)), "resolve_due": draw(moments(9 * DAY_S))}
    if finished is not None and draw(st.booleans()):
        more |= {"state": CaseState.MERGED, "end": End.MERGED, "resolved": None}
    agency = draw(st.sampled_from(["dlh", "dpupr", "bpbd"]))
    if (latest := min(room, finished or room)) >= 120 and draw(st.booleans()):
        ended, again = sorted((draw(st.integers(1, latest)), draw(st.integers(1, latest))))
        more["former"] = [{"started": received, "finished": received + ended, "end": End.RESOLVED}]
        more |= {"started": received + again, "reopened": 1}
    return a_row(received, agency=agency, finished=finished, answered=answered, **more)


some_cases = st.lists(cases(), max_size=30)


@given(some_cases)
def test_the_times_of_charts_are_those_of_the_table_of_figures(rows: list[Row]):
    frame = a_frame(rows)
    for answer, figure in (
        (times.answers(frame), durations.answer_wait),
        (times.resolutions(frame), durations.resolution),
    ):
        (whole,) = figure(frame.view())
        assert (answer.n, answer.open, answer.median_s, answer.p90_s) == (
            whole.n,
            whole.open_n,
            whole.median_s,
            whole.p90_s,
        )


@given(some_cases, st.sampled_from([7, 30, 70]))
def test_what_came_and_what_ended_explain_what_is_open(rows: list[Row], days: int):
    answer = weeks.flow(a_frame(rows, days))
    assert answer.open_before + answer.received + answer.reopened - answer.ended == answer.parts[-1].open
    assert all(b.start > a.start for a, b in zip(answer.parts, answer.parts[1:], strict=False))


def test_a_quiet_day_is_0_a_silent_one_is_no_data_and_none_is_missing():
    today = NOW.date()
    silent = {today - timedelta(days=n) for n in (2, 3, 4)}
    rows = [a_row(AT - 5 * DAY_S), a_row(AT - 3 * DAY_S), a_row(AT - 60)]
    frame = a_frame(rows, 7, silent_days=lambda first: {day for day in silent if day >= first})
    assert [part.received for part in weeks.flow(frame).parts] == [None, 1, None, 1, None, 0, 1]
    assert [part.silent for part in times.answers(frame).parts] == [True, False, True, False, True, False, False]
    assert arrivals.topics(frame).silent == (True, False, True, False, True, False, False)


@given(some_cases)
def test_every_received_case_has_one_hour_and_one_place_or_none(rows: list[Row]):
    frame = a_frame(rows)
    n = len(frame.received())
    where = arrivals.where(frame)
    assert arrivals.when(frame).n == n
    topics = arrivals.topics(frame)
    assert (topics.n, sum(sum(row.counts) for row in topics.rows)) == (n, n)
    assert sum(row.n for row in where.rows) + where.unplaced == n


def test_a_monday_morning_is_a_monday_morning_in_the_city():
    monday = AT - DAY_S - AT % HOUR_S - 5 * HOUR_S  # Tuesday 14:07 WIB, back to Monday 09:00
    answer = arrivals.when(a_frame([a_row(monday), a_row(monday - 9 * HOUR_S)]))
    assert answer.counts[0][9] == 1
    assert answer.counts[0][0] == 1
    assert answer.outside_hours == 1


def test_a_private_case_has_no_village():
    city = replace(a_city(), population=Population({SISIR: 4000}, 2025, "BPS"))
    answer = arrivals.where(a_frame([a_row(village=SISIR), a_row(village=BEJI, private=True)], city=city))
    assert [(row.code, row.n, row.per_thousand) for row in answer.rows] == [(SISIR, 1, 0.25)]
    assert answer.unplaced == 1


def test_no_filter_by_place_and_no_division_by_place_tells_of_a_private_case():
    rows = [*due_cases("bnn", "narkoba", 0, 1), *due_cases("dlh", "sampah", 1, 1)]
    frame = a_frame([row | {"private": row["agency"] == "bnn", "district": "3579010"} for row in rows])
    frame = replace(frame, columns=without_private_places(frame.columns))
    for place in ({"villages": frozenset({SISIR})}, {"districts": frozenset({"3579010"})}):
        there = replace(frame, filters=Filters(**place))
        assert (shares.on_time(there).whole.n, len(there.received())) == (1, 1)
    apart = replace(frame, filters=Filters(agencies=frozenset({"bnn"}), categories=frozenset({"narkoba"})))
    assert (apart.by, [row.code for row in shares.on_time(apart).rows]) == (By.VILLAGE, [""])
    assert frame.columns.private.tolist() == [True, False]


def test_a_head_is_not_compared_with_the_private_cases_of_others():
    rows = [*due_cases("bnn", "narkoba", 1, 1), *due_cases("dlh", "narkoba", 0, 1)]
    frame = a_frame([row | {"private": True} for row in rows], filters=Filters(categories=frozenset({"narkoba"})))
    seen = {scope: shares.mix(replace(frame, scope=scope)).share for scope in (None, frozenset({"dlh"}))}
    assert seen == {None: 0.5, frozenset({"dlh"}): 0.0}


BASE = (52, 48, 55, 50, 47, 53, 49, 51, 46)


def test_a_week_out_of_the_ordinary_is_found_by_limits_of_the_weeks_before():
    monday = AT - (AT + 7 * HOUR_S) % DAY_S - DAY_S
    counts = (*BASE, 80, 50)
    rows = [
        a_row(monday - (len(counts) + 1 - week) * 7 * DAY_S + HOUR_S)
        for week, n in enumerate((1, *counts))
        for _ in range(n)
    ]
    first = date(2026, 11, 23) - timedelta(weeks=2)
    frame = a_frame(rows, period=Period.days(first, date(2026, 11, 24)))
    answer = unusual.unusual(frame)
    assert answer.base == 9
    assert [(week.n, week.unusual) for week in answer.weeks] == [(80, True), (50, False)]
    assert (answer.weeks[0].low, answer.weeks[0].high) == pytest.approx((38.1, 62.1), abs=0.05)


def a_year_of_weekdays(holidays: frozenset[date] = frozenset(), silent: frozenset[date] = frozenset()) -> list[Row]:
    """Ten on Monday to Friday, two at weekends and on holidays, until 22 November 2026."""
    rows, last = [], date(2026, 11, 22)
    for back in range(52 * 7):
        day = last - timedelta(days=back)
        quiet = day.weekday() > 4 or day in holidays
        noon = AT - (AT + 7 * HOUR_S) % DAY_S - (back + 2) * DAY_S + 12 * HOUR_S
        rows += [a_row(noon + n * 60) for n in range((2 if quiet else 10) + back % 2 * (not quiet))]
    return [row for row in rows if (date(2026, 11, 24) - timedelta(days=(AT - row["received"]) // DAY_S)) not in silent]


def test_a_week_of_holidays_is_quiet_and_not_unusual():
    """In 2026 the city hall was closed from Friday 20 to Tuesday 24 March for Nyepi and Eid."""
    known = build_calendars(a_city(), national([2026]), joint_leave([2026]), date(2025, 1, 1), date(2026, 12, 31))
    off = frozenset(known[a_city().legal_calendar].holidays)
    assert {date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 24)} <= off
    spring = Period.days(date(2026, 3, 2), date(2026, 5, 31))

    def eid(rows: list[Row]) -> tuple[XmrWeek, int]:
        told = unusual.unusual(a_frame(rows, period=spring, calendars=known))
        found = next(week for week in told.weeks if week.start == date(2026, 3, 23))
        return found, sum(week.unusual for week in told.weeks)

    quiet, n_unusual = eid(a_year_of_weekdays(holidays=off))
    busy, _ = eid(a_year_of_weekdays(holidays=off - {date(2026, 3, 23), date(2026, 3, 24)}))
    assert (quiet.unusual, n_unusual) == (False, 0)
    assert quiet.expected == pytest.approx(quiet.n, abs=3)
    assert (quiet.n or 0) < (busy.n or 0) - 10
    assert busy.unusual  # as many as ever on days on which few should come


def test_a_silent_week_is_neither_unusual_nor_zero():
    silent = frozenset(date(2026, 11, 9) + timedelta(days=n) for n in range(7))
    frame = a_frame(
        a_year_of_weekdays(silent=silent),
        period=Period.days(date(2026, 11, 2), date(2026, 11, 24)),
        silent_days=lambda _: silent,
    )
    assert [(week.n is None, week.unusual) for week in unusual.unusual(frame).weeks] == [
        (False, False),
        (True, False),
        (False, False),
    ]


def test_where_no_day_is_without_a_report_every_week_is_judged():
    rows = [a_row(AT - day * DAY_S + n * 60) for day in range(1000) for n in range(2)]
    answer = unusual.unusual(a_frame(rows, period=Period.days(date(2026, 11, 2), date(2026, 11, 22))))
    assert [(week.n, week.unusual) for week in answer.weeks] == [(14, False)] * 3


def test_without_enough_weeks_before_nothing_is_called_unusual():
    assert unusual.unusual(a_frame([a_row()])).weeks == ()


def a_city_that_slows_down(weeks_back: int = 30) -> list[Row]:
    """Bursts of cases every third week, half of which end after their due day: the week before tells nothing."""
    rows = []
    for day in range(weeks_back * 7, 0, -1):
        for n in range(14 if day // 7 % 3 == 0 else 2):
            received, lasts = AT - day * DAY_S + n * 60, (3 if n % 2 else 7) * DAY_S
            is_over = received + lasts <= AT
            rows.append(a_row(received, resolve_due=5 * DAY_S, finished=lasts if is_over else None))
    return rows


def test_a_forecast_that_is_better_than_as_last_time_is_shown_with_its_errors():
    answer = forecast.forecast(a_frame(a_city_that_slows_down()))
    assert answer.error is not None
    assert answer.naive_error is not None
    assert answer.error < answer.naive_error
    assert [row.hours for row in answer.rows] == [24, 168]
    assert len(answer.past) == 12
    assert all(isinstance(row, ForecastRow) and row.low <= row.expected + 1e-9 <= row.high + 1 for row in answer.rows)


def test_a_forecast_that_is_not_better_hides_itself():
    steady = [a_row(AT - n * DAY_S // 2, resolve_due=DAY_S, finished=2 * DAY_S) for n in range(5, 400)]
    answer = forecast.forecast(a_frame(steady))
    assert answer.naive_error is not None
    assert answer.rows == ()


def test_what_falls_due_is_told_without_any_forecast():
    answer = forecast.forecast(a_frame([a_row(resolve_due=3 * DAY_S), a_row(resolve_due=30 * DAY_S)]))
    assert (answer.due, answer.rows, answer.error) == ({"dlh": 1}, (), None)
