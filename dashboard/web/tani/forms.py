"""What farmers and buyers fill in, read page by page: values as they were typed, and every fault by its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from data.domain.market.nouns import Commodity, Grade, Market
from data.domain.market.units import BadQuantity, Unfit, decimal_of, in_own_unit, to_parts, unit_named
from data.domain.reasons import Reason, encode_reason

Form = Mapping[str, str]
STEPS = 4
FIELDS = ("key", "commodity", "quantity", "unit", "ready", "grade", "price")
"""Of an offer; each page carries those of the pages before it."""
PRICE_MOST = 10**9
READY_MOST = timedelta(days=60)
"""So long before the harvest it can be offered."""
DAYS = (1, 2, 3, 5, 7, 14)
"""How long a request holds."""


@dataclass(slots=True)
class Filled:
    """A form as it was filled in."""

    values: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    """By field: `tani.fault.CODE`, or an encoded reason."""

    def fault(self, name: str, why: str | Reason) -> None:
        self.faults.setdefault(name, encode_reason(why))


def values_of(form: Form) -> dict[str, str]:
    """All fields of an offer, as they came."""
    return {name: form.get(name, "").strip()[:80] for name in FIELDS}


def lot_of(values: Mapping[str, str]) -> str:
    """The id of what a form offers or asks for. Sent again with another price or quantity it is the same lot,
    corrected; whoever goes back to tell of another commodity or grade adds a lot."""
    return f"{values['key']}-{values['commodity']}-{values['grade']}"


def read_offer(form: Form, through: int, market: Market, today: date) -> Filled:
    """The pages 1 to `through`."""
    filled = Filled(values_of(form))
    pages: tuple[Callable[[Filled, Market, date], None], ...] = (_what, _how_much, _quality, _price)
    for page in pages[:through]:
        page(filled, market, today)
    return filled


def _what(filled: Filled, market: Market, today: date) -> None:
    if filled.values["commodity"] not in market.commodities:
        filled.fault("commodity", "commodity")


def _how_much(filled: Filled, market: Market, today: date) -> None:
    of = market.commodities.get(filled.values["commodity"])
    if of is not None:
        quantity_of(filled, of, today)
    try:
        ready = date.fromisoformat(filled.values["ready"] or today.isoformat())
    except ValueError:
        filled.fault("ready", "day")
        return
    if of is not None and not today - timedelta(days=of.keeps_days) < ready <= today + READY_MOST:
        filled.fault("ready", "ready")


def _quality(filled: Filled, market: Market, today: date) -> None:
    if filled.values["grade"] not in set(Grade):
        filled.fault("grade", "grade")


def _price(filled: Filled, market: Market, today: date) -> None:
    price_of(filled)


def quantity_of(filled: Filled, of: Commodity, day: date, name: str = "quantity") -> int | None:
    """Parts; None with a fault."""
    typed, unit = filled.values.get(name, ""), unit_named(filled.values.get("unit") or of.unit)
    if not typed:
        filled.fault(name, "quantity")
        return None
    try:
        return to_parts(decimal_of(typed), of.unit, in_own_unit(of.unit, unit, of.conversions, day))
    except Unfit as wrong:
        filled.fault(name, wrong.reason)
        return None


def price_of(filled: Filled) -> Decimal | None:
    """Rupiah for one of the chosen unit; None with a fault."""
    typed = filled.values.get("price", "").lower().removeprefix("rp").lstrip(". ")
    try:
        price = decimal_of(typed)
    except BadQuantity:
        filled.fault("price", "price")
        return None
    if not 1 <= price <= PRICE_MOST:
        filled.fault("price", "price")
        return None
    return price


def units_of(of: Commodity, today: date) -> list[str]:
    """Those that can be compared: its own first."""
    fixed = {"kg": ["kg", "kuintal", "ton"], "liter": ["liter"]}.get(of.unit, [of.unit])
    measured = [it.unit for it in of.conversions if it.since <= today]
    return list(dict.fromkeys([*fixed, *measured]))


def read_demand(form: Form, market: Market, today: date) -> Filled:
    """What a buyer wants, on one page."""
    names = (*FIELDS, "days")
    filled = Filled({name: form.get(name, "").strip()[:80] for name in names})
    _what(filled, market, today)
    of = market.commodities.get(filled.values["commodity"])
    if of is not None:
        quantity_of(filled, of, today)
    _quality(filled, market, today)
    _price(filled, market, today)
    if filled.values["days"] not in {str(n) for n in DAYS}:
        filled.fault("days", "days")
    return filled
