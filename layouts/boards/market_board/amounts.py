"""Quantities, rupiah and prices as walls say them: short, and with their unit."""

from __future__ import annotations

from data.domain.city.model import City
from data.domain.market.units import amount_of
from layouts.kit.words import Words

TON_KG = 1000
SHORT = {"liter": "L"}
_SIZES = ((10**9, "market.billion"), (10**6, "market.million"), (10**3, "market.thousand"))


def quantity(parts: int, unit: str, words: Words) -> str:
    """'340 kg', '1,2 t', '12 ikat'; from a ton on in tons."""
    amount = float(amount_of(parts, unit))
    if unit == "kg" and amount >= TON_KG:
        return f"{words.number(amount / TON_KG, 1 if amount < 100 * TON_KG else 0)} t"
    return f"{words.number(amount, 1 if amount < 10 and amount % 1 else 0)} {SHORT.get(unit, unit)}"


def rupiah(amount: int, words: Words, *, sign: str = "Rp ") -> str:
    """'Rp 850', 'Rp 12,4 jt'."""
    for size, key in _SIZES:
        if abs(amount) >= size:
            return f"{sign}{words.number(amount / size, 1 if abs(amount) < 100 * size else 0)} {words(key)}"
    return f"{sign}{words.number(amount)}"


def commodity_name(city: City, code: str, lang: str) -> str:
    """The commodity's name; of an unknown one its code."""
    of = city.market.commodities.get(code)
    return of.name.get(lang, code) if of else code


def unit_of(city: City, code: str) -> str:
    """The commodity's own unit."""
    of = city.market.commodities.get(code)
    return of.unit if of else ""
