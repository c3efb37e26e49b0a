"""Figures that count what happened in a period, and shares of it: one value a cell of the view.

Merged and rejected cases are in `merged` and `rejected`, and in no other count.
"""

from __future__ import annotations

import numpy as np

from data.domain.cases.model import CaseState, Undated
from data.domain.figures.values import Count, Score, Share
from data.domain.figures.view import Cells, Picked, View
from data.domain.history.columns import NONE, STATES, End, Flags, Small

REFUSED = tuple(STATES.index(state) for state in (CaseState.REJECTED, CaseState.MERGED))
"""The states of cases that counts leave out."""
_ANSWER_TIME = int(Undated.DISPATCH | Undated.ANSWER)
_END_TIME, _START_TIME = int(Undated.END), int(Undated.START)
_MINUTE_S = 60
MINUTE = ("finished", "undated", "started")
"""The columns of `within_minute_of`."""


def received(view: View) -> list[Count]:
    """Cases by their receipt."""
    picked = view.within("received", "state", former=False)
    return _counts(view, picked.cell[counted(picked["state"])])


def verified(view: View) -> list[Count]:
    """Cases by when they were verified, or dispatched if that came first."""
    picked = view.within("verified", "state", former=False)
    return _counts(view, picked.cell[counted(picked["state"])])


def answered(view: View) -> list[Count]:
    """First answers by a person, one a cycle, of sources that tell answers, whatever became of the case."""
    picked = view.within("answered", "source")
    return _counts(view, picked.cell[view.tells[picked["source"]]])


def resolved(view: View) -> list[Count]:
    """Cycles that were resolved, or closed without a resolution."""
    return _counts(view, done(view).cell)


def reopened(view: View) -> list[Share]:
    """Of the cycles that ended in the period with a resolution or a closing: reopened since."""
    return reopened_of(view, done(view))


def reopened_of(view: View, picked: Picked) -> list[Share]:
    """The figure of these cycles, as `done` picks them."""
    return _shares(view, picked.cell, None, picked["reopened_since"])


def started_again(view: View) -> list[Count]:
    """Reopenings: each begins a new cycle, which ends anew. With the cases received they are what came to be open."""
    picked = view.within("started", "started", "received", "state")
    again = counted(picked["state"]) & (picked["started"] != picked["received"])
    return _counts(view, picked.cell[again])


def within_minute(view: View) -> list[Share]:
    """Of the cycles that ended in the period with a resolution or a closing: no more than a minute after they began."""
    return within_minute_of(view, done(view, *MINUTE))


def within_minute_of(view: View, picked: Picked) -> list[Share]:
    """The figure of these cycles, as `done` picks them with MINUTE."""
    return _shares(view, picked.cell, None, at_once(picked))


def at_once(picked: Picked) -> Flags:
    """Of cycles with MINUTE whether each ended no more than a minute after it began, both moments known."""
    dated = (picked["undated"] & (_END_TIME | _START_TIME)) == 0
    quick: Flags = dated & (picked["finished"].astype(np.int64) - picked["started"] <= _MINUTE_S)
    return quick


def rejected(view: View) -> list[Count]:
    """Cases that were rejected."""
    picked = view.within("finished", "end")
    return _counts(view, picked.cell[picked["end"] == End.REJECTED])


def merged(view: View) -> list[Count]:
    """Cases that were merged into another one, by the end of their own work."""
    picked = view.within("finished", "end")
    return _counts(view, picked.cell[picked["end"] == End.MERGED])


def on_time(view: View) -> list[Share]:
    """Of the first answers that fell due: given by then. One without a date counts, and not as given in time."""
    picked = view.within("answer_due", "answered", "answer_due", "undated", "source")
    told = view.tells[picked["source"]]
    given = (picked["answered"] != NONE) & (picked["answered"] <= picked["answer_due"])
    in_time = given & ((picked["undated"] & _ANSWER_TIME) == 0)
    return _shares(view, picked.cell, told, in_time)


def resolved_on_time(view: View) -> list[Share]:
    """Of the resolutions that fell due by the service standard, one a cycle: done by then and not reopened since."""
    return _ended_by(view, "resolve_due")


def within_limit(view: View) -> list[Share]:
    """Of the cycles whose class's limit was reached in the period: ended by then and not reopened since."""
    return _ended_by(view, "limit_due")


def promise_kept(view: View) -> list[Share]:
    """Of the cases whose source had promised an end in the period: ended by then, however."""
    picked = view.within("promised", "finished", "promised", "state", "undated", former=False)
    speaks = picked["state"] != STATES.index(CaseState.MERGED)
    kept = (picked["finished"] != NONE) & (picked["finished"] <= picked["promised"])
    in_time = kept & ((picked["undated"] & _END_TIME) == 0)
    return _shares(view, picked.cell, speaks, in_time)


def ratings(view: View) -> list[Score]:
    """The last rating of each case that ended in the period and was rated."""
    picked = view.within("finished", "rating", "state", former=False)
    rated = counted(picked["state"]) & (picked["rating"] > 0)
    cell = picked.cell[rated].astype(np.int64) * 5 + picked["rating"][rated] - 1
    table = np.bincount(cell, minlength=view.n_cells * 5).reshape(-1, 5)
    return [Score((a, b, c, d, e)) for a, b, c, d, e in table.tolist()]


def done(view: View, *names: str) -> Picked:
    """Cycles that ended in the period with a resolution or a closing, of cases that count, with these columns and
    `reopened_since`: whether another cycle followed."""
    picked = view.within("finished", "end", "state", *names)
    ended = (picked["end"] == End.RESOLVED) | (picked["end"] == End.CLOSED)
    keep = np.flatnonzero(ended & counted(picked["state"]))
    n_present = picked.n_present
    columns = {name: picked[name][keep] for name in names}
    columns["reopened_since"] = keep >= n_present
    return Picked(picked.row[keep], picked.cell[keep], columns, int((keep < n_present).sum()))


def counted(state: Small) -> Flags:
    """Whether a case of that state is in the counts."""
    counts = np.ones(len(STATES), dtype=np.bool_)
    counts[list(REFUSED)] = False
    flags: Flags = counts[state]
    return flags


def _ended_by(view: View, due: str) -> list[Share]:
    picked = view.within(due, "finished", due, "end", "state", "undated")
    by_then = (picked["finished"] != NONE) & (picked["finished"] <= picked[due])
    owed = counted(picked["state"]) & ~(by_then & (picked["end"] == End.REJECTED))
    in_time = by_then & ((picked["undated"] & _END_TIME) == 0)
    in_time[picked.n_present :] = False  # what was reopened was not over
    return _shares(view, picked.cell, owed, in_time)


def _counts(view: View, cell: Cells) -> list[Count]:
    return [Count(n) for n in view.counts(cell)]


def _shares(view: View, cell: Cells, whole: Flags | None, part: Flags) -> list[Share]:
    """whole: which cycles the share is of; None: all. What is in the part only counts when it is in the whole."""
    if whole is None or whole.all():
        wholes, parts = view.counts(cell), view.counts(cell[part])
    else:
        wholes, parts = view.counts(cell[whole]), view.counts(cell[whole & part])
    return [Share(n, all_of) for n, all_of in zip(parts, wholes, strict=True)]
