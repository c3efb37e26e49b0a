"""The figures, each defined once: wall tile, chart and report use this table. 'No data' is not zero."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

FEW = 5
"""With fewer cases than this a share is shown as a count."""


class Unit(StrEnum):
    """What a figure's value means."""

    COUNT = "count"
    SHARE = "share"
    """0 to 1."""
    SECONDS = "seconds"
    SCORE = "score"
    """1 to 5."""
    RUPIAH = "rupiah"
    QUANTITY = "quantity"
    """Parts of the commodity's own unit."""


class Better(StrEnum):
    """Which direction is better; neither for a figure that only shows a volume."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the strip. Its title is the text `kpi.NAME` of the locales, its definition stands in
    docs/figures.md."""

    name: str
    unit: Unit
    better: Better
    usual: bool = False
    """Whether it is compared with the usual same weekday at this time."""
    hour_ago: bool = False
    """Whether it is compared with an hour ago."""


STRIP: tuple[Figure, ...] = (
    # Cases received since midnight, local time; without merged and rejected cases.
    Figure("received", Unit.COUNT, Better.NEITHER, usual=True),
    # Cases not resolved, closed, rejected or merged.
    Figure("open", Unit.COUNT, Better.DOWN, usual=True, hour_ago=True),
    # The running citizen's clock has used the warning share of its time and is not overdue; paused ones not.
    Figure("at_risk", Unit.COUNT, Better.DOWN),
    # The citizen's clock is past its due moment; one that was late when it was paused is late still.
    Figure("overdue", Unit.COUNT, Better.DOWN, usual=True, hour_ago=True),
    # Of the first answers that fell due in the last 24 hours, one a cycle: given by then. An end without one is a miss.
    # An answer of which nobody knows when it was given, or since when it was owed, counts, and not as given in time.
    Figure("on_time", Unit.SHARE, Better.UP, usual=True),
    # Median working time from dispatch to the first answer by a person, of the answers given today that took any; those
    # that took none (outside the hours) and the open cases that wait for one are counted beside it. Undated ones are in
    # neither median.
    Figure("first_response", Unit.SECONDS, Better.DOWN),
    # The citizen's own time: median calendar time from receipt to the first answer ever, of those given today; and p90.
    Figure("citizen_wait", Unit.SECONDS, Better.DOWN),
)

FIGURES: Mapping[str, Figure] = {figure.name: figure for figure in STRIP}


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its denominator; both are always shown together."""

    part: int
    n: int

    @property
    def value(self) -> float | None:
        """0 to 1; None: no data."""
        return self.part / self.n if self.n else None

    @property
    def few(self) -> bool:
        """Whether there are too few cases for a share; then the count is shown."""
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class PauseTime:
    """Working time that cases were open, and how much of it they were paused; seconds.

    Of the cases that were open at some time of the last seven days, without merged and rejected ones, each second for
    the agency that held the case in it.
    """

    paused_s: int
    total_s: int

    @property
    def share(self) -> float | None:
        """None: no data."""
        return self.paused_s / self.total_s if self.total_s else None


def on_time_share(in_time: int, missed: int) -> Share:
    """Of the cases whose first answer fell due: answered by then, over all. Missed are late answers, none yet, none
    before the end, and those without a date.

    Those of sources that tell no answers, and what was rejected or merged in time, are the caller's to leave out.
    """
    n = in_time + missed
    return Share(in_time, n)


def median(values: Iterable[float]) -> float | None:
    """The median; for an even number of values the mean of the two in the middle. None without values."""
    return percentile(values, 0.5)


def percentile(values: Iterable[float], share: float) -> float | None:
    """The percentile `share` (0 to 1), interpolated between neighbours; None without values."""
    if not 0 <= share <= 1:
        raise ValueError(f"a percentile's share lies between 0 and 1, not {share}")
    ordered: Sequence[float] = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
