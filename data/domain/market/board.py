"""market_board's answer, which its drawing draws. Quantities are parts, prices rupiah for one of the commodity's own
unit, as in `nouns`; parties are told by their codes only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from data.domain.market.floor import Alarm
from data.domain.market.ladder import Ladder
from data.domain.market.moves import Move

SPARK_DAYS = 30


@dataclass(frozen=True, slots=True)
class Sold:
    """What was sold, in a day or another range of time."""

    n: int = 0
    """Trades."""
    quantity: int = 0
    rupiah: int = 0
    median: int | None = None
    """Of their prices; None without trades."""


@dataclass(frozen=True, slots=True)
class VillageStock:
    """What one village offers of one commodity."""

    village: str | None
    left: int
    offers: int


@dataclass(frozen=True, slots=True)
class CommodityRow:
    """One commodity today."""

    commodity: str
    offered: tuple[VillageStock, ...]
    """The largest first."""
    sold: Sold
    days: tuple[int | None, ...]
    """The median price of each of the last SPARK_DAYS days, the last one is today; None: nothing was sold."""
    move: Move | None
    """None: too short a season."""

    @property
    def left(self) -> int:
        """Offered in all villages together."""
        return sum(each.left for each in self.offered)

    @property
    def offers(self) -> int:
        """In all villages together."""
        return sum(each.offers for each in self.offered)


@dataclass(frozen=True, slots=True)
class Unsold:
    """Offers of one commodity and village that spoil on one day."""

    commodity: str
    village: str | None
    left: int
    offers: int
    spoils_at: datetime
    """The first of them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a commodity beyond what is offered at a price that its buyers pay."""

    commodity: str
    lacking: int
    wanted: int
    demands: int
    bid: int
    """The highest."""


@dataclass(frozen=True, slots=True)
class LadderRow:
    """A commodity's ladder now, and the farmer's share four weeks ago."""

    commodity: str
    ladder: Ladder
    share_before: Fraction | None

    @property
    def trend(self) -> float | None:
        """By how much the share rose, 0.01 is a percentage point; None: one of both is not known."""
        share = self.ladder.farmers_share
        return None if share is None or self.share_before is None else float(share - self.share_before)


@dataclass(frozen=True, slots=True)
class Outbreak:
    """A village with more reports of pests and diseases in a week than is usual there."""

    code: str
    """Of the village."""
    village: str | None
    """Its name."""
    week: date
    """Its first day."""
    reports: int
    usual: float
    """The mean of its baseline."""
    pest: str
    """What most of them tell of."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The outbreak watch of the last seven days."""

    reports: tuple[tuple[str, int], ...]
    """By code of the village: how many came in the last seven days."""
    outbreaks: tuple[Outbreak, ...]
    unplaced: int
    """Reports without a village: they are in no village's count."""
    weeks: int = 0
    """How many weeks are known, at most as many as are needed: with fewer there is no alarm."""


class Step(StrEnum):
    """What somebody should do, in the order of urgency."""

    PRESSING = "pressing"
    DISPUTED = "disputed"
    OUTBREAK = "outbreak"
    SPOILING = "spoiling"
    FALL = "fall"
    RISE = "rise"
    HELD = "held"
    LACKING = "lacking"


URGENT = frozenset({Step.PRESSING, Step.DISPUTED, Step.OUTBREAK, Step.SPOILING})


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. What is not of the step is empty."""

    step: Step
    commodity: str | None = None
    village: str | None = None
    n: int = 0
    """Farmers, deals, reports, days, percent or records."""
    quantity: int = 0
    buyer: str | None = None
    at: datetime | None = None
    """By when."""


@dataclass(frozen=True, slots=True)
class MarketBoard:
    """market_board."""

    as_of: datetime
    rows: tuple[CommodityRow, ...]
    """Commodities with an offer or a sale in the last SPARK_DAYS days; what most was sold of first, by rupiah."""
    sold: Sold
    """Today, of all commodities; without a median, since no price is of all."""
    unsold: tuple[Unsold, ...]
    """What spoils first, first."""
    wanted: tuple[Wanted, ...]
    ladders: tuple[LadderRow, ...]
    """Those with a farmer's share first, the smallest share first."""
    moves: tuple[Move, ...]
    alarms: tuple[Alarm, ...]
    watch: Watch
    held: int
    """Records that wait for a person."""
    disputes: int
    """Deals in dispute."""
    steps: tuple[NextStep, ...]


def next_steps(board: MarketBoard) -> tuple[NextStep, ...]:
    """What to do next, the most urgent first; of each kind at most what the board shows."""
    found = [
        *(
            NextStep(Step.PRESSING, n=alarm.farmers, buyer=alarm.buyer, village=_only(alarm.villages))
            for alarm in board.alarms
            if alarm.presses_many
        ),
        *([NextStep(Step.DISPUTED, n=board.disputes)] if board.disputes else []),
        *(NextStep(Step.OUTBREAK, village=it.village, n=it.reports) for it in board.watch.outbreaks),
        *(
            NextStep(Step.SPOILING, it.commodity, it.village, it.offers, it.left, at=it.spoils_at)
            for it in board.unsold
            if (it.spoils_at - board.as_of).days < 2 and it.spoils_at > board.as_of
        ),
        *(_moved(move) for move in board.moves if move.is_confirmed),
        *([NextStep(Step.HELD, n=board.held)] if board.held else []),
        *(NextStep(Step.LACKING, it.commodity, None, it.demands, it.lacking) for it in board.wanted),
    ]
    return tuple(sorted(found, key=lambda each: list(Step).index(each.step)))


def _moved(move: Move) -> NextStep:
    step = Step.RISE if move.score > 0 else Step.FALL
    return NextStep(step, move.commodity, n=round(abs(move.change) * 100))


def _only(villages: Sequence[str]) -> str | None:
    return villages[0] if len(villages) == 1 else None
