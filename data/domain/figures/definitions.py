"""The table of figures: each is defined here, once. Wall tile, chart, table, report, open data and the page of
definitions iterate it.

The words of a figure are texts of the locales under `figures.CODE`, see PARTS. A figure that changes its meaning gets a
new version: the fingerprint of its row, its words and its function (`fingerprint`) is recorded in `fingerprints.txt`
beside its version, and a test compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from data.domain.figures.kpis import FEW, Better, Unit
from data.domain.figures.measures import closing, durations, flows, forecast, market, stocks
from data.domain.figures.values import Value
from data.domain.figures.view import View


class Kind(StrEnum):
    """Of what time a figure tells, and so whether parts of the time may be added."""

    FLOW = "flow"
    """What happened in the period: days add up to the month."""
    STOCK = "stock"
    """How it stood at the end of the period: never added over time."""
    RATIO = "ratio"
    """A share, a median or a mean of what happened in the period: computed anew for the whole, never averaged."""


class Subject(StrEnum):
    """What a figure is asked of."""

    CASES = "cases"
    """Its function takes a View."""
    MARKET = "market"
    """Its function takes TradeColumns, or a Ladder."""


class Clock(StrEnum):
    """What time a duration is measured in; never mixed."""

    WORKING = "working"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure."""

    code: str
    unit: Unit
    kind: Kind
    better: Better
    values: Callable[[Any], Sequence[Value]]
    """The function that computes it, of what its `subject` says."""
    version: int = 1
    clock: Clock | None = None
    least_n: int = FEW
    """With fewer than these a share or a median is told as a count."""
    tile: bool = False
    """It is on the walls, under the same code in `kpis.FIGURES`."""
    rule: str = "own"
    """Where the rule comes from: the text `figures.rule.RULE`."""
    measures: str = ""
    """The moment that puts a case into the period: a column of CaseColumns, or of one of its tables; '' of a stock. Of
    the market: `at`, when the trade took effect."""
    subject: Subject = Subject.CASES

    def text(self, part: str) -> str:
        """The key of one of its texts."""
        return f"figures.{self.code}.{part}"


PARTS = ("name", "formula", "whole", "left_out", "example")
"""The texts of a figure: its name, its formula, what it is a share or a median of, what is left out and why, and a
worked example."""


def _count(code: str, values: Callable[[View], Sequence[Value]], measures: str, **more: object) -> Definition:
    plain = {"unit": Unit.COUNT, "kind": Kind.FLOW, "better": Better.NEITHER} | more
    return Definition(code, values=values, measures=measures, **plain)  # type: ignore[arg-type]


def _share(code: str, values: Callable[[View], Sequence[Value]], measures: str, **more: object) -> Definition:
    plain = {"unit": Unit.SHARE, "kind": Kind.RATIO, "better": Better.UP} | more
    return Definition(code, values=values, measures=measures, **plain)  # type: ignore[arg-type]


def _time(code: str, values: Callable[[View], Sequence[Value]], measures: str, **more: object) -> Definition:
    plain = {"unit": Unit.SECONDS, "kind": Kind.RATIO, "better": Better.DOWN, "clock": Clock.CALENDAR} | more
    return Definition(code, values=values, measures=measures, **plain)  # type: ignore[arg-type]


def _market(code: str, unit: Unit, kind: Kind, values: Callable[[Any], Sequence[Value]]) -> Definition:
    plain = Definition(code, unit, kind, Better.NEITHER, values, least_n=1, measures="at", subject=Subject.MARKET)
    return replace(plain, measures="") if kind is Kind.STOCK else plain


DEFINITIONS: tuple[Definition, ...] = (
    _count("received", flows.received, "received", tile=True),
    _count("verified", flows.verified, "verified"),
    _count("answered", flows.answered, "answered"),
    _count("resolved", flows.resolved, "finished", better=Better.UP),
    _count("rejected", flows.rejected, "finished"),
    _count("merged", flows.merged, "finished"),
    _count("open", stocks.open_at_end, "", kind=Kind.STOCK, better=Better.DOWN, tile=True),
    _count("at_risk", stocks.at_risk_now, "", kind=Kind.STOCK, better=Better.DOWN, tile=True, rule="standard"),
    _count("overdue", stocks.overdue_at_end, "", kind=Kind.STOCK, better=Better.DOWN, tile=True, rule="standard"),
    _share("on_time", flows.on_time, "answer_due", tile=True, rule="standard"),
    _share("resolved_on_time", flows.resolved_on_time, "resolve_due", rule="standard", version=2),
    _share("within_limit", flows.within_limit, "limit_due", rule="sp4n", version=2),
    _share("promise_kept", flows.promise_kept, "promised", rule="promise"),
    _share("reopened", flows.reopened, "finished", better=Better.DOWN),
    _share("within_minute", flows.within_minute, "finished", better=Better.DOWN),
    _share("without_proof", closing.without_proof, "finished", better=Better.DOWN),
    _share("copied", closing.copied, "finished", better=Better.DOWN),
    _share("solved_week", closing.solved_week, "received"),
    _share("solved_fortnight", closing.solved_fortnight, "received"),
    _time("first_response", durations.first_response, "answered", clock=Clock.WORKING, tile=True),
    _time("citizen_wait", durations.citizen_wait, "first_answer", tile=True),
    _time("answer_wait", durations.answer_wait, "received", rule="survival"),
    _time("resolution", durations.resolution, "received", rule="survival"),
    _time("stage_verify", durations.stage_verify, "verified"),
    _time("stage_accept", durations.stage_accept, "acknowledged"),
    _time("stage_work", durations.stage_work, "finished"),
    _time("stage_paused", durations.stage_paused, "finished"),
    _time("pause_length", durations.pause_length, "pauses.until"),
    _count("late_within_week", forecast.late_within_week, "", kind=Kind.STOCK, better=Better.DOWN, rule="survival"),
    Definition("rating", Unit.SCORE, Kind.RATIO, Better.UP, flows.ratings, measures="finished"),
    _market("market_trades", Unit.COUNT, Kind.FLOW, market.trades),
    _market("market_quantity", Unit.QUANTITY, Kind.FLOW, market.sold_quantity),
    _market("market_value", Unit.RUPIAH, Kind.FLOW, market.sold_value),
    _market("market_price", Unit.RUPIAH, Kind.RATIO, market.median_price),
    _market("farmers_share", Unit.SHARE, Kind.STOCK, market.farmers_share),
)

BY_CODE: Mapping[str, Definition] = {each.code: each for each in DEFINITIONS}
