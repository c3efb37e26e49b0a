"""What every write to the market needs beside that of any source: its kind of change and the parts of its codes."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ColumnElement

from data.store.source_write import SourceWrite, differs, is_older, parts_of, rows_of

__all__ = [
    "BUYERS",
    "DEALS",
    "DEMANDS",
    "FARMERS",
    "KIND",
    "OFFERS",
    "MarketWrite",
    "all_of",
    "differs",
    "is_older",
    "parts_of",
    "rows_of",
]
KIND = "market"
"""Of changes."""
FARMERS, BUYERS, OFFERS, DEMANDS, DEALS = "PT", "PB", "LP", "PM", "TR"
"""The first parts of codes."""


class MarketWrite(SourceWrite):
    """One transaction's writes of one source."""

    kind: ClassVar[str] = KIND


def all_of(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """All of them."""
    first, *more = conditions
    for each in more:
        first = first & each
    return first
