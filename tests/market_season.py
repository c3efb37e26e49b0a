"""Invented seasons of Among Tani with what was planted in them: prices that crash, buyers who press, outbreaks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from data.domain.market.nouns import Commodity
from data.reference.commodities import COMMODITIES
from data.reference.places.villages import VILLAGES

DAY = timedelta(days=1)
BUYERS, FARMERS = 30, 200
CRASH_DAYS, PRESS_DAYS, OUTBREAK_DAYS = 14, 14, 21


@dataclass(frozen=True, slots=True)
class SoldOnce:
    """A trade."""

    day: date
    commodity: Commodity
    price: int
    kg: int
    village: str
    farmer: int
    buyer: int


@dataclass(slots=True)
class Season:
    """What happened, and what of it was planted."""

    first: date
    days: int
    trades: list[SoldOnce] = field(default_factory=list)
    reports: list[tuple[date, str]] = field(default_factory=list)
    """Day and village's code."""
    crashes: dict[str, date] = field(default_factory=dict)
    """By commodity: from when on its price is half."""
    pressing: dict[int, date] = field(default_factory=dict)
    """By buyer: from when on he pays far less."""
    outbreaks: dict[str, date] = field(default_factory=dict)
    """By village."""

    def every_day(self) -> Iterator[date]:
        yield from (self.first + n * DAY for n in range(self.days))


def a_season(seed: int, *, days: int = 150, trades_a_day: int = 80, first: date = date(2026, 7, 1)) -> Season:
    """Two crashes, two pressing buyers, three outbreaks; all begin after two thirds of the season."""
    chance = np.random.default_rng(seed)
    season = Season(first, days)
    late = [first + (days * 2 // 3 + int(n)) * DAY for n in chance.integers(0, days // 6, 7)]
    codes = [each.code for each in COMMODITIES]
    season.crashes = dict(zip(chance.choice(codes, 2, replace=False).tolist(), late, strict=False))
    season.pressing = dict(zip(chance.choice(BUYERS, 2, replace=False).tolist(), late[2:4], strict=True))
    villages = [each.code for each in VILLAGES]
    season.outbreaks = dict(zip(chance.choice(villages, 3, replace=False).tolist(), late[4:], strict=True))
    season.trades = list(_trades(season, chance, trades_a_day))
    season.reports = list(_reports(season, chance))
    return season


def _trades(season: Season, chance: np.random.Generator, a_day: int) -> Iterator[SoldOnce]:
    """Each price wanders by 2 % a day around its usual one; farmers and buyers haggle by 6 %."""
    away = np.zeros(len(COMMODITIES))
    weights = 1 / np.arange(1, BUYERS + 1)
    weights /= weights.sum()
    for day in season.every_day():
        away = 0.97 * away + chance.normal(0, 0.02, len(COMMODITIES))
        for _ in range(chance.poisson(a_day)):
            place, buyer = int(chance.integers(len(COMMODITIES))), int(chance.choice(BUYERS, p=weights))
            commodity = COMMODITIES[place]
            level = away[place] + chance.normal(0, 0.06)
            level += math.log(0.5) if _lasts(season.crashes.get(commodity.code), day, CRASH_DAYS) else 0
            level += math.log(0.6) if _lasts(season.pressing.get(buyer), day, PRESS_DAYS) else 0
            price = max(1, round(commodity.usual * math.exp(level)))
            village = VILLAGES[int(chance.integers(len(VILLAGES)))].code
            kg = int(chance.integers(5, 200))
            yield SoldOnce(day, commodity, price, kg, village, int(chance.integers(FARMERS)), buyer)


def _reports(season: Season, chance: np.random.Generator) -> Iterator[tuple[date, str]]:
    """From one report in three weeks to one and a half a week, by the village; in an outbreak one a day more."""
    rates = {each.code: rate for each, rate in zip(VILLAGES, chance.uniform(0.3, 1.5, len(VILLAGES)), strict=True)}
    for day in season.every_day():
        for village, rate in rates.items():
            more = 1.0 if _lasts(season.outbreaks.get(village), day, OUTBREAK_DAYS) else 0.0
            yield from [(day, village)] * int(chance.poisson(rate / 7 + more))


def _lasts(start: date | None, day: date, days: int) -> bool:
    return start is not None and start <= day < start + days * DAY
