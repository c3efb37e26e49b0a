"""How many reports of each category come: its share, hours of the day, weekdays and weekends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from ingest.sources.simulator.places import VillageWeight
from ingest.sources.simulator.weather import poisson

Hours = tuple[float, ...]
"""A weight for each hour of the local day."""


def _hours(*parts: tuple[int, int, float], night: float = 0.15) -> Hours:
    """Weights from (first hour, hour after the last, weight); the rest of the day weighs `night`."""
    weights = [night] * 24
    for first, last, weight in parts:
        weights[first:last] = [weight] * (last - first)
    return tuple(weights)


DAYTIME = _hours((5, 7, 1.5), (7, 10, 4), (10, 15, 3), (15, 19, 4), (19, 22, 2))
RUSH = _hours((6, 9, 7), (9, 11, 1.5), (11, 14, 2.5), (14, 16, 2), (16, 19, 7), (19, 21, 1.5))
OUTING = _hours((8, 10, 3), (10, 13, 6), (13, 15, 5), (15, 19, 7), (19, 22, 4))
EVENING = _hours((6, 16, 0.8), (16, 18, 2.5), (18, 22, 7), (22, 24, 2), night=0.6)
LATE = _hours((8, 18, 1), (18, 24, 4), night=1.5)
FIELDS = _hours((4, 6, 2), (6, 9, 6), (9, 12, 3), (12, 15, 1.5), (15, 18, 5), (18, 21, 2), night=0.05)
DRY_NOON = _hours((9, 17, 3), (17, 22, 1.5), night=0.5)


@dataclass(frozen=True, slots=True)
class CategoryPattern:
    """The pattern of a category. Shares are assumptions, because no counts of Among Warga are public."""

    share: float
    """Its share of a weekday's reports."""
    weekend: float
    """The factor for Saturday and Sunday."""
    hours: Hours
    weekend_hours: Hours
    where: VillageWeight
    weekend_where: VillageWeight


def _same(share: float, weekend: float, hours: Hours, where: VillageWeight) -> CategoryPattern:
    return CategoryPattern(share, weekend, hours, hours, where, where)


PATTERNS: Mapping[str, CategoryPattern] = {
    "sampah": CategoryPattern(0.18, 1.6, DAYTIME, OUTING, VillageWeight.PEOPLE, VillageWeight.TOURISTS),
    "jalan_rusak": _same(0.15, 0.6, DAYTIME, VillageWeight.PEOPLE),
    "pju": _same(0.14, 0.8, EVENING, VillageWeight.PEOPLE),
    "kemacetan": CategoryPattern(0.11, 2.2, RUSH, OUTING, VillageWeight.PEOPLE, VillageWeight.TOURISTS),
    "pertanian": _same(0.15, 0.6, FIELDS, VillageWeight.FARMERS),
    "pkl_liar": CategoryPattern(0.07, 2.0, OUTING, OUTING, VillageWeight.TOURISTS, VillageWeight.TOURISTS),
    "iklan_liar": _same(0.05, 0.5, DAYTIME, VillageWeight.PEOPLE),
    "lampu_lalu_lintas": _same(0.04, 1.1, RUSH, VillageWeight.TOURISTS),
    "narkoba": _same(0.02, 1.2, LATE, VillageWeight.PEOPLE),
    "kebakaran": _same(0.012, 1.0, DRY_NOON, VillageWeight.WILDFIRE),
    "pohon_tumbang": _same(0.012, 1.0, DAYTIME, VillageWeight.STORM),
    "longsor": _same(0.001, 1.0, DAYTIME, VillageWeight.LANDSLIDE),
    "lainnya": _same(0.065, 0.9, DAYTIME, VillageWeight.PEOPLE),
}
"""Events caused by weather are added in `plan`."""


def count(rng: Random, category: str, day: date, per_day: float) -> int:
    """A random number of reports of a category on that day."""
    pattern = PATTERNS[category]
    return poisson(rng, per_day * pattern.share * (pattern.weekend if day.weekday() >= 5 else 1.0))


def hours_of(category: str, day: date) -> Hours:
    pattern = PATTERNS[category]
    return pattern.weekend_hours if day.weekday() >= 5 else pattern.hours


def where_of(category: str, day: date) -> VillageWeight:
    pattern = PATTERNS[category]
    return pattern.weekend_where if day.weekday() >= 5 else pattern.where


def rate(category: str, day: date, hour: int) -> float:
    """The share of a weekday's reports in this category and hour, flattened so that every hour has some."""
    pattern, hours = PATTERNS[category], hours_of(category, day)
    weekly = pattern.weekend if day.weekday() >= 5 else 1.0
    return pattern.share * weekly * (0.75 / 24 + 0.25 * hours[hour] / sum(hours))
