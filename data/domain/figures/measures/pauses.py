"""The pauses of cases: why each was, how long, and with whom; each counts by itself, when it ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.domain.figures.measures.flows import counted
from data.domain.figures.view import Cells, Rows, View
from data.domain.history.columns import Codes


@dataclass(frozen=True, slots=True)
class Pauses:
    """Some pauses."""

    row: Rows
    """The case of each."""
    cell: Cells
    agency: Codes
    """Who held it."""
    reason: Codes
    lasted: NDArray[np.uint32]
    """Calendar seconds."""


def pauses_ended(view: View) -> Pauses:
    """The pauses that ended in the period, of cases that count. By agency each is with who held the case in it."""
    table, columns = view.columns.pauses, view.columns
    start, end = max(int(view.starts[0]), 1), max(int(view.ends[-1]), 1)
    chosen = np.flatnonzero((table.until >= start) & (table.until < end))
    rows = table.row[chosen].astype(np.intp)
    keep = counted(columns.state[rows])
    if view.wanted is not None:
        keep &= view.wanted[rows]
    chosen, rows = chosen[keep], rows[keep]
    until, agency = table.until[chosen], table.agency[chosen]
    names = agency if view.keys is columns.agency else view.names_of(rows)
    part = np.searchsorted(view.starts, until.astype(np.int64), side="right") - 1
    cell = (names.astype(np.int64) * view.n_parts + part).astype(np.uint32)
    return Pauses(rows, cell, agency, table.reason[chosen], until - table.since[chosen])
