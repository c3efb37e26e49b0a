"""Indonesia's days off, from the `holidays` package. The city's own table overrides them (see `City`).

Dates of lunar holidays in coming years are estimates, and joint leave is decreed year by year: both are as known when
the installed package was released.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from holidays import GOVERNMENT, PUBLIC, country_holidays


def _days(years: Iterable[int], category: str) -> dict[date, str]:
    return {day: name for year in sorted(set(years)) for day, name in _days_of(year, category)}


@cache
def _days_of(year: int, category: str) -> tuple[tuple[date, str], ...]:
    found = country_holidays("ID", years=year, expand=False, categories=(category,), language="id")
    return tuple(sorted(found.items()))


def national(years: Iterable[int]) -> dict[date, str]:
    """National holidays (libur nasional) of these years in order, with their Indonesian names."""
    return _days(years, PUBLIC)


def joint_leave(years: Iterable[int]) -> dict[date, str]:
    """Joint leave (cuti bersama) of these years in order; whether it is working time is the calendar's setting."""
    return _days(years, GOVERNMENT)


def without_joint_leave(years: Iterable[int]) -> tuple[int, ...]:
    """The years for which no joint leave is known: not decreed yet, or the package is older than the decree."""
    wanted = sorted(set(years))
    known = {day.year for day in joint_leave(wanted)}
    return tuple(year for year in wanted if year not in known)
