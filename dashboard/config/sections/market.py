"""The section `market` of config.yaml: what the city measures and decides of Among Tani, laid over our own table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from dashboard.config.faults import ConfigFault, did_you_mean
from dashboard.config.fields import Label, WallClock
from data.domain.market.nouns import Commodity, Level, Market, ProductionCost, ReferenceBand
from data.domain.market.units import Conversion
from data.reference.commodities import BY_CODE
from ingest.settings import SettingsModel, Title

Rupiah = Annotated[int, Field(ge=1, le=10**9)]


class ConversionSettings(SettingsModel):
    """One of `market.conversions`."""

    commodity: str
    unit: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z ]*$", max_length=16)]
    amount: Annotated[Decimal, Field(gt=0)]
    since: date = Field(alias="from")
    grade: Literal["A", "B", "C"] | None = None


class CostSettings(SettingsModel):
    """One of `market.costs`."""

    commodity: str
    rupiah: Rupiah
    since: date = Field(alias="from")
    source: Label


class BandSettings(SettingsModel):
    """One of `market.references`."""

    commodity: str
    level: Level
    low: Rupiah
    high: Rupiah
    since: date = Field(alias="from")
    regulation: Label

    @model_validator(mode="after")
    def _has_two_ends(self) -> BandSettings:
        if self.low > self.high:
            raise PydanticCustomError("band", "low is more than high; exchange them")
        return self


class MarketSettings(SettingsModel):
    """`market`."""

    open: bool = False
    title: Title = Title(id="Among Tani", en="Among Tani")
    expected: WallClock = timedelta(minutes=1)
    floor_share: float = Field(default=0.8, gt=0, le=1)
    absurd_factor: float = Field(default=3.0, gt=1)
    reserve: WallClock = timedelta(days=1)
    hand_over: WallClock = timedelta(days=3)
    pay: WallClock = timedelta(days=7)
    offer_days: int = Field(default=14, ge=1, le=90)
    per_account: int = Field(default=30, ge=1)
    conversions: tuple[ConversionSettings, ...] = ()
    costs: tuple[CostSettings, ...] = ()
    references: tuple[BandSettings, ...] = ()


def market_of(settings: MarketSettings) -> Market:
    """Our table with what the city says laid over it; a newer entry of one day comes after an older one."""
    return Market(
        commodities={code: _commodity(it, settings) for code, it in BY_CODE.items()},
        floor_share=settings.floor_share,
        absurd_factor=settings.absurd_factor,
        reserve=settings.reserve,
        hand_over=settings.hand_over,
        pay=settings.pay,
        offer_days=settings.offer_days,
    )


def _commodity(it: Commodity, settings: MarketSettings) -> Commodity:
    measured = [
        Conversion(each.unit, each.amount, each.since, each.grade)
        for each in settings.conversions
        if each.commodity == it.code
    ]
    costs = [ProductionCost(c.rupiah, c.source, c.since) for c in settings.costs if c.commodity == it.code]
    bands = [
        ReferenceBand(b.level, b.low, b.high, b.regulation, b.since)
        for b in settings.references
        if b.commodity == it.code
    ]
    return replace(
        it,
        conversions=(*it.conversions, *measured),
        costs=tuple(sorted((*it.costs, *costs), key=lambda cost: cost.since)),
        bands=tuple(sorted((*it.bands, *bands), key=lambda band: band.since)),
    )


def check_market(settings: MarketSettings) -> Iterator[ConfigFault]:
    """Every entry is about a commodity that there is."""
    for name in ("conversions", "costs", "references"):
        for n, entry in enumerate(getattr(settings, name)):
            if entry.commodity not in BY_CODE:
                near = did_you_mean(entry.commodity, BY_CODE)
                yield ConfigFault(("market", name, str(n), "commodity"), f"is none of ours: {entry.commodity!r}", near)
