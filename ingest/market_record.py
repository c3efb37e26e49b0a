"""The record that a source of the market gives, in its own words: names and units are understood by `ingest.market`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from data.domain.market.nouns import Grade, Level
from data.domain.market.units import BadQuantity, decimal_of


class MarketKind(StrEnum):
    """What a record tells of."""

    OFFER = "offer"
    DEMAND = "demand"
    TRADE = "trade"
    QUOTE = "quote"
    INDEX = "index"
    PLAN = "plan"


def _number(value: Any) -> Any:
    """As people write it; what is no text is left to pydantic."""
    if not isinstance(value, str):
        return value
    try:
        return decimal_of(value)
    except BadQuantity:
        raise PydanticCustomError("decimal_parsing", "is no number") from None


Number = Annotated[Decimal, BeforeValidator(_number), Field(allow_inf_nan=False)]


def _share(value: Any) -> Any:
    return value.strip().replace(",", ".") if isinstance(value, str) else value


Share = Annotated[Decimal, BeforeValidator(_share), Field(allow_inf_nan=False, gt=-(10**6), lt=10**6)]
"""A small number, whose separator is never one of thousands."""
Name = Annotated[str, Field(max_length=200)]
Word = Annotated[str, Field(max_length=100)]
REQUIRED = {
    MarketKind.OFFER: ("commodity", "quantity", "price", "farmer"),
    MarketKind.DEMAND: ("commodity", "quantity", "price", "buyer"),
    MarketKind.TRADE: ("commodity", "quantity", "price"),
    MarketKind.QUOTE: ("commodity", "price"),
    MarketKind.INDEX: ("year", "month", "week", "change"),
    MarketKind.PLAN: ("commodity", "quantity", "farmer", "first_day", "last_day"),
}
"""What each kind cannot be without. Of a trade the total will do instead of the price."""


class MarketRecord(BaseModel):
    """A snapshot of one thing of the market as its source knows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: MarketKind
    external_id: str = Field(min_length=1, max_length=200)
    at: AwareDatetime
    """When it was offered, wanted, sold, quoted."""
    updated_at: AwareDatetime | None = None
    """When the source last changed it."""
    commodity: Word | None = None
    grade: Grade | None = None
    quantity: Number | None = None
    unit: Word | None = None
    price: Number | None = None
    """Rupiah for one `unit`."""
    total: Number | None = None
    """Rupiah for all of it."""
    currency: Word | None = None
    farmer: Name | None = None
    """An id, a telephone or a name: whoever it is, is known again by it."""
    farmer_name: Name | None = None
    farmer_phone: Annotated[str, Field(max_length=64)] | None = None
    buyer: Name | None = None
    buyer_name: Name | None = None
    buyer_phone: Annotated[str, Field(max_length=64)] | None = None
    village: Word | None = None
    offer: Name | None = None
    """Of a trade: the offer's id at the source."""
    place: Word | None = None
    level: Level | None = None
    ready_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    cancelled: bool = False
    """Withdrawn, or not sold after all."""
    year: int | None = Field(default=None, ge=2000, le=2100)
    month: int | None = Field(default=None, ge=1, le=12)
    week: int | None = Field(default=None, ge=1, le=5)
    change: Share | None = None
    drivers: str | None = Field(default=None, max_length=1000)
    """Items with `|` between them."""
    driver_values: str | None = Field(default=None, max_length=1000)
    most_moved: str | None = Field(default=None, max_length=200)
    moved: Share | None = None
    photo: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of a photo that is kept here: only our own pages have one."""
    demo: bool = False

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        for name in REQUIRED[self.kind]:
            told = getattr(self, name) is not None or (name == "price" and self.total is not None)
            if name in ("farmer", "buyer"):
                told = told or getattr(self, f"{name}_phone") is not None or getattr(self, f"{name}_name") is not None
            if not told:
                raise PydanticCustomError("market_missing", "needs {name}", {"name": name})
        return self
