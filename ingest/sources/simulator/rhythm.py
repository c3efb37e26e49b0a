"""When what is reported: shares by category, hours of the day, weekdays and weekends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from ingest.sources.simulator.places import Where
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
class Rhythm:
    """How a category comes in. Shares are assumptions: no counts of Among Warga are public."""

    share: float
    """Of a weekday's reports."""
    weekend: float
    """Times as many on a Saturday or Sunday."""
    hours: Hours
    weekend_hours: Hours
    where: Where
    weekend_where: Where


def _same(share: float, weekend: float, hours: Hours, where: Where) -> Rhythm:
    return Rhythm(share, weekend, hours, hours, where, where)


RHYTHMS: Mapping[str, Rhythm] = {
    "sampah": Rhythm(0.18, 1.6, DAYTIME, OUTING, Where.PEOPLE, Where.TOURISTS),
    "jalan_rusak": _same(0.15, 0.6, DAYTIME, Where.PEOPLE),
    "pju": _same(0.14, 0.8, EVENING, Where.PEOPLE),
    "kemacetan": Rhythm(0.11, 2.2, RUSH, OUTING, Where.PEOPLE, Where.TOURISTS),
    "pertanian": _same(0.15, 0.6, FIELDS, Where.FARMERS),
    "pkl_liar": Rhythm(0.07, 2.0, OUTING, OUTING, Where.TOURISTS, Where.TOURISTS),
    "iklan_liar": _same(0.05, 0.5, DAYTIME, Where.PEOPLE),
    "lampu_lalu_lintas": _same(0.04, 1.1, RUSH, Where.TOURISTS),
    "narkoba": _same(0.02, 1.2, LATE, Where.PEOPLE),
    "kebakaran": _same(0.012, 1.0, DRY_NOON, Where.WILDFIRE),
    "pohon_tumbang": _same(0.012, 1.0, DAYTIME, Where.STORM),
    "longsor": _same(0.001, 1.0, DAYTIME, Where.LANDSLIDE),
    "lainnya": _same(0.065, 0.9, DAYTIME, Where.PEOPLE),
}
"""What the weather brings comes on top: see `plan`."""


def count(chance: Random, category: str, day: date, per_day: float) -> int:
    """How many of a category come in on that day."""
    rhythm = RHYTHMS[category]
    return poisson(chance, per_day * rhythm.share * (rhythm.weekend if day.weekday() >= 5 else 1.0))


def hours_of(category: str, day: date) -> Hours:
    """The hours in which they come."""
    rhythm = RHYTHMS[category]
    return rhythm.weekend_hours if day.weekday() >= 5 else rhythm.hours


def where_of(category: str, day: date) -> Where:
    """Where they come from."""
    rhythm = RHYTHMS[category]
    return rhythm.weekend_where if day.weekday() >= 5 else rhythm.where


def rate(category: str, day: date, hour: int) -> float:
    """The share of a weekday's reports that come in this category and hour, flattened so that no hour is dead."""
    rhythm, hours = RHYTHMS[category], hours_of(category, day)
    weekly = rhythm.weekend if day.weekday() >= 5 else 1.0
    return rhythm.share * weekly * (0.75 / 24 + 0.25 * hours[hour] / sum(hours))
