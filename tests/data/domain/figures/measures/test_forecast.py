"""A forecast of breaches is exact where nothing is left to chance, and better than 'as last time' or hidden."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from data.domain.figures.measures.forecast import DAY_S, WEEK_S, forecast
from data.domain.figures.period import By, Period, Step, figures
from data.domain.figures.values import Expected
from data.domain.history.columns import CaseColumns
from tests.data.domain.figures.months import columns_of, wib

AT = "2026-10-05"
HOUR_S = 3600


def a_case(received: int, limit_s: int, lasts_s: int, **more: Any) -> dict[str, Any]:
    """Open when it would end after the moment of the columns."""
    case = {"received": received, "resolve_due": received + limit_s, **more}
    return case | ({"finished": received + lasts_s} if received + lasts_s <= wib(AT) else {})


def simulated(seed: int, *, growing: float = 0.0) -> CaseColumns:
    """Forty weeks with busy and quiet days of the week; roads are slow, waste is quick."""
    chance, now = random.Random(seed), wib(AT)
    cases = []
    for day in range(280):
        start = now - (280 - day) * DAY_S
        busy = 60 if day % 7 < 5 else 15
        for _ in range(int(busy * (1 + growing * day))):
            slow = chance.random() < 0.4
            lasts = chance.expovariate(1 / ((6 if slow else 2) * DAY_S))
            received = start + chance.randrange(DAY_S)
            cases.append(a_case(received, 5 * DAY_S, int(lasts), category="jalan" if slow else "sampah"))
    return columns_of(AT, cases)


def test_where_every_case_lasts_beyond_its_limit_all_that_fall_due_are_expected():
    now = wib(AT)
    cases = [a_case(now - n * DAY_S, 3 * DAY_S, 30 * DAY_S) for n in range(1, 120)]
    told = forecast(columns_of(AT, cases), DAY_S)
    assert told.expected == pytest.approx(1)
    assert [(each.expected, each.came, each.last) for each in told.past][-1] == (pytest.approx(1), 1, 1)


def test_where_every_case_ends_at_once_none_is_expected():
    now = wib(AT)
    cases = [a_case(now - n * HOUR_S, 5 * DAY_S, HOUR_S) for n in range(1, 3_000)]
    assert forecast(columns_of(AT, cases), WEEK_S).expected == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_it_beats_as_last_time_on_simulated_months(seed: int):
    told = forecast(simulated(seed), DAY_S)
    assert len(told.past) == 12
    assert told.error is not None
    assert told.error_as_last is not None
    assert told.error < told.error_as_last
    assert told.is_shown


def test_over_a_week_it_is_close_to_what_came():
    told = forecast(simulated(7), WEEK_S)
    came = sum(each.came for each in told.past)
    assert sum(each.expected for each in told.past) == pytest.approx(came, rel=0.1)


def test_without_a_history_there_is_no_past_forecast_and_nothing_is_shown():
    told = forecast(columns_of(AT, [a_case(wib(AT) - DAY_S, 2 * DAY_S, 9 * DAY_S)]), WEEK_S)
    assert told.past == ()
    assert not told.is_shown
    assert forecast(columns_of(AT, []), WEEK_S).expected == 0


def test_a_forecast_of_the_past_knows_nothing_of_what_came_later():
    columns = simulated(3)
    then = forecast(columns, WEEK_S).past[-1]
    now = wib(AT)
    cases = [
        {"received": received, "resolve_due": due, **({"finished": done} if 0 < done <= now - WEEK_S else {})}
        | {"category": columns.names.category[code]}
        for received, due, done, code in zip(
            columns.received.tolist(),
            columns.resolve_due.tolist(),
            columns.finished.tolist(),
            columns.category.tolist(),
            strict=True,
        )
        if received <= now - WEEK_S
    ]
    assert forecast(columns_of("2026-09-28", cases), WEEK_S).expected == pytest.approx(then.expected)


def test_the_figure_is_the_forecast_with_its_error_in_the_part_that_holds_the_moment():
    columns = simulated(1)
    period = Period.days(date(2026, 9, 28), date(2026, 10, 11))
    weeks = figures(columns, period, step=Step.WEEK, codes=("late_within_week",)).rows
    told, plain = [row.values["late_within_week"] for row in weeks], forecast(columns, WEEK_S)
    assert plain.is_shown
    assert told == [Expected(None, None, 0), Expected(plain.expected, plain.error, 12)]
    nothing = figures(columns_of(AT, []), period, codes=("late_within_week",)).total
    assert nothing["late_within_week"] == Expected(None, None, 0)


def test_by_agency_each_has_its_own_forecast():
    columns = simulated(1)
    period = Period.days(date(2026, 10, 5), date(2026, 10, 5))
    rows = figures(columns, period, by=By.AGENCY, codes=("late_within_week",)).rows
    assert [row.name for row in rows] == ["dlh"]
    assert rows[0].values["late_within_week"] == Expected(forecast(columns, WEEK_S).expected, *_error(columns))


def _error(columns: CaseColumns) -> tuple[float | None, int]:
    found = forecast(columns, WEEK_S)
    return found.error, len(found.past)
