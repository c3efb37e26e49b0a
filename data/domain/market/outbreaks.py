"""Outbreaks in weekly counts: EARS C1, C2 and C3, as `earsC` of the R package surveillance computes them.

Each compares a week's count with an upper bound of the seven weeks of its baseline: C1 those just before it, C2 those
before the last two, so that an outbreak does not hide itself by entering its own baseline. C3 asks whether the two
weeks before stood out together: its bound lies above the week's own count until they did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, stdev

BASELINE = 7
Z001 = 3.090232306167813
"""The one-sided quantile of alpha 0.001."""
LEAST_SD = 0.5
"""Without a floor of the standard deviation one report after seven quiet weeks would be an outbreak."""
_GAP = 2
"""Weeks between C2's baseline and the week itself."""


class Method(StrEnum):
    """Which bound."""

    C1 = "c1"
    C2 = "c2"
    C3 = "c3"


@dataclass(frozen=True, slots=True)
class Settings:
    """How strict it is."""

    z: float = Z001
    least_sd: float = LEAST_SD


@dataclass(frozen=True, slots=True)
class _Usual:
    """The baseline of a week."""

    mean: float
    sd: float


def bounds(counts: Sequence[int], method: Method, settings: Settings = Settings()) -> list[float | None]:
    """The upper bound of each week; None while its baseline is not complete. A count above its bound is an alarm."""
    return [_bound(counts, week, method, settings) for week in range(len(counts))]


def alarms(counts: Sequence[int], method: Method, settings: Settings = Settings()) -> list[bool]:
    """Whether each week is above its bound."""
    limits = bounds(counts, method, settings)
    return [limit is not None and count > limit for count, limit in zip(counts, limits, strict=True)]


def _bound(counts: Sequence[int], week: int, method: Method, settings: Settings) -> float | None:
    usual = _usual(counts, week, 0 if method is Method.C1 else _GAP, settings)
    if usual is None:
        return None
    if method is not Method.C3:
        return usual.mean + usual.sd * settings.z
    before = [_excess(counts, week - back, settings) for back in (1, 2)]
    known = [each for each in before if each is not None]
    return counts[week] + usual.sd * (settings.z - sum(known)) if len(known) == len(before) else None


def _usual(counts: Sequence[int], week: int, gap: int, settings: Settings) -> _Usual | None:
    first = week - gap - BASELINE
    if first < 0:
        return None
    baseline = counts[first : first + BASELINE]
    return _Usual(fmean(baseline), max(stdev(baseline), settings.least_sd))


def _excess(counts: Sequence[int], week: int, settings: Settings) -> float | None:
    """By how many standard deviations more than one a week stood out from C2's baseline; None without one."""
    usual = _usual(counts, week, _GAP, settings)
    if usual is None:
        return None
    if not usual.sd:
        return 0.0
    return max(0.0, (counts[week] - usual.mean) / usual.sd - 1)
