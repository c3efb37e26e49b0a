"""Which of a table's first rows names its columns: titles, dates and blank lines stand above it in agencies' sheets.

Each row gets points for every name that we know, and for texts that fill the table's width; figures count against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from ingest.tabular.detection.vocabulary import EXACT, plain

AMONG = 30
"""Rows among which the header is searched."""
_FIGURE = re.compile(r"[-+\d.,:/\s]*\d[-+\d.,:/\s]*|\d{4}-\d\d-\d\d.*|\d{1,2}\s\w+\s\d{4}.*")
_KNOWN, _FIGURES, _TWICE = 3.0, 1.5, 1.0


class HeaderPlace(NamedTuple):
    """Where the header is."""

    place: int
    """Among the rows that were shown."""
    points: float
    """How much it looks like one; 0 when nothing does, and the first row that is not empty was taken."""


def header_place(rows: Sequence[Sequence[str]]) -> HeaderPlace:
    """The header among the first few rows of a table."""
    widths = [sum(1 for cell in row if cell.strip()) for row in rows]
    wide = median([width for width in widths if width] or [0])
    best = HeaderPlace(next((n for n, width in enumerate(widths) if width), 0), 0.0)
    for n, row in enumerate(rows[:AMONG]):
        points = _points(row, widths[n], wide) - 0.05 * n
        if points > best.points:
            best = HeaderPlace(n, points)
    return best


def _points(row: Sequence[str], width: int, wide: float) -> float:
    """0 or less for a row that is no header."""
    if not width or (width < 2 <= wide):
        return 0.0
    cells = [cell.strip() for cell in row if cell.strip()]
    known = {EXACT[name] for cell in cells if (name := plain(cell)) in EXACT}
    figures = sum(1 for cell in cells if _FIGURE.fullmatch(cell) or len(cell) > 80)
    twice = len(cells) - len({plain(cell) for cell in cells})
    return _KNOWN * len(known) + min(width / max(wide, 1), 1.5) - _FIGURES * figures - _TWICE * twice
