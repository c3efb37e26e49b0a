"""Figures of what was said when a case ended: nothing at all, or what had been said before.

Of each case the present cycle counts. What was erased is in neither, for nobody can tell any more what it said.
"""

from __future__ import annotations

import numpy as np

from data.domain.figures.flows import counted
from data.domain.figures.values import Share
from data.domain.figures.view import Picked, Rows, View
from data.domain.history.columns import ERASED, NONE, NOTHING_SAID, CaseColumns, End, Flags, Hashes

_BUCKETS = 2**22


def without_proof(view: View) -> list[Share]:
    """Of the cases that ended in the period with a resolution or a closing: no person said what was done."""
    picked = ended(view)
    return _shares(view, picked, picked["said"] == NOTHING_SAID)


def copied(view: View) -> list[Share]:
    """Of those with words: the same words had ended another case before."""
    picked = ended(view)
    told = picked["said"] != NOTHING_SAID
    return _shares(view, picked, said_before(view.columns, picked.row), told)


def n_erased(view: View) -> int:
    """How many are left out because their words were erased."""
    picked, done = _done(view)
    return int((done & (picked["said"] == ERASED)).sum())


def ended(view: View) -> Picked:
    """The cases whose present cycle ended in the period with a resolution or a closing, of sources that tell answers,
    and of which it is known what was said."""
    picked, done = _done(view)
    keep = np.flatnonzero(done & (picked["said"] != ERASED))
    columns = {name: values[keep] for name, values in picked.columns.items()}
    return Picked(picked.row[keep], picked.cell[keep], columns, len(keep))


def _done(view: View) -> tuple[Picked, Flags]:
    picked = view.within("finished", "end", "state", "source", "said", former=False)
    done = (picked["end"] == End.RESOLVED) | (picked["end"] == End.CLOSED)
    return picked, done & counted(picked["state"]) & view.tells[picked["source"]]


def said_before(columns: CaseColumns, rows: Rows) -> Flags:
    """Whether the words of each of these cases had ended another case before."""
    flags = np.zeros(len(rows), dtype=np.bool_)
    alike = _alike(columns, columns.said[rows])
    words, place = np.unique(columns.said[alike], return_inverse=True)
    first = np.full(len(words), np.iinfo(np.uint64).max, dtype=np.uint64)
    order = _in_order(columns, alike)
    np.minimum.at(first, place, order)
    mine = np.flatnonzero(np.isin(rows, alike))
    flags[mine] = _in_order(columns, rows[mine]) > first[np.searchsorted(words, columns.said[rows[mine]])]
    return flags


def _alike(columns: CaseColumns, words: Hashes) -> Rows:
    """The cases that ended with words of these that ended at least two."""
    said = columns.said
    wanted = np.zeros(_BUCKETS, dtype=np.bool_)
    wanted[words % _BUCKETS] = True
    rows = np.flatnonzero(wanted[said % _BUCKETS])
    rows = rows[(said[rows] > ERASED) & (columns.finished[rows] != NONE) & counted(columns.state[rows])]
    ordered = np.sort(said[rows])
    twice = np.zeros(_BUCKETS, dtype=np.bool_)
    twice[ordered[1:][ordered[1:] == ordered[:-1]] % _BUCKETS] = True
    alike: Rows = rows[twice[said[rows] % _BUCKETS]]
    return alike


def _in_order(columns: CaseColumns, rows: Rows) -> Hashes:
    """By when each ended, then by its place: no two are alike."""
    return columns.finished[rows].astype(np.uint64) << np.uint64(32) | rows.astype(np.uint64)


def _shares(view: View, picked: Picked, part: Flags, whole: Flags | None = None) -> list[Share]:
    of = picked.cell if whole is None else picked.cell[whole]
    parts = picked.cell[part if whole is None else part & whole]
    return [Share(n, every) for n, every in zip(view.counts(parts), view.counts(of), strict=True)]
