"""Tiles: over their targets, cut off, the worst first; what is not known is counted and never made up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from data.domain.city.tiles import TileRule
from data.domain.figures.measures.market import TradeColumns
from data.domain.figures.period import Period, figures
from data.domain.figures.values import Share
from data.domain.guide.scores import CAP, FIGURES, Measured, Missing, Tile, history, measure_of, tile, tiles
from data.domain.history.columns import End
from tests.data.domain.figures.months import columns_of
from tests.data.domain.guide.rules import a_tile_rule
from tests.factories import a_city

ZONE = "Asia/Jakarta"
OCTOBER = Period.months("2026-10")
TODAY, NOW = date(2026, 11, 1), datetime(2026, 11, 1, 3, tzinfo=UTC)


def one(value: float | None, n: int = 50, **changes: Any) -> Tile:
    return tile(a_tile_rule(**changes), OCTOBER, lambda rule, period: Measured(value, n))


@pytest.mark.parametrize(("value", "score"), [(0.8, 1.0), (0.4, 0.5), (0.0, 0.0), (0.96, 1.2), (1.0, CAP)])
def test_a_score_is_value_over_target_and_ends_at_its_cap(value: float, score: float):
    assert one(value).score == pytest.approx(score)


def test_where_less_is_better_it_is_target_over_value():
    assert one(0.2, figure="reopened", target=0.1).score == pytest.approx(0.5)
    assert one(0.0, figure="reopened", target=0.1).score == CAP


@pytest.mark.parametrize(("value", "n", "why"), [(None, 0, Missing.NO_DATA), (1.0, 4, Missing.FEW)])
def test_too_few_have_no_score_and_say_so(value: float | None, n: int, why: Missing):
    made = one(value, n)
    assert (made.score, made.missing, made.n) == (None, why, n)


def board(*values: float | None):
    rules = [a_tile_rule(f"t{n}", target=1.0) for n in range(len(values))]
    known = dict(zip([rule.code for rule in rules], values, strict=True))

    def measure(rule: TileRule, period: Period) -> Measured:
        value = known[rule.code]
        return Measured(value, 0 if value is None else 50)

    return tiles(rules, measure, TODAY, NOW, ZONE)


def test_the_worst_comes_first_and_what_is_missing_last():
    assert [it.rule.code for it in board(0.9, None, 0.2, 1.0).tiles] == ["t2", "t0", "t3", "t1"]


def test_the_mean_is_told_with_four_of_five_and_not_with_fewer():
    assert board(1.0, 0.5, 0.5, 1.0, None).overall == pytest.approx(0.75)
    assert board(1.0, 0.5, 0.5, None, None).overall is None
    assert board(1.0, 0.5, 0.5, None, None).n_known == 3
    assert board().overall is None


def test_without_a_target_it_is_measured_by_its_own_past():
    spans = {"2026-10-01": 90.0, "2026-09-01": 100.0, "2026-08-01": 110.0, "2026-07-01": 90.0}
    rule = a_tile_rule(figure="market_value", target=None)

    def measure(rule: TileRule, period: Period) -> Measured:
        return Measured(spans[period.first.isoformat()], 50)

    made = tile(rule, OCTOBER, measure)
    assert (made.target, made.score) == (100.0, 0.9)


def test_a_past_of_too_few_is_none():
    def measure(rule: TileRule, period: Period) -> Measured:
        return Measured(10.0, 50 if period.first.month > 8 else 2)

    assert tile(a_tile_rule(target=None), OCTOBER, measure).missing is Missing.NO_PAST


def test_the_history_has_whole_months_the_newest_first():
    made = history(a_tile_rule(), lambda rule, period: Measured(0.8, 9), date(2026, 3, 31), ZONE, 3)
    assert [(it.period.first.isoformat(), it.period.last.isoformat()) for it in made] == [
        ("2026-02-01", "2026-02-28"),
        ("2026-01-01", "2026-01-31"),
        ("2025-12-01", "2025-12-31"),
    ]


def test_the_days_end_with_yesterday():
    (made,) = board(1.0).tiles
    assert (made.period.first, made.period.last) == (date(2026, 10, 2), date(2026, 10, 31))


CASE = {"received": "2026-10-02 08:00"}
SOLVED = CASE | {"finished": "2026-10-05 08:00", "said": 77}


@pytest.mark.parametrize(
    ("case", "share"),
    [
        (SOLVED, Share(1, 1)),
        (SOLVED | {"finished": "2026-10-09 08:00"}, Share(1, 1)),
        (SOLVED | {"finished": "2026-10-09 08:01"}, Share(0, 1)),
        (SOLVED | {"said": 0}, Share(0, 1)),
        (SOLVED | {"end": End.CLOSED}, Share(0, 1)),
        (SOLVED | {"end": End.REJECTED}, Share(0, 0)),
        (SOLVED | {"end": End.MERGED}, Share(0, 0)),
        (CASE, Share(0, 1)),
        (CASE | {"received": "2026-10-30 08:00"}, Share(0, 0)),
    ],
)
def test_solved_within_a_week_is_by_the_calendar_and_with_a_word(case: dict[str, Any], share: Share):
    columns = columns_of("2026-11-01 10:00", [case])
    assert figures(columns, OCTOBER, codes=("solved_week",)).total["solved_week"] == share


def no_trades(_: Period) -> TradeColumns:
    return TradeColumns(*(np.zeros(0, dtype=np.int64) for _ in range(3)))


DEEDS: list[dict[str, Any]] = [
    {"finished": "2026-10-03 08:00", "end": End.CLOSED, "said": 77},
    {"finished": "2026-10-03 08:00", "said": 0},
    {"resolve_due": "2026-12-31", "paused": 50 * 86_400, "has_pauses": True},
    {"paused_since": "2026-10-03 08:00", "resolve_due": "2026-12-31", "has_pauses": True},
]
"""Closed, resolved without a word, paused long ago, paused still: of a case that was answered late and is open."""


@pytest.mark.parametrize("figure", [code for code in FIGURES if code != "market_value"])
@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_betters_a_tile_by_pausing_or_closing(figure: str, deed: dict[str, Any]):
    late = CASE | {"answer_due": "2026-10-02 10:00", "answered": "2026-10-02 12:00"}
    good = SOLVED | {"answer_due": "2026-10-02 10:00", "answered": "2026-10-02 09:00"}
    rule = a_tile_rule(figure=figure, least_n=1)

    def value(*cases: dict[str, Any]) -> float:
        measure = measure_of(columns_of("2026-11-01 10:00", cases), a_city(), no_trades)
        found = measure(rule, OCTOBER).value
        assert found is not None
        return found

    assert value(good, late | deed) <= value(good, late)
