"""Figures of what was said when a case ended: nothing at all, or what had been said before.

Of each case the present cycle counts. What was erased is in neither, for nobody can tell any more what it said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.domain.cases.model import Undated
from data.domain.figures.measures.flows import counted, done
from data.domain.figures.values import Share
from data.domain.figures.view import Cells, Picked, Rows, View
from data.domain.history.columns import ERASED, NONE, NOTHING_SAID, CaseColumns, End, Flags, Hashes

_BUCKETS = 2**21
_END_TIME = int(Undated.END)
_DAY_S = 86_400
WEEK_D, FORTNIGHT_D = 7, 14
_LOW, _NEXT_BITS = np.uint64(_BUCKETS - 1), np.uint64(21)


def without_proof(view: View) -> list[Share]:
    """Of the cases that ended in the period with a resolution or a closing: no person said what was done."""
    return without_proof_of(view, ended(view))


def copied(view: View) -> list[Share]:
    """Of those with words: the same words had ended another case before."""
    of = ended(view)
    return _copied(view, of, view.once("said before", lambda: said_before(view.columns, of)))


def solved_week(view: View) -> list[Share]:
    """Of the cases received in the period a week ago or longer: solved within seven days, see `_solved`."""
    return _solved(view, WEEK_D)


def solved_fortnight(view: View) -> list[Share]:
    """Likewise within fourteen days."""
    return _solved(view, FORTNIGHT_D)


def _solved(view: View, days: int) -> list[Share]:
    """Solved: resolved, a person said what was done, and not reopened since. The days are those of the calendar, so
    that no pause makes them longer; a case that was closed without a resolution counts, and is not solved."""
    names = ("received", "state", "source", "finished", "end", "undated", "said")
    picked = view.within("received", *names, former=False)
    due = picked["received"].astype(np.int64) + days * _DAY_S
    judged = counted(picked["state"]) & view.tells[picked["source"]] & (due <= view.columns.at)
    by_then = (picked["end"] == End.RESOLVED) & (picked["finished"] <= due)
    dated = (picked["undated"] & _END_TIME) == 0
    solved = judged & by_then & dated & (picked["said"] != NOTHING_SAID)
    return _shares(view, picked.cell[judged], picked.cell[solved])


@dataclass(frozen=True, slots=True)
class Ended:
    """The cases whose present cycle ended in the period with a resolution or a closing, of sources that tell answers,
    and of which it is known what was said."""

    row: Rows
    cell: Cells
    said: Hashes
    n_erased: int
    """How many are left out because their words were erased."""


def ended(view: View) -> Ended:
    """See Ended."""
    return ended_of(view, done(view))


def ended_of(view: View, picked: Picked) -> Ended:
    """The same of cycles as `done` picks them."""
    row, cell = picked.row[: picked.n_present], picked.cell[: picked.n_present]
    if not view.tells.all():
        tell = view.tells[view.columns.source[row]]
        row, cell = row[tell], cell[tell]
    said = view.columns.said[row]
    known = said != ERASED
    n_erased = len(known) - int(np.count_nonzero(known))
    return Ended(row[known], cell[known], said[known], n_erased) if n_erased else Ended(row, cell, said, 0)


def without_proof_of(view: View, of: Ended) -> list[Share]:
    """The figure of these."""
    return _shares(view, of.cell, of.cell[of.said == NOTHING_SAID])


def copied_of(view: View, of: Ended) -> list[Share]:
    """Likewise."""
    return _copied(view, of, said_before(view.columns, of))


def _copied(view: View, of: Ended, before: Flags) -> list[Share]:
    return _shares(view, of.cell[of.said != NOTHING_SAID], of.cell[before])


def said_before(columns: CaseColumns, of: Ended) -> Flags:
    """Whether the words of each of these cases had ended another case before."""
    alike = _alike(columns, of.said[of.said > ERASED])
    words = columns.said[alike]
    order = np.argsort(words)
    alike, words = alike[order], words[order]
    when = columns.finished[alike].astype(np.uint64) << np.uint64(32) | alike.astype(np.uint64)
    first = np.flatnonzero(np.diff(words, prepend=np.uint64(0)))
    earliest = np.minimum.reduceat(when, first) if len(first) else when
    later = np.zeros(len(columns), dtype=np.bool_)
    later[alike] = when > np.repeat(earliest, np.diff(first, append=len(words)))
    flags: Flags = later[of.row]
    return flags


def _alike(columns: CaseColumns, words: Hashes) -> Rows:
    """All cases that ended with words of these, and some others, but those only whose words may be those of two."""
    wanted = np.zeros(_BUCKETS, dtype=np.bool_)
    wanted[(words & _LOW).view(np.int64)] = True
    bucket = (columns.said & _LOW).view(np.int64)
    rows = np.flatnonzero(np.take(wanted, bucket))
    scratch = np.empty(_BUCKETS, dtype=np.uint32)
    rows = rows[_shared(bucket[rows], scratch)]
    others = (columns.said[rows] >> _NEXT_BITS & _LOW).view(np.int64)
    rows = rows[_shared(others, scratch)]
    ended = (columns.finished[rows] != NONE) & (columns.said[rows] > ERASED)
    alike: Rows = rows[ended & counted(columns.state[rows])]
    return alike


def _shared(bucket: NDArray[np.int64], last: NDArray[np.uint32]) -> Flags:
    """Whether another one has the same bucket; `last`: room for a number a bucket, whatever stands in it."""
    shared = np.zeros(_BUCKETS, dtype=np.bool_)
    last[bucket] = place = np.arange(len(bucket), dtype=np.uint32)
    shared[bucket[last[bucket] != place]] = True
    flags: Flags = shared[bucket]
    return flags


def _shares(view: View, whole: Cells, part: Cells) -> list[Share]:
    return [Share(n, every) for n, every in zip(view.counts(part), view.counts(whole), strict=True)]
