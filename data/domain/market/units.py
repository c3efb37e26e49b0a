"""Quantities: Decimal in the commodity's own unit for people, whole parts for the store. No floats, no guesses.

Kilogram and litre have parts by definition. A bundle, a crate, a piece has no fixed size: what it holds was measured
for a commodity, perhaps for a grade, and holds from a day on. Without such a measurement a comparison is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from data.domain.reasons import Reason, reason

_FIXED: Mapping[str, Mapping[str, Decimal]] = {
    "kg": {
        "kg": Decimal(1),
        "g": Decimal("0.001"),
        "ons": Decimal("0.1"),
        "kuintal": Decimal(100),
        "ton": Decimal(1000),
    },
    "liter": {"liter": Decimal(1), "ml": Decimal("0.001")},
}
"""How many of the own unit one of the other is, by definition."""
_WORDS: Mapping[str, str] = {
    "kilogram": "kg", "kilo": "kg", "rp./kg": "kg", "rp/kg": "kg", "gram": "g", "gr": "g", "kw": "kuintal",
    "ku": "kuintal", "kwintal": "kuintal", "quintal": "kuintal", "t": "ton", "ltr": "liter", "lt": "liter",
    "l": "liter", "litre": "liter", "rp./liter": "liter", "rp/liter": "liter", "bunch": "ikat", "crate": "peti",
}  # fmt: skip
PARTS: Mapping[str, int] = {"kg": 1000, "liter": 1000}
"""Parts of one own unit: grams, millilitres. Anything else is counted in pieces."""
_PLAIN = re.compile(r"[-+]?\d{1,20}(\.\d{0,20})?", re.ASCII)
MOST = 10**12
"""More parts than the whole city grows: an amount above it is a slip."""


class Unfit(ValueError):
    """A value that the market cannot work with; `reason` says why and what is right."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class NoConversion(Unfit):
    """Two units cannot be compared, because nobody has measured how much one is."""


class BadQuantity(Unfit):
    """No amount that can be sold; the reason says why."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """One `unit` of the commodity holds `amount` of its own unit, as measured, from a day on."""

    unit: str
    amount: Decimal
    since: date
    grade: str | None = None
    """None: of every grade that has no measurement of its own."""


def parts_of(own: str) -> int:
    """How many parts one of the own unit has."""
    return PARTS.get(own, 1)


def unit_named(text: str) -> str:
    """The unit of this name or abbreviation, in small letters; an unknown one is returned as it is."""
    word = " ".join(text.split()).casefold().rstrip(".")
    return _WORDS.get(word, word)


def in_own_unit(
    own: str, unit: str, conversions: Sequence[Conversion], day: date, *, grade: str | None = None
) -> Decimal:
    """How many of the own unit one `unit` is on that day. Raises NoConversion."""
    if unit == own:
        return Decimal(1)
    if (fixed := _FIXED.get(own, {}).get(unit)) is not None:
        return fixed
    fits = [it for it in conversions if it.unit == unit and it.since <= day and it.grade in {None, grade}]
    if not fits:
        raise NoConversion(reason("market.no_conversion", unit=unit, own=own))
    return max(fits, key=lambda it: (it.grade is not None, it.since)).amount


def to_parts(amount: Decimal, own: str, factor: Decimal = Decimal(1)) -> int:
    """Whole parts of an amount, of which one is `factor` own units. Raises BadQuantity."""
    why = _unfit(amount)
    if why is not None:
        raise BadQuantity(why)
    parts = amount * factor * parts_of(own)
    whole = int(parts.to_integral_value(ROUND_HALF_UP))
    if whole < 1 or whole > MOST:
        raise BadQuantity(reason("market.quantity_size", quantity=str(amount)))
    if parts_of(own) == 1 and parts != whole:
        raise BadQuantity(reason("market.quantity_pieces", quantity=str(amount), unit=own))
    return whole


def _unfit(amount: Decimal) -> Reason | None:
    if not amount.is_finite():
        return reason("market.quantity_number", quantity=str(amount))
    return None if amount > 0 else reason("market.quantity_positive", quantity=str(amount))


def amount_of(parts: int, own: str) -> Decimal:
    """The amount in the own unit, without needless zeros."""
    amount = Decimal(parts) / parts_of(own)
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount.normalize()


def total_of(price: int, parts: int, own: str) -> int:
    """Rupiah for so many parts at so much for one own unit: to the nearest rupiah, halves away from zero."""
    return int((Decimal(price) * parts / parts_of(own)).to_integral_value(ROUND_HALF_UP))


def price_in_own_unit(price: Decimal, factor: Decimal) -> int:
    """Whole rupiah for one own unit, of a price for one `unit` that is `factor` own units."""
    return int((price / factor).to_integral_value(ROUND_HALF_UP))


def decimal_of(text: str) -> Decimal:
    """A number as people write it here: 1.250,5 and 1250.5 and 1,250.50. Raises BadQuantity when it says nothing clear.

    '12.500' is twelve thousand five hundred, '12.5' is twelve and a half: three digits behind one separator are
    thousands. '0.125' begins with a zero and can only be a fraction.
    """
    word = text.strip().replace("\u00a0", "").replace(" ", "")
    last = max(word.rfind(","), word.rfind("."))
    if last >= 0:
        mark, other = word[last], "," if word[last] == "." else "."
        whole, fraction = word[:last], word[last + 1 :]
        grouped = mark in whole or (len(fraction) == 3 and other not in whole and whole.lstrip("-+") not in {"", "0"})
        word = _ungrouped(word, mark, text) if grouped else _ungrouped(whole, other, text) + "." + fraction
    if not _PLAIN.fullmatch(word):
        raise BadQuantity(reason("market.quantity_number", quantity=text[:40]))
    return Decimal(word)


def _ungrouped(word: str, mark: str, text: str) -> str:
    """Without the separators of thousands; each group behind one has three digits."""
    first, *groups = word.split(mark)
    if any(len(group) != 3 or not group.isdigit() for group in groups):
        raise BadQuantity(reason("market.quantity_number", quantity=text[:40]))
    return first + "".join(groups)
