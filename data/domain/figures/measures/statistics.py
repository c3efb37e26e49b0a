"""The statistics of the figures, as textbooks have them; each has its worked example among the tests.

Durations are whole seconds. Groups ('cells') are numbered from 0; a function that takes them returns one value a group,
NaN where there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Whole = NDArray[np.integer[Any]]

Z95 = 1.96
Z998 = 3.09
XMR_MEAN, XMR_RANGE = 2.66, 3.268
_CLOSE = 1e-9
"""Products of fractions are this exact: a survival of 0.5 is 0.5."""


class Interval(NamedTuple):
    """From `low` to `high`."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies in it."""
        return self.low <= value <= self.high


def wilson(part: int, n: int, z: float = Z95) -> Interval | None:
    """Wilson's interval of a share; None without cases."""
    if not n:
        return None
    p, z2n = part / n, z * z / n
    centre = (p + z2n / 2) / (1 + z2n)
    half = z * math.sqrt(p * (1 - p) / n + z2n / (4 * n)) / (1 + z2n)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def funnel_limits(share: float, n: int, z: float = Z95) -> Interval:
    """Between what limits the share of `n` cases lies by chance when the whole has `share`."""
    half = z * math.sqrt(share * (1 - share) / n)
    return Interval(max(0.0, share - half), min(1.0, share + half))


class FunnelPoint(NamedTuple):
    """One group in the funnel."""

    z: float
    """Its distance from the whole in standard errors, each `sqrt(phi)` wide when the groups spread more than chance."""
    outside: bool
    """Beyond the 95 % limits."""
    far_outside: bool
    """Beyond the 99.8 % limits."""


class Funnel(NamedTuple):
    """All groups against the share of the whole."""

    share: float
    phi: float
    """Mean z² of the groups: above 1 they spread more than chance, and the limits are sqrt(phi) as wide."""
    points: tuple[FunnelPoint | None, ...]
    """None for a group without cases."""


def funnel(parts: Sequence[int], wholes: Sequence[int]) -> Funnel | None:
    """The groups by their shares; None without cases, and when all or none are in the part."""
    total = sum(wholes)
    share = sum(parts) / total if total else 0.0
    if not 0 < share < 1:
        return None
    raw = [
        (part / n - share) / math.sqrt(share * (1 - share) / n) if n else None
        for part, n in zip(parts, wholes, strict=True)
    ]
    known = [z * z for z in raw if z is not None]
    phi = sum(known) / len(known)
    wide = math.sqrt(max(1.0, phi))
    points = (None if z is None else _point(z / wide) for z in raw)
    return Funnel(share, phi, tuple(points))


def _point(z: float) -> FunnelPoint:
    return FunnelPoint(z, abs(z) > Z95, abs(z) > Z998)


class CaseMix(NamedTuple):
    """What a group did, and what the city's rates would have done with the same mix of cases."""

    expected: float
    observed: int

    @property
    def ratio(self) -> float | None:
        """Observed over expected: above 1 is more than expected. None: nothing was expected."""
        return self.observed / self.expected if self.expected else None


def case_mix(observed: int, counts: Mapping[str, int], city_rates: Mapping[str, float]) -> CaseMix:
    """`counts` of the group's cases by category; `city_rates` of the categories, which must have them all."""
    return CaseMix(sum(n * city_rates[category] for category, n in counts.items()), observed)


class Curve(NamedTuple):
    """A Kaplan-Meier curve: at each time when something ended, the share that had not ended by then."""

    times: Ints
    survival: Floats
    error: Floats
    """Greenwood's standard error of each."""
    longest: int | None
    """The longest time that was observed; None: nothing was."""

    def at(self, seconds: float) -> float:
        """The share that had not ended after that time."""
        place = int(np.searchsorted(self.times, seconds, side="right")) - 1
        return 1.0 if place < 0 else float(self.survival[place])

    def quantile(self, share: float) -> int | None:
        """The first time by which `share` had ended; None: that is not reached."""
        reached = np.flatnonzero(self.survival <= 1 - share + _CLOSE)
        return int(self.times[reached[0]]) if len(reached) else None


def kaplan_meier(durations: Sequence[int] | Ints, over: Sequence[bool] | NDArray[np.bool_]) -> Curve:
    """`over`: whether each duration had ended; one that had not counts as long as it was seen.

    Durations are below 2**31 seconds.
    """
    lengths, ended = np.asarray(durations, dtype=np.uint32), np.asarray(over, dtype=np.bool_)
    if not len(lengths):
        return Curve(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), None)
    marked = np.sort(lengths * np.uint32(2) + ~ended)  # of one length those that ended come first
    at = np.flatnonzero(marked % 2 == 0)
    died = (marked[at] // 2).astype(np.int64)
    first = np.flatnonzero(np.diff(died, prepend=-1))
    deaths = np.diff(first, append=len(died))
    at_risk = len(lengths) - at[first]
    survival: Floats = np.cumprod((at_risk - deaths) / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(deaths / (at_risk * (at_risk - deaths).astype(np.float64)))
        error = np.where(survival > 0, survival * np.sqrt(variance), 0.0)
    return Curve(died[first], survival, error, int(marked[-1] // 2))


class Quantiles(NamedTuple):
    """Of each group: how many, how many are not over, quantiles (NaN: none or not reached), mean and the longest."""

    n: Ints
    open_n: Ints
    values: tuple[Floats, ...]
    mean: Floats
    longest: Floats


def kaplan_meier_quantiles(
    cell: Whole, durations: Whole, over: NDArray[np.bool_], shares: Sequence[float], n_cells: int
) -> Quantiles:
    """The quantiles of `Curve.quantile` of every group at once; the mean is that of groups in which all is over.

    Durations are below 2**31 seconds.
    """
    marked: NDArray[np.uint32] = durations.astype(np.uint32) * np.uint32(2) + ~over
    ordered, n, starts = _sorted_in_groups(cell, marked, n_cells)
    lengths: NDArray[np.uint32] = ordered // np.uint32(2)
    places = np.flatnonzero(ordered % np.uint32(2))
    of_group = np.searchsorted(places, np.append(starts, len(ordered)))
    open_n = np.diff(of_group)
    values = [_nearest_rank_of_each(lengths, n, starts, share) for share in shares]
    for group in np.flatnonzero(open_n).tolist():
        start, size = int(starts[group]), int(n[group])
        survived = _survivals(places[of_group[group] : of_group[group + 1]] - start, size)
        for share, found in zip(shares, values, strict=True):
            place = _reached(survived, size, share)
            found[group] = np.nan if place is None else lengths[start + place]
    mean = np.where(open_n == 0, _means(lengths, n, starts), np.nan)
    return Quantiles(n, open_n, tuple(values), mean, _longest(lengths, n, starts))


def interpolated_quantiles(cell: Whole, durations: Whole, shares: Sequence[float], n_cells: int) -> Quantiles:
    """Of every group the quantiles of `kpis.percentile`; all durations are over, and below 2**32 seconds."""
    ordered, n, starts = _sorted_in_groups(cell, durations.astype(np.uint32), n_cells)
    values = tuple(_interpolated(ordered, n, starts, share) for share in shares)
    return Quantiles(n, np.zeros_like(n), values, _means(ordered, n, starts), _longest(ordered, n, starts))


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of them do not pass; None without values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values) - _CLOSE) - 1)]


def _sorted_in_groups(cell: Whole, values: NDArray[np.uint32], n_cells: int) -> tuple[NDArray[np.uint32], Ints, Ints]:
    """The values by group and in order within each, how many each has, and where it begins.

    Groups of 16 bits are put together by a radix sort; sorting each by itself is then faster than all at once.
    """
    n = np.bincount(cell, minlength=n_cells)
    ends = np.cumsum(n)
    narrow = cell.astype(np.uint16) if n_cells < 2**16 else cell
    ordered = values.copy() if n_cells == 1 else values[np.argsort(narrow, kind="stable")]
    for start, end in zip((ends - n).tolist(), ends.tolist(), strict=True):
        ordered[start:end].sort()
    return ordered, n, ends - n


class _Survivals(NamedTuple):
    """The curve at the places of what is open: between two of them it falls in equal steps."""

    places: Ints
    """Before the first, and each of what is open, and behind the last: of the values in order."""
    at: Floats
    """The share that had not ended when each place is reached."""


def _survivals(places: Ints, size: int) -> _Survivals:
    bounds = np.concatenate([[-1], places, [size]])
    at_risk = (size - 1 - bounds[:-1]).astype(np.float64)
    left = size - bounds[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(at_risk > 0, left / at_risk, 1.0)
    return _Survivals(bounds, np.concatenate([[1.0], np.cumprod(steps)]))


def _reached(curve: _Survivals, size: int, share: float) -> int | None:
    """The place of the first value by which `share` had ended; None: that is not reached."""
    reached = np.flatnonzero(curve.at <= 1 - share + _CLOSE)
    if not len(reached):
        return None
    segment = int(reached[0]) - 1
    before, survived = int(curve.places[segment]), float(curve.at[segment])
    at_risk = size - 1 - before
    return before + max(1, math.ceil(at_risk * (survived - (1 - share)) / survived - _CLOSE * size))


def _nearest_rank_of_each(lengths: NDArray[np.uint32], n: Ints, starts: Ints, share: float) -> Floats:
    found = np.full(len(n), np.nan)
    some = n > 0
    place = np.maximum(np.ceil(n[some] * share - _CLOSE * n[some]).astype(np.int64) - 1, 0)
    found[some] = lengths[starts[some] + place]
    return found


def _interpolated(lengths: NDArray[np.uint32], n: Ints, starts: Ints, share: float) -> Floats:
    found = np.full(len(n), np.nan)
    some = n > 0
    place = (n[some] - 1) * share
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, n[some] - 1)
    lower = lengths[starts[some] + low].astype(np.float64)
    found[some] = lower + (lengths[starts[some] + high] - lower) * (place - low)
    return found


def _means(lengths: NDArray[np.uint32], n: Ints, starts: Ints) -> Floats:
    found = np.full(len(n), np.nan)
    some = n > 0
    if some.any():
        found[some] = np.add.reduceat(lengths, starts[some], dtype=np.float64) / n[some]
    return found


def _longest(lengths: NDArray[np.uint32], n: Ints, starts: Ints) -> Floats:
    found = np.full(len(n), np.nan)
    some = n > 0
    found[some] = lengths[starts[some] + n[some] - 1]
    return found


class XmR(NamedTuple):
    """Limits of an individuals chart, from a base that is frozen."""

    mean: float
    mean_range: float
    """Mean of the differences between neighbours."""
    limits: Interval
    range_limit: float

    def is_unusual(self, value: float) -> bool:
        """Whether the value lies outside the limits."""
        return not self.limits.holds(value)


def xmr(base: Sequence[float]) -> XmR | None:
    """None with fewer than two values."""
    if len(base) < 2:
        return None
    mean = sum(base) / len(base)
    ranges = [abs(b - a) for a, b in pairwise(base)]
    spread = sum(ranges) / len(ranges)
    return XmR(mean, spread, Interval(mean - XMR_MEAN * spread, mean + XMR_MEAN * spread), XMR_RANGE * spread)


def ecdf(curve: Curve, seconds: Sequence[float]) -> list[float]:
    """The share that had ended within each time, cases that are not over counted as in `curve`."""
    return [1 - curve.at(each) for each in seconds]
