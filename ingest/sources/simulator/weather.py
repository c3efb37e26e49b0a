"""The weather of a simulated day: spells of rain, mostly from November to April, and wind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from random import Random

RAINY_DAY = (0.80, 0.80, 0.70, 0.50, 0.25, 0.15, 0.10, 0.08, 0.12, 0.30, 0.60, 0.75)
"""Share of days with rain by month: an assumption after the monsoon climate of East Java, not a measurement."""
WINDY_DAY = 0.2
"""Share of dry days with gusts that can fell a tree."""


@dataclass(frozen=True, slots=True)
class WeatherSpell:
    """Rain, or wind alone; `strength` from 0 to 1."""

    start: datetime
    end: datetime
    strength: float
    rain: bool


def weather(seed: int, day: date, zone: tzinfo) -> tuple[WeatherSpell, ...]:
    """The spells of a local day, in order; the same for the same seed."""
    rng = Random(f"weather/{seed}/{day}")
    if rng.random() >= RAINY_DAY[day.month - 1]:
        return (_spell(rng, day, zone, rain=False),) if rng.random() < WINDY_DAY else ()
    spells = [_spell(rng, day, zone, rain=True) for _ in range(1 + (rng.random() < 0.3))]
    return tuple(sorted(spells, key=lambda spell: spell.start))


def _spell(rng: Random, day: date, zone: tzinfo, *, rain: bool) -> WeatherSpell:
    """Rain falls mostly in the afternoon."""
    start = datetime.combine(day, time(0), zone) + timedelta(hours=rng.triangular(10, 21, 15))
    return WeatherSpell(start, start + timedelta(hours=rng.uniform(0.7, 3.5)), rng.random() ** 1.3, rain)


def shower(seed: int, block: int, start: datetime, length: timedelta) -> WeatherSpell | None:
    """The spell of one block of an accelerated day, if it has one: more likely in the wet season."""
    rng = Random(f"shower/{seed}/{block}")
    if rng.random() >= 0.35 + 0.4 * RAINY_DAY[start.month - 1]:
        return None
    begin = start + length * rng.uniform(0, 0.5)
    return WeatherSpell(begin, begin + length * rng.uniform(0.2, 0.5), 0.4 + 0.6 * rng.random(), True)


def poisson(rng: Random, mean: float) -> int:
    """A Poisson-distributed random number."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, number = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number
