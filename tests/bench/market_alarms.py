"""What the market's alarms find of what was planted in invented seasons, and how often they alarm for nothing.

Each day of a season is judged as the board would judge it that evening.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median

from data.domain.market.floor import WINDOW, Bought, Floor, Kind, Priced, alarms, below_floor, floor_of
from data.domain.market.moves import LEAST_DAYS, move_of
from data.store.queries.market.watch import PestReport, watch
from tests.bench.measure import Env, Result
from tests.market_season import CRASH_DAYS, OUTBREAK_DAYS, PRESS_DAYS, Season, SoldOnce, a_season

DAY = timedelta(days=1)
FLOOR_SHARE = 0.8
WITHIN = {"crash": 7, "pressing": 10, "outbreak": 14}
"""So many days after it began it must be found."""
AFTER = 21
"""Alarms up to so many days after a planted event ended belong to it: a window still holds it."""


@dataclass(slots=True)
class Count:
    """Of one kind of alarm, over all seasons."""

    planted: int = 0
    found: int = 0
    false: int = 0
    days: int = 0
    delays: list[int] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Found of what was planted, 0 to 1."""
        return self.found / self.planted

    @property
    def false_a_week(self) -> float:
        """Alarms that began without a reason, a week of the city."""
        return self.false / self.days * 7


def measure(env: Env) -> list[Result]:
    """The targets are what a watch is worth having for: most of it found, an alarm for nothing once in a while."""
    counts = judged(env.size(12, 2))
    results = []
    for kind, count in counts.items():
        note = f"{count.found} of {count.planted}, after {median(count.delays or [0]):.0f} days"
        results += [
            Result(f"planted {kind} found", 100 * count.share, "%", 80, at_least=True, note=note),
            Result(f"false {kind} alarms", count.false_a_week, "a week", 1),
        ]
    return results


def judged(seasons: int) -> dict[str, Count]:
    """By kind, over so many seasons."""
    counts = {kind: Count() for kind in WITHIN}
    for seed in range(seasons):
        season = a_season(seed)
        _tally(counts["crash"], season, season.crashes, _crashes(season), CRASH_DAYS, WITHIN["crash"])
        _tally(counts["pressing"], season, season.pressing, _pressing(season), PRESS_DAYS, WITHIN["pressing"])
        _tally(counts["outbreak"], season, season.outbreaks, _outbreaks(season), OUTBREAK_DAYS, WITHIN["outbreak"])
    return counts


Alarms = dict[object, list[date]]


def _tally(count: Count, season: Season, planted: dict, raised: Alarms, lasts: int, within: int) -> None:  # type: ignore[type-arg]
    count.planted += len(planted)
    count.days += season.days
    for name, start in planted.items():
        hits = [day for day in raised.get(name, []) if start <= day <= start + within * DAY]
        if hits:
            count.found += 1
            count.delays.append((min(hits) - start).days)
    for name, days in raised.items():
        start = planted.get(name)
        own = [day for day in days if start is None or not start <= day <= start + (lasts + AFTER) * DAY]
        count.false += sum(day - DAY not in own for day in own)


def _crashes(season: Season) -> Alarms:
    prices: dict[str, dict[date, list[int]]] = defaultdict(lambda: defaultdict(list))
    for each in season.trades:
        prices[each.commodity.code][each.day].append(each.price)
    raised: Alarms = defaultdict(list)
    for code, of_days in prices.items():
        medians = {day: int(median(values)) for day, values in of_days.items()}
        for day in season.every_day():
            known = {it: price for it, price in medians.items() if it <= day}
            move = move_of(code, known) if len(known) > LEAST_DAYS else None
            if move is not None and move.day == day and move.is_confirmed and move.score < 0:
                raised[code].append(day)
    return raised


def _pressing(season: Season) -> Alarms:
    by_day: dict[date, list[SoldOnce]] = defaultdict(list)
    for each in season.trades:
        by_day[each.day].append(each)
    raised: Alarms = defaultdict(list)
    for day in list(season.every_day())[WINDOW.days :]:
        window = [each for back in range(WINDOW.days) for each in by_day[day - back * DAY]]
        for buyer in _pressers(window, day):
            raised[int(buyer)].append(day)
    return raised


def _pressers(window: list[SoldOnce], day: date) -> list[str]:
    prices: dict[str, list[int]] = defaultdict(list)
    for each in window:
        prices[each.commodity.code].append(each.price)
    costs = {each.commodity.code: each.commodity.cost_on(day) for each in window}
    limits: dict[str, Floor] = {}
    for code, paid in prices.items():
        if (floor := floor_of(costs[code], paid, FLOOR_SHARE)) is not None:
            limits[code] = floor
    told = (
        Priced(
            Kind.TRADE,
            n,
            datetime.combine(each.day, time(5), UTC),
            each.commodity.code,
            each.price,
            each.village,
            str(each.farmer),
            str(each.buyer),
        )
        for n, each in enumerate(window)
    )
    bought = {buyer: Bought(n, 0) for buyer, n in Counter(str(each.buyer) for each in window).items()}
    return [each.buyer or "" for each in alarms(below_floor(told, limits), bought, {}) if each.presses_many]


def _outbreaks(season: Season) -> Alarms:
    reports = [PestReport(day, village, "aphid") for day, village in season.reports]
    raised: Alarms = defaultdict(list)
    for day in list(season.every_day())[7 * 13 :]:
        for each in watch([it for it in reports if it.day <= day], day).outbreaks:
            raised[each.code].append(day)
    return raised
