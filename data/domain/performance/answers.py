"""What the charts of /kinerja are drawn from: one frozen answer a chart, computed from the resident columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from data.domain.city.model import Population
from data.domain.figures.measures.statistics import Interval
from data.domain.figures.measures.stocks import AGES_D
from data.domain.figures.selection import By, Step

__all__ = ["AGES_D"]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share of one group."""

    code: str
    """Of an agency, a category or a village."""
    hits: int
    n: int
    interval: Interval
    """Wilson's 95 % interval."""

    @property
    def share(self) -> float | None:
        """None: no data."""
        return self.hits / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class OnTime:
    """First answers that fell due in the period: given by then."""

    by: By
    rows: tuple[ShareRow, ...]
    """Groups with at least one such case; the worst share first."""
    whole: ShareRow
    before: ShareRow | None
    """The same of the period that is compared with."""


@dataclass(frozen=True, slots=True)
class PartTimes:
    """Of the cases received in one day, week or month; a time is None where too few have come to their end."""

    start: date
    n: int
    over: int
    """How many of them have come to their end."""
    median_s: float | None
    p90_s: float | None
    silent: bool = False
    """Nothing is known of it, because no source was heard."""


class CurvePoint(NamedTuple):
    """After so many seconds this share has come to its end."""

    seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Times:
    """How long it took, from receipt, in calendar time; cases that are still open are counted by Kaplan-Meier."""

    step: Step
    parts: tuple[PartTimes, ...]
    curve: tuple[CurvePoint, ...]
    n: int
    open: int
    """How many of `n` have not come to their end."""
    median_s: float | None
    """None: not yet reached."""
    p90_s: float | None
    target_s: float | None
    """Median of the cases' own targets as calendar time; None without one."""
    by_target: float | None
    """Of those whose own target has passed or that have come to their end: by it."""
    limit_s: float | None
    """Likewise of the limit of the service class; None: it does not apply."""
    longest_s: float
    """How far the observation reaches."""
    before_median_s: float | None


@dataclass(frozen=True, slots=True)
class FlowPart:
    """One day, week or month: what came, was reopened, ended, and was open at its end, by age (see AGES_D)."""

    start: date
    received: int | None
    """None: no data, because no source was heard; a quiet day is 0."""
    reopened: int | None
    """Likewise."""
    ended: int | None
    """Likewise."""
    backlog: tuple[int, ...]
    whole: bool = True
    """False: cut by the period, or not over yet."""

    @property
    def open(self) -> int:
        """All ages together."""
        return sum(self.backlog)


@dataclass(frozen=True, slots=True)
class Flow:
    """Parts that have begun, in order, none missing; the last one may not be over."""

    step: Step
    parts: tuple[FlowPart, ...]
    open_before: int
    """Open when the period began."""

    @property
    def known(self) -> tuple[FlowPart, ...]:
        """Those from the first one of which something is known; of earlier ones there is no data."""
        first = next((n for n, part in enumerate(self.parts) if part.received is not None), 0)
        return self.parts[first:]

    @property
    def received(self) -> int:
        """As far as is known."""
        return sum(part.received or 0 for part in self.parts)

    @property
    def reopened(self) -> int:
        """Likewise: of cases that end again."""
        return sum(part.reopened or 0 for part in self.parts)

    @property
    def ended(self) -> int:
        """Likewise."""
        return sum(part.ended or 0 for part in self.parts)


@dataclass(frozen=True, slots=True)
class When:
    """Cases received by weekday (0 Monday) and hour of the local day."""

    counts: tuple[tuple[int, ...], ...]
    outside_hours: int
    """Received outside the city hall's working hours."""

    @property
    def n(self) -> int:
        """All together."""
        return sum(map(sum, self.counts))


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """One window from now on."""

    hours: int
    expected: float
    """Cases whose first answer or resolution will be late."""
    low: float
    high: float
    """Where 80 of 100 earlier forecasts of this kind ended."""


@dataclass(frozen=True, slots=True)
class PastForecast:
    """What was forecast at `at` for the seven days after it, and what came."""

    at: datetime
    expected: float
    came: int
    naive: int
    """'As last time': what came in the seven days before."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will breach; `rows` is empty when 'as last time' was the better forecast, or too little is known."""

    rows: tuple[ForecastRow, ...]
    past: tuple[PastForecast, ...]
    error: float | None
    """Mean absolute error of the past forecasts, as a share of what came; None: nothing came."""
    naive_error: float | None
    due: Mapping[str, int]
    """Open cases that fall due within seven days, by agency."""


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage of the way, of the cases that have left it."""

    code: str
    """verify, accept, work; paused, which is a part of work."""
    n: int
    median_s: float | None
    p90_s: float | None
    share: float
    """Of the time of verify, accept and work together."""


@dataclass(frozen=True, slots=True)
class Stages:
    """Who held it how long, in calendar time."""

    rows: tuple[StageRow, ...]
    n: int


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A village with the cases received there."""

    code: str
    n: int
    overdue: int
    per_thousand: float | None
    """None: its number of people is not configured."""


@dataclass(frozen=True, slots=True)
class Where:
    """Most cases first: per 1,000 people, when that is known of all; villages with few cases come last."""

    rows: tuple[PlaceRow, ...]
    unplaced: int
    population: Population

    @property
    def is_per_people(self) -> bool:
        """Whether of each it is known how many live there."""
        return bool(self.rows) and all(row.per_thousand is not None for row in self.rows)


@dataclass(frozen=True, slots=True)
class Quality:
    """What ended in the period, and how well it held."""

    rows: tuple[ShareRow, ...]
    """reopened, within_minute, without_proof, copied."""
    erased: int
    """Ended with words that were erased since: nobody can tell whether they were any."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """Of the cases that ended in the period."""

    scores: tuple[int, ...]
    """How many ratings of 1 to 5."""
    ended: int
    """How many cases ended."""

    @property
    def rated(self) -> int:
        """How many ratings."""
        return sum(self.scores)


@dataclass(frozen=True, slots=True)
class PauseRow:
    """The pauses for one reason while one agency held the cases."""

    agency: str
    """'' of all."""
    reason: str
    """'' of any."""
    n: int
    median_s: float | None
    p90_s: float | None
    total_s: int
    """Of all of them together."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Pauses that ended in the period; each of these orders has the longest total first."""

    reasons: tuple[PauseRow, ...]
    agencies: tuple[PauseRow, ...]
    rows: tuple[PauseRow, ...]
    """By agency and reason."""
    running: int
    """Cases that are paused at the moment of the data."""

    @property
    def n(self) -> int:
        """How many pauses."""
        return sum(row.n for row in self.reasons)


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A category: how many came in each part of the period, and in the one that it is compared with."""

    code: str
    counts: tuple[int, ...]
    before: int

    @property
    def n(self) -> int:
        """All parts together."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Topics:
    """What came over time, most frequent first."""

    step: Step
    starts: tuple[date, ...]
    """Parts that have begun, in order, none missing."""
    silent: tuple[bool, ...]
    """Of each part: nothing is known of it, because no source was heard."""
    rows: tuple[TopicRow, ...]
    before_n: int | None
    """Received in the period that it is compared with; None: it is compared with none."""

    @property
    def n(self) -> int:
        """All together."""
        return sum(row.n for row in self.rows)


@dataclass(frozen=True, slots=True)
class XmrWeek:
    """A week with what was received, and the limits that held for it."""

    start: date
    n: int | None
    """None: no source was heard."""
    expected: float
    """By its weekdays, holidays and season."""
    low: float
    high: float

    @property
    def unusual(self) -> bool:
        """Outside the limits."""
        return self.n is not None and not self.low <= self.n <= self.high


@dataclass(frozen=True, slots=True)
class Unusual:
    """Whole weeks only. `base`: how many weeks before them made the limits."""

    weeks: tuple[XmrWeek, ...]
    base: int


@dataclass(frozen=True, slots=True)
class MixRow:
    """An agency: in time, and what the city's shares of its categories would have given."""

    code: str
    n: int
    hits: int
    expected: float
    z: float
    """How many standard errors it lies from the expected, overdispersion taken out."""

    @property
    def ratio(self) -> float | None:
        """Above 1: better than the city does with the same mix."""
        return self.hits / self.expected if self.expected else None


@dataclass(frozen=True, slots=True)
class Mix:
    """Agencies over the same mix of categories."""

    rows: tuple[MixRow, ...]
    spread: float
    """Overdispersion (mean of z squared), 1 when not above it; limits are drawn wider by its root."""
    share: float | None
    """The city's."""
    own: str = ""
    """The one agency that is asked about; '' for none."""


@dataclass(frozen=True, slots=True)
class PerformanceBoard:
    """performance: what the wall shows of the last weeks, of all agencies."""

    as_of: datetime
    on_time: OnTime
    resolutions: Times
    flow: Flow
    forecast: Forecast
