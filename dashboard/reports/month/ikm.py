"""The classes of the public satisfaction index (PermenPANRB 14/2017), and our ratings on its scale.

The index itself asks nine questions of 1 to 4; a case is rated once, from 1 to 5. So what is told is a mean of ratings
on the index's scale, and never called a survey.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

LOWEST, HIGHEST = 25.0, 100.0
CLASSES = (("A", Decimal("88.31")), ("B", Decimal("76.61")), ("C", Decimal("65.00")))
"""Each with its least value; below them D."""


def ikm_value(mean: float) -> float:
    """A mean rating of 1 to 5 between 25 and 100, with two decimals."""
    value = Decimal(str(LOWEST)) + (Decimal(str(mean)) - 1) / 4 * Decimal(str(HIGHEST - LOWEST))
    return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def ikm_class(value: float) -> str:
    """A, B, C or D of a value with two decimals."""
    exact = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return next((name for name, least in CLASSES if exact >= least), "D")
