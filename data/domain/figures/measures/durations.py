"""Figures of how long something took: one Duration a cell of the view.

Working time and calendar time are different figures and never one. What begins or ends without a date is in none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from data.domain.cases.model import Undated
from data.domain.figures.measures.flows import counted, done
from data.domain.figures.measures.pauses import pauses_ended
from data.domain.figures.measures.statistics import Quantiles, interpolated_quantiles, kaplan_meier_quantiles
from data.domain.figures.values import Duration
from data.domain.figures.view import Cells, View
from data.domain.history.columns import NONE, OUTSIDE_S, Flags

SHARES = (0.5, 0.9)


def first_response(view: View) -> list[Duration]:
    """Working time from dispatch to first answer, of the answers given in the period that took any; one a cycle."""
    picked = view.within("answered", "source", "answer_worked")
    known = view.tells[picked["source"]] & (picked["answer_worked"] < OUTSIDE_S)
    return _durations(interpolated_quantiles(picked.cell[known], picked["answer_worked"][known], SHARES, view.n_cells))


def citizen_wait(view: View) -> list[Duration]:
    """Calendar time from receipt to the first answer that the case ever had, of those given in the period."""
    picked = view.within("first_answer", "source", "first_answer", "received", former=False)
    known = view.tells[picked["source"]]
    return _between(view, picked.cell, picked["received"], picked["first_answer"], known)


def answer_wait(view: View) -> list[Duration]:
    """Calendar time from receipt to the first answer ever, of the cases received in the period; who waits still counts
    as long as it has lasted, and who ended without an answer until then."""
    picked = view.within(
        "received", "received", "source", "state", "first_answer", "answered", "finished", "undated", former=False
    )
    known = view.tells[picked["source"]] & counted(picked["state"])
    known &= (picked["first_answer"] != NONE) | (picked["answered"] == NONE)  # else it has one, without a date
    ended = (picked["finished"] != NONE) & ((picked["undated"] & int(Undated.END)) == 0)
    seen_until = np.where(ended, picked["finished"], np.uint32(view.columns.at))
    stop = np.where(picked["first_answer"] != NONE, picked["first_answer"], seen_until)
    lasted = _lasted(picked["received"], stop)
    return _survived(view, picked.cell[known], lasted[known], picked["first_answer"][known] != NONE)


def resolution(view: View) -> list[Duration]:
    """Calendar time from receipt to the end of the present cycle, of the cases received in the period; who is open
    still counts as long as it has lasted."""
    picked = view.within("received", "received", "state", "finished", "undated", former=False)
    over = picked["finished"] != NONE
    known = counted(picked["state"]) & ((picked["undated"] & int(Undated.END)) == 0)
    lasted = _lasted(picked["received"], np.where(over, picked["finished"], np.uint32(view.columns.at)))
    return _survived(view, picked.cell[known], lasted[known], over[known])


def stage_verify(view: View) -> list[Duration]:
    """Calendar time from receipt to verification or dispatch, by when that was."""
    picked = view.within("verified", "verified", "received", "state", "undated", "reopened", former=False)
    dated = (picked["reopened"] > 0) | ((picked["undated"] & int(Undated.DISPATCH)) == 0)
    return _between(view, picked.cell, picked["received"], picked["verified"], counted(picked["state"]) & dated)


def stage_accept(view: View) -> list[Duration]:
    """Calendar time from the dispatch to the acknowledgement by the agency that holds the case, by when that was."""
    names = ("acknowledged", "dispatched", "state", "undated")
    picked = view.within("acknowledged", *names, former=False)
    known = (picked["dispatched"] != NONE) & ((picked["undated"] & int(Undated.DISPATCH)) == 0)
    return _between(view, picked.cell, picked["dispatched"], picked["acknowledged"], counted(picked["state"]) & known)


def stage_work(view: View) -> list[Duration]:
    """Calendar time from the acknowledgement to the end of the present cycle, by when that was; pauses are in it."""
    picked = view.within("finished", "acknowledged", "finished", "state", "undated", former=False)
    known = (picked["acknowledged"] != NONE) & ((picked["undated"] & int(Undated.END)) == 0)
    return _between(view, picked.cell, picked["acknowledged"], picked["finished"], counted(picked["state"]) & known)


def stage_paused(view: View) -> list[Duration]:
    """Calendar time that the cases were paused which ended in the period and had been paused at all."""
    picked = done(view, "paused")
    paused = (picked["paused"] > 0) & ~picked["reopened_since"]
    return _durations(interpolated_quantiles(picked.cell[paused], picked["paused"][paused], SHARES, view.n_cells))


def pause_length(view: View) -> list[Duration]:
    """Calendar time of each pause that ended in the period, for who held the case in it."""
    ended = pauses_ended(view)
    return _durations(interpolated_quantiles(ended.cell, ended.lasted, SHARES, view.n_cells))


def _between(
    view: View, cell: Cells, since: NDArray[np.uint32], until: NDArray[np.uint32], known: Flags
) -> list[Duration]:
    if known.all():
        lasted, mine = _lasted(since, until), cell
    else:
        lasted, mine = _lasted(since[known], until[known]), cell[known]
    return _durations(interpolated_quantiles(mine, lasted, SHARES, view.n_cells))


def _lasted(since: NDArray[np.uint32], until: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Never negative."""
    return np.maximum(since, until) - since


def _survived(view: View, cell: Cells, lasted: NDArray[np.uint32], over: Flags) -> list[Duration]:
    return _durations(kaplan_meier_quantiles(cell, lasted, over, SHARES, view.n_cells))


def _durations(found: Quantiles) -> list[Duration]:
    return list(_each(found))


def _each(found: Quantiles) -> Iterator[Duration]:
    columns = (found.n, found.open_n, *found.values, found.mean, found.longest)
    for n, open_n, median, p90, mean, longest in zip(*(column.tolist() for column in columns), strict=True):
        beyond = longest if n and math.isnan(p90) else None
        yield Duration(n, _known(median), _known(p90), None if open_n else _known(mean), open_n, beyond)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
