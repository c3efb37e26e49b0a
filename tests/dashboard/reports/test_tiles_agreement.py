"""A tile, /kinerja and the month's report say the same of the same month."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.reports.archive.gathering import gather, known_at
from dashboard.reports.month.tables import TOTAL, Share
from data.domain.figures.selection import Filters, Period
from data.domain.guide.scores import Tile, measure_of, tile
from data.domain.performance.frame import Frame
from data.domain.performance.shares import on_time
from data.store.db.engine import Engine, reading, writing
from data.store.queries.market.month import sales
from tests.dashboard.reports.months import OCTOBER, at_noon, deps_of, given, some_cases
from tests.data.domain.guide.rules import a_tile_rule
from tests.factories import HOUR, MINUTE, a_city, calendars
from tests.market_store import a_trade

PERIOD = Period.months("2026-10")


@pytest.fixture
def october(engine: Engine, tmp_path: Path):
    """Its facts as the report has them, and what tiles are measured from."""
    some_cases(engine)
    given(engine, at_noon(3), "sampah", dispatched=MINUTE, answered=HOUR)
    with writing(engine) as conn:
        for day in range(1, 13):
            a_trade(conn, 9000 + day, 10, at=at_noon(day))
    deps = deps_of(engine, tmp_path)
    known = known_at(deps, OCTOBER, None)
    return gather(deps, OCTOBER, "", known), deps.history.as_known(known.seq, known.at)


def made(engine: Engine, columns, **changes: object) -> Tile:  # noqa: ANN001
    with reading(engine) as conn:
        measure = measure_of(columns, a_city(), lambda period: sales(conn, period).columns)
        return tile(a_tile_rule(least_n=1, **changes), PERIOD, measure)


@pytest.mark.parametrize("figure", ["on_time", "solved_week", "solved_fortnight"])
def test_a_tile_of_a_category_is_the_cell_of_the_report(engine: Engine, october, figure: str):  # noqa: ANN001
    facts, columns = october
    cell = facts.table("times_by_category").cell("sampah", figure)
    shown = made(engine, columns, figure=figure, categories=("sampah",))
    assert isinstance(cell, Share)
    assert cell.of == shown.n > 0
    assert shown.value == cell.part / cell.of


def test_answered_in_time_is_the_same_in_the_report_and_on_kinerja(engine: Engine, october):  # noqa: ANN001
    facts, columns = october
    shown = made(engine, columns, figure="on_time")
    told = facts.table("times_by_category").cell(TOTAL, "on_time")
    frame = Frame(columns, a_city(), calendars(), PERIOD, None, Filters(), None)
    whole = on_time(frame).whole
    assert (told.part, told.of) == (whole.hits, whole.n)
    assert (shown.value, shown.n) == (whole.hits / whole.n, whole.n)


def test_the_farmers_income_is_the_value_of_the_report(engine: Engine, october):  # noqa: ANN001
    facts, columns = october
    shown = made(engine, columns, figure="market_value", target=None)
    assert shown.value == facts.table("market_spans").cell("this", "market_value")
    assert shown.n == facts.table("market_spans").cell("this", "market_trades") == 12
