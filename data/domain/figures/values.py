"""What a figure can be. 'No data' is None and never 0; what too few cases would tell is told as a count."""

from __future__ import annotations

from dataclasses import dataclass

from data.domain.figures.kpis import FEW, Share

__all__ = ["FEW", "Amount", "Count", "Duration", "Expected", "Score", "Share", "Value"]


@dataclass(frozen=True, slots=True)
class Count:
    """A number of cases."""

    n: int | None
    """None: no data, because no source was heard."""


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something took: median, 90th percentile and mean, in seconds of the figure's own unit."""

    n: int
    """How many durations it tells of; with `open_n` among them."""
    median_s: float | None
    """None: no data, or not reached (`beyond_s`)."""
    p90_s: float | None
    """Likewise."""
    mean_s: float | None = None
    """Of those that are over; None: no data, or some are not over, so that a mean would be invented."""
    open_n: int = 0
    """How many are not over: they count with the time that they have lasted so far (Kaplan-Meier)."""
    beyond_s: float | None = None
    """The longest time that was observed, when the 90th percentile, or even the median, is not reached by then: print
    '> this'."""

    @property
    def beyond(self) -> bool:
        """Whether p90, or both, are told as '> beyond_s'."""
        return self.beyond_s is not None

    @property
    def few(self) -> bool:
        """Whether there are too few for a median; then the count is shown."""
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class Score:
    """Ratings from 1 to 5."""

    counts: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """How many gave 1, 2, 3, 4, 5."""

    @property
    def n(self) -> int:
        """How many rated."""
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        """None: nobody rated."""
        return sum(score * n for score, n in enumerate(self.counts, 1)) / self.n if self.n else None

    @property
    def few(self) -> bool:
        """Whether there are too few for a mean; then the counts are shown."""
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class Expected:
    """A forecast, with the errors of the same forecast in the past."""

    cases: float | None
    """None: no data; or 'as last time' was the better forecast, or there were too few to know, and it hides itself."""
    error: float | None
    """Mean absolute error of the past forecasts, in cases; None without any."""
    n: int
    """How many past forecasts."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Rupiah, a quantity, or a share of rupiah; always told with its n."""

    value: int | float | None
    """None: no data."""
    n: int
    """How many trades or prices it is of."""


Value = Count | Share | Duration | Score | Expected | Amount
