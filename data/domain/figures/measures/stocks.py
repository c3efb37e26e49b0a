"""Figures of a moment: how many cases are open at the end of each part of the time. They are never added up over time.

The moment is the last second of the part, or that of the columns when the part is not over; parts that have not begun
have no value. As in all counts, cases that are merged or rejected as known are in none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.domain.figures.measures.flows import counted
from data.domain.figures.values import Count
from data.domain.figures.view import Rows, View
from data.domain.history.columns import NONE, Flags

AGES_D = (3, 7, 14, 30)
"""The backlog's ages begin at 0 and at these days."""
_DAY_S = 86_400
_NEVER = 2**33

Spans = tuple[Rows, NDArray[np.int64], NDArray[np.int64]]
"""Rows, and for each from when until before when something holds of it."""


def open_at_end(view: View) -> list[Count]:
    """Received by then, neither resolved nor ended by then; a reopened case is open again from its reopening."""
    return _stock(view, _open_spans(view))


def open_at(view: View, at: int) -> Rows:
    """The cases of `open_at_end` at a moment of the view's period, none twice."""
    rows, since, until = _open_spans(view)
    return np.unique(rows[(since <= at) & (until > at)])


def overdue_at_end(view: View) -> list[Count]:
    """Open then, and one of the citizen's clocks was past its due moment."""
    return _stock(view, _overdue_spans(view))


def at_risk_now(view: View) -> list[Count]:
    """The running clock had used the warning share of its time and was not overdue, at the moment of the columns.

    No other moment can be told: parts of the time that do not hold that moment have no value.
    """
    c = view.columns
    risky = (c.next_warn != NONE) & (c.next_warn <= c.at) & (c.next_due >= c.at)
    rows = _wanted_rows(view, np.flatnonzero(risky))
    holds = (view.starts <= c.at) & (c.at < view.ends)
    counts = np.bincount(view.names_of(rows), minlength=view.n_keys)
    return [Count(int(n) if now else None) for n in counts for now in holds]


def backlog(view: View) -> dict[int, list[Count]]:
    """The open cases by their age in days at the end of each part: by the age at which a band begins, see AGES_D."""
    rows, since, until = _open_spans(view)
    received = view.columns.received[rows].astype(np.int64)
    width, names = view.n_parts + 1, view.names_of(rows) * (view.n_parts + 1)
    over = np.bincount(names + view.ended_before(np.maximum(since, until)), minlength=view.n_keys * width)
    older = []
    for days in (0, *AGES_D):  # how many are at least so old: a span begins at that age and ends with the case
        begun = view.ended_before(np.minimum(np.maximum(since, received + days * _DAY_S), until))
        change = np.bincount(names + begun, minlength=view.n_keys * width) - over
        older.append(np.cumsum(change.reshape(view.n_keys, width), axis=1)[:, :-1])
    bands = [young - old for young, old in zip(older, [*older[1:], np.zeros_like(older[0])], strict=True)]
    return {days: _values(view, band) for days, band in zip((0, *AGES_D), bands, strict=True)}


def _open_spans(view: View) -> Spans:
    """The times in which each cycle of a case that counts was open."""
    c, former = view.columns, view.columns.former
    rows = np.flatnonzero(_reaches(view, c.started, c.finished))
    rows = rows[_is_counted(view, rows)]
    mine: Spans = (rows, c.started[rows].astype(np.int64), _until(c.finished[rows]))
    if not len(former):
        return mine
    chosen = np.flatnonzero(_reaches(view, former.started, former.finished))
    chosen = chosen[_is_counted(view, former.row[chosen].astype(np.intp))]
    theirs = (former.row[chosen].astype(np.intp), former.started[chosen].astype(np.int64))
    return _joined([mine, (*theirs, _until(former.finished[chosen]))])


def _joined(spans: Sequence[Spans]) -> Spans:
    rows, since, until = (np.concatenate(each) for each in zip(*spans, strict=True))
    return rows, since, until


def _overdue_spans(view: View) -> Spans:
    """The times in which each was late: without a dispatch, without an answer, without a resolution; none twice."""
    parts = [*_late(view, view.columns, None), *_late(view, view.columns.former, view.columns.former.row)]
    return _joined([_not_empty(each) for each in parts])


def _not_empty(spans: Spans) -> Spans:
    rows, since, until = spans
    lasts = since < until
    return rows[lasts], since[lasts], until[lasts]


def _late(view: View, table: Any, row: NDArray[np.uint32] | None) -> Iterator[Spans]:
    """Of one table of cycles; `row`: the case of each, None: its own place."""
    mine = np.flatnonzero(_reaches(view, table.started, table.finished))
    rows = mine if row is None else row[mine].astype(np.intp)
    late = np.zeros(len(mine), dtype=np.bool_)
    clocks = ((table.verify_due, table.dispatched), (table.answer_due, table.answered))
    for dues, stops in (*clocks, (table.resolve_due, table.finished)):
        due, stop = dues[mine], stops[mine]
        late |= (due != NONE) & (due < view.columns.at) & ((stop == NONE) | (stop > due))
    keep = late & _is_counted(view, rows)
    mine, rows = mine[keep], rows[keep]
    end, dispatched, answered = (_until(getattr(table, name)[mine]) for name in ("finished", "dispatched", "answered"))
    unresolved = _past(table.resolve_due[mine])
    yield rows, _past(table.verify_due[mine]), np.minimum(np.minimum(dispatched, end), unresolved)
    unanswered = np.maximum(_past(table.answer_due[mine]), np.where(dispatched == _NEVER, _NEVER, dispatched))
    yield rows, unanswered, np.minimum(np.minimum(answered, end), unresolved)
    yield rows, unresolved, end


def _past(due: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The first second after it; never without one."""
    return np.where(due == NONE, _NEVER, due.astype(np.int64) + 1)


def _until(moment: NDArray[np.uint32]) -> NDArray[np.int64]:
    return np.where(moment == NONE, _NEVER, moment.astype(np.int64))


def _reaches(view: View, started: NDArray[np.uint32], finished: NDArray[np.uint32]) -> Flags:
    """Whether a cycle was open at some time after the end of the first part, and began before the last one's."""
    first, last = int(view.ends[0]), int(view.ends[-1])
    flags: Flags = (started < max(last, 1)) & ((finished == NONE) | (finished >= max(first, 1)))
    return flags


def _wanted_rows(view: View, rows: Rows) -> Rows:
    return rows if view.wanted is None else rows[view.wanted[rows]]


def _is_counted(view: View, rows: Rows) -> Flags:
    """Whether the filters want each, and its case is in the counts."""
    counts = counted(view.columns.state[rows])
    return counts if view.wanted is None else counts & view.wanted[rows]


def _stock(view: View, spans: Spans) -> list[Count]:
    return _values(view, np.asarray(_levels(view, spans)))


def _levels(view: View, spans: Spans) -> NDArray[np.int64]:
    """Of how many spans the moment of each part is within, by name and part."""
    rows, since, until = spans
    names, width = view.names_of(rows), view.n_parts + 1
    begun, over = view.ended_before(since), view.ended_before(np.maximum(since, until))
    change = np.bincount(names * width + begun, minlength=view.n_keys * width)
    change = change - np.bincount(names * width + over, minlength=view.n_keys * width)
    levels: NDArray[np.int64] = np.cumsum(change.reshape(view.n_keys, width), axis=1)[:, :-1]
    return levels


def _values(view: View, levels: NDArray[np.int64]) -> list[Count]:
    begun: Sequence[bool] = (view.starts < view.ends).tolist()
    return [Count(n if known else None) for of_name in levels.tolist() for n, known in zip(of_name, begun, strict=True)]
