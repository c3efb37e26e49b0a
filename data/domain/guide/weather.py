"""The forecast of the villages of a kecamatan as one: what most of them have, the coldest and the warmest of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from data.domain.guide.board import Weather
from data.domain.guide.nouns import ForecastStep

AHEAD = timedelta(hours=12)
STEP = timedelta(hours=3)
"""A step holds so long."""
NOT_OLDER = timedelta(hours=36)
"""Two are computed a day: a forecast that was computed longer ago is none any more."""


def weather_of(district: str, steps: Sequence[ForecastStep], now: datetime) -> Weather:
    """`steps`: of its villages, in any order."""
    known = [step for step in steps if now - step.analysed_at <= NOT_OLDER]
    present = [step for step in known if step.at <= now < step.at + STEP]
    if not present:
        return Weather(district, None)
    degrees = [step.temperature_c for step in present if step.temperature_c is not None]
    rain = [step.rain_mm for step in present if step.rain_mm is not None]
    most = _most(present)
    return Weather(
        district,
        most,
        min(degrees, default=None),
        max(degrees, default=None),
        max(rain, default=None),
        _changes(most, [step for step in known if now < step.at <= now + AHEAD]),
    )


def _changes(before: ForecastStep, coming: Sequence[ForecastStep]) -> tuple[ForecastStep, ...]:
    """Of each moment what most villages have, as long as it is not what they had before."""
    by_moment: dict[datetime, list[ForecastStep]] = {}
    for step in coming:
        by_moment.setdefault(step.at, []).append(step)
    found = []
    for at in sorted(by_moment):
        step = _most(by_moment[at])
        if dict(step.weather) != dict(before.weather):
            found.append(step)
        before = step
    return tuple(found)


def _most(steps: Sequence[ForecastStep]) -> ForecastStep:
    """One with the most frequent weather; of equals that with the most rain, then the first by its village."""
    ordered = sorted(steps, key=lambda step: (-(step.rain_mm or 0.0), step.village))
    counted = Counter(tuple(sorted(step.weather.items())) for step in ordered)
    best = counted.most_common(1)[0][0]
    return next(step for step in ordered if tuple(sorted(step.weather.items())) == best)


def by_district(
    forecasts: Mapping[str, Sequence[ForecastStep]], districts: Mapping[str, str], now: datetime
) -> tuple[Weather, ...]:
    """`forecasts` by village code; `districts`: names by the code with which their villages' begin."""
    return tuple(
        weather_of(name, [step for village, of in forecasts.items() if village.startswith(code) for step in of], now)
        for code, name in districts.items()
    )
