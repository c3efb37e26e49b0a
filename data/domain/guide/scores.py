"""The tiles: how the city is doing, each a figure of the table of figures over its target. 1.0 is on target.

A score is value over target (target over value where less is better), cut off at 1.25, so that one good tile hides no
bad one. Too few cases give no score, which is counted and shown; the mean over all tiles is told only when four of five
have one. No tile is moved by a pause or by closing a case: `FIGURES` are those of which that holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from data.domain.city.model import City
from data.domain.city.tiles import TileRule
from data.domain.figures.definitions import BY_CODE, Subject
from data.domain.figures.kpis import Better
from data.domain.figures.measures.market import TradeColumns
from data.domain.figures.period import Filters, Period, figures
from data.domain.figures.values import Amount, Share
from data.domain.history.columns import CaseColumns

CAP = 1.25
COVERAGE = 0.8
"""The mean over all tiles needs at least so many of them."""
FIGURES = ("on_time", "solved_week", "solved_fortnight", "market_value")
"""A pause does not stop the clock of an answer, nor the days of the calendar; an end without an answer is a miss, and a
closing without a resolution solves nothing; who sells more closes no case."""
MONTHS = 12
_DAY = timedelta(days=1)


class Missing(StrEnum):
    """Why a tile has no score."""

    NO_DATA = "no_data"
    FEW = "few"
    NO_PAST = "no_past"
    """It has no target of its own, and too little is known of the time before."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure's value and how many cases or trades it is of."""

    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile at one time."""

    rule: TileRule
    period: Period
    value: float | None
    n: int
    """The denominator."""
    target: float | None
    score: float | None
    """0 to 1.25; None: see `missing`."""
    missing: Missing | None = None


@dataclass(frozen=True, slots=True)
class TileBoard:
    """All tiles, the worst first, those without a score last."""

    as_of: datetime
    tiles: tuple[Tile, ...]
    overall: float | None
    """The mean of the scores; None: fewer than four of five tiles have one."""

    @property
    def n_known(self) -> int:
        """How many have a score."""
        return sum(tile.score is not None for tile in self.tiles)


Measure = Callable[[TileRule, Period], Measured]
"""Asks the figure of a rule in a period."""


def measure_of(columns: CaseColumns, city: City, sold: Callable[[Period], TradeColumns]) -> Measure:
    """By the table of figures; `sold`: the trades that count of a period."""

    def measure(rule: TileRule, period: Period) -> Measured:
        if BY_CODE[rule.figure].subject is Subject.MARKET:
            value = BY_CODE[rule.figure].values(sold(period))[0]
        else:
            filters = Filters(categories=frozenset(rule.categories))
            asked = figures(columns, period, filters, codes=(rule.figure,), no_answers_from=city.no_answers_from)
            value = asked.total[rule.figure]
        if isinstance(value, Share | Amount):
            return Measured(value.value, value.n)
        raise TypeError(f"no tile can be made of {rule.figure}")

    return measure


def tiles(rules: Sequence[TileRule], measure: Measure, today: date, as_of: datetime, zone: str) -> TileBoard:
    """All tiles of the days until yesterday."""
    made = [tile(rule, _until_yesterday(rule, today, zone), measure) for rule in rules]
    made.sort(key=lambda it: (it.score is None, it.score))
    scores = [it.score for it in made if it.score is not None]
    covered = bool(made) and len(scores) >= COVERAGE * len(made)
    return TileBoard(as_of, tuple(made), sum(scores) / len(scores) if covered else None)


def history(rule: TileRule, measure: Measure, today: date, zone: str, n: int = MONTHS) -> tuple[Tile, ...]:
    """The last whole months, the newest first."""
    ends = [today.replace(day=1) - _DAY]
    while len(ends) < n:
        ends.append(ends[-1].replace(day=1) - _DAY)
    return tuple(tile(rule, Period.days(end.replace(day=1), end, zone), measure) for end in ends)


def tile(rule: TileRule, period: Period, measure: Measure) -> Tile:
    """One tile of a period."""
    found = measure(rule, period)
    target = rule.target if rule.target is not None else _past(rule, period, measure)
    missing = _missing(found, target, rule)
    score = None
    if missing is None and found.value is not None and target is not None:
        score = _score(found.value, target, BY_CODE[rule.figure].better)
    return Tile(rule, period, found.value, found.n, target, score, missing)


def _missing(found: Measured, target: float | None, rule: TileRule) -> Missing | None:
    if found.n < rule.least_n:
        return Missing.FEW if found.n else Missing.NO_DATA
    if found.value is None:
        return Missing.NO_DATA
    return None if target else Missing.NO_PAST


def _score(value: float, target: float, better: Better) -> float:
    if better is Better.DOWN:
        return CAP if value <= 0 else min(CAP, target / value)
    return max(0.0, min(CAP, value / target))


def _past(rule: TileRule, period: Period, measure: Measure) -> float | None:
    """The mean of the spans before; None when any of them has too few."""
    values, span = [], period
    for _ in range(rule.past):
        span = _before(span)
        found = measure(rule, span)
        if found.value is None or found.n < rule.least_n:
            return None
        values.append(found.value)
    return sum(values) / len(values) if values else None


def _before(period: Period) -> Period:
    """The same number of days directly before; of a whole month the month before."""
    first, last = period.first, period.last
    if first.day == 1 and (last + _DAY).day == 1 and first.month == last.month:
        return Period.days((first - _DAY).replace(day=1), first - _DAY, period.zone)
    return Period.days(first - (last - first + _DAY), first - _DAY, period.zone)


def _until_yesterday(rule: TileRule, today: date, zone: str) -> Period:
    return Period.days(today - rule.days * _DAY, today - _DAY, zone)
