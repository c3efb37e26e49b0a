"""The classes of the public satisfaction index (PermenPANRB 14/2017), and our ratings on its scale.

The index itself asks nine questions of 1 to 4 (`index_of`). A case of other sources is rated once, from 1 to 5: what is
told of that is a mean of ratings on the index's scale, and never called a survey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from data.domain.cases.satisfaction import ELEMENTS
from data.domain.figures.kpis import FEW

LOWEST, HIGHEST = 25.0, 100.0
CLASSES = (("A", Decimal("88.31")), ("B", Decimal("76.61")), ("C", Decimal("65.00")))
"""Each with its least value; below them D."""


def ikm_value(mean: float) -> float:
    """A mean rating of 1 to 5 between 25 and 100, with two decimals."""
    value = Decimal(str(LOWEST)) + (Decimal(str(mean)) - 1) / 4 * Decimal(str(HIGHEST - LOWEST))
    return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def index_of(points: Mapping[str, Sequence[int]]) -> float | None:
    """The index from how many gave 1, 2, 3, 4 to each element: all nine weigh the same. None: too few answered one."""
    if any(sum(points.get(element, ())) < FEW for element in ELEMENTS):
        return None
    means = [Fraction(weighted(points[element]), sum(points[element])) for element in ELEMENTS]
    value = sum(means, Fraction()) / len(ELEMENTS) * 25
    return float((Decimal(value.numerator) / value.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP))


def weighted(counts: Sequence[int]) -> int:
    """The sum of all points."""
    return sum(point * n for point, n in enumerate(counts, 1))


def ikm_class(value: float) -> str:
    """A, B, C or D of a value with two decimals."""
    exact = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return next((name for name, least in CLASSES if exact >= least), "D")
