"""Why cases waited, and with whom: the pauses that ended in the period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.domain.figures.measures import pauses as figure
from data.domain.figures.measures.durations import SHARES
from data.domain.figures.measures.statistics import interpolated_quantiles
from data.domain.history.columns import NONE
from data.domain.performance.answers import PauseRow, Pauses
from data.domain.performance.frame import Frame


def pauses(frame: Frame) -> Pauses:
    """By reason, by who held the case, and by both."""
    ended, names = figure.pauses_ended(frame.view()), frame.columns.names
    one = np.zeros(len(ended.row), dtype=np.int64)
    agency, reason = ended.agency.astype(np.int64), ended.reason.astype(np.int64)
    agencies, reasons = (*names.agency,), (*names.reason,)
    c = frame.columns
    running = (c.paused_since != NONE) & (c.paused_since <= c.at) & (c.finished == NONE) & frame.wanted()
    return Pauses(
        _rows(ended, one, reason, (("",), reasons)),
        _rows(ended, agency, one, (agencies, ("",))),
        _rows(ended, agency, reason, (agencies, reasons)),
        int(running.sum()),
    )


def _rows(
    ended: figure.Pauses,
    agency: NDArray[np.int64],
    reason: NDArray[np.int64],
    names: tuple[tuple[str, ...], tuple[str, ...]],
) -> tuple[PauseRow, ...]:
    agencies, reasons = names
    cell, width = agency * len(reasons) + reason, len(agencies) * len(reasons)
    found = interpolated_quantiles(cell, ended.lasted, SHARES, width)
    total = np.bincount(cell, weights=ended.lasted, minlength=width)
    rows = [
        PauseRow(
            agencies[place // len(reasons)],
            reasons[place % len(reasons)],
            int(found.n[place]),
            float(found.values[0][place]),
            float(found.values[1][place]),
            int(total[place]),
        )
        for place in np.flatnonzero(found.n).tolist()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.total_s, row.agency, row.reason)))
