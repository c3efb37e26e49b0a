"""The cases of a question, sorted into its cells: a cell is one name (agency, village) in one part of the time.

The functions of `flows`, `stocks` and `durations` get a View and return one value a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.domain.figures.selection import By, Filters, Period, Step
from data.domain.history.columns import CaseColumns, Codes, Flags

Rows = NDArray[np.intp]
Cells = NDArray[np.uint32]
Computed = TypeVar("Computed")
_UNIFORM = 3
"""From so many parts on they may be told apart by a division."""


@dataclass(frozen=True, slots=True)
class Picked:
    """Some cycles: the place of each one's case, the cell that it is in, and the columns that were asked for."""

    row: Rows
    cell: Cells
    columns: Mapping[str, NDArray[Any]]
    n_present: int
    """So many of them are present cycles; the former ones follow."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.row)


class _Pick(NamedTuple):
    """The cycles whose moment lies in the period."""

    row: Rows
    at: NDArray[Any]
    """The moment of each."""
    present: Rows | slice
    """The present cycles among them; a slice when they are all that there are."""
    former: Rows
    """The former cycles, which follow, as places in the table of them."""


@dataclass(frozen=True, slots=True)
class View:
    """A question: columns, period, and which rows count."""

    columns: CaseColumns
    period: Period
    starts: NDArray[np.int64]
    """Of the parts of the time, in order; one when it is not divided."""
    ends: NDArray[np.int64]
    """Not part of them; none is later than the second after `columns.at`."""
    wanted: Flags | None
    """Per row whether the filters want it; None: all."""
    keys: Codes | None
    """Per row the code of its name; None: the answer is not divided by names."""
    n_keys: int
    tells: Flags
    """Per code of a source whether it tells answers."""
    computed: dict[object, Any]
    """What `once` has computed, for these columns, period and wanted rows; another division of them shares it."""

    @property
    def n_parts(self) -> int:
        """How many parts of the time."""
        return len(self.starts)

    @property
    def n_cells(self) -> int:
        """Names times parts; the cell of a name and a part is `name * n_parts + part`."""
        return self.n_keys * self.n_parts

    def within(self, moment: str, *names: str, former: bool = True) -> Picked:
        """The cycles whose moment of that column lies in the period; `former`: those before the present one, too.

        A column that former cycles do not have is taken from their case.
        """
        has_former = former and len(self.columns.former) > 0
        pick = self.once((moment, has_former), lambda: self._pick(moment, former=has_former))
        found = {name: self._column(pick, name) for name in names}
        return Picked(pick.row, self._cells(pick), found, len(pick.row) - len(pick.former))

    def once(self, key: object, compute: Callable[[], Computed]) -> Computed:
        """What is the same however the question is divided, computed once for all its figures and views."""
        if key not in self.computed:
            self.computed[key] = compute()
        found: Computed = self.computed[key]
        return found

    def _pick(self, moment: str, *, former: bool) -> _Pick:
        start, end = max(int(self.starts[0]), 1), max(int(self.ends[-1]), 1)
        moments = getattr(self.columns, moment)
        chosen = (moments >= start) & (moments < end)
        if self.wanted is not None:
            chosen &= self.wanted
        rows = np.flatnonzero(chosen)
        which = slice(None) if len(rows) == len(moments) else rows
        if not former:
            return _Pick(rows, moments[which], which, rows[:0])
        table = self.columns.former
        theirs = getattr(table, moment)
        cycles = np.flatnonzero((theirs >= start) & (theirs < end))
        if self.wanted is not None:
            cycles = cycles[self.wanted[table.row[cycles]]]
        row = np.concatenate([rows, table.row[cycles].astype(np.intp)])
        return _Pick(row, np.concatenate([moments[which], theirs[cycles]]), which, cycles)

    def _column(self, pick: _Pick, name: str) -> NDArray[Any]:
        values: NDArray[Any] = getattr(self.columns, name)
        mine = values[pick.present]
        if not len(pick.former):
            return mine
        own: NDArray[Any] | None = getattr(self.columns.former, name, None)
        theirs = values[pick.row[len(mine) :]] if own is None else own[pick.former]
        return np.concatenate([mine, theirs])

    def _cells(self, pick: _Pick) -> Cells:
        if self.keys is None:
            return self._part_of(pick.at) if self.n_parts > 1 else np.zeros(len(pick.row), dtype=np.uint32)
        is_every_case = isinstance(pick.present, slice) and not len(pick.former)
        names = (self.keys if is_every_case else self.keys[pick.row]).astype(np.uint32)
        return names if self.n_parts == 1 else names * np.uint32(self.n_parts) + self._part_of(pick.at)

    def _part_of(self, at: NDArray[Any]) -> Cells:
        length = self._length()
        if length is None:
            return (np.searchsorted(self.starts, at.astype(np.int64), side="right") - 1).astype(np.uint32)
        before = int(self.starts[1]) - length
        return ((at.astype(np.int64) - before) // length).astype(np.uint32)

    def ended_before(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many parts had their last moment before each of these."""
        length, last = self._length(), int(self.ends[-1]) - 1
        if length is None:
            return np.searchsorted(self.ends - 1, at, side="left")
        ended = np.clip((at - int(self.starts[1]) + length) // length, 0, self.n_parts)
        ended[at > last] = self.n_parts  # those that are cut or have not begun end with the last one
        return ended

    def _length(self) -> int | None:
        """Of every part but the first and the last, which may be cut; None: they differ, as months do.

        With one length a division finds the part, which is ten times as fast as a search.
        """
        lengths = np.diff(self.starts[1:])
        if self.n_parts < _UNIFORM or not (lengths == lengths[0]).all():
            return None
        length = int(lengths[0])
        return length if self.starts[1] - self.starts[0] <= length else None

    def names_of(self, rows: Rows) -> Cells:
        """The code of each row's name; 0 when the answer is not divided by names."""
        return np.zeros(len(rows), dtype=np.int64) if self.keys is None else self.keys[rows].astype(np.int64)

    def counts(self, cell: Cells) -> list[int]:
        """How many are in each cell."""
        if self.n_cells == 1:
            return [len(cell)]
        counted: list[int] = np.bincount(cell, minlength=self.n_cells).tolist()
        return counted


def view(
    columns: CaseColumns,
    period: Period,
    filters: Filters,
    by: By | None,
    step: Step | None,
    *,
    no_answers_from: tuple[str, ...],
    like: View | None = None,
) -> View:
    """The view of a question. Parts that begin after the moment of the columns are empty.

    like: the view of the same question divided in another way.
    """
    buckets = period.buckets(step) if step else ()
    starts = [each.start for each in buckets] or [period.start]
    ends = [each.end for each in buckets] or [period.end]
    known = np.minimum(np.array(ends, dtype=np.int64), columns.at + 1)
    tells = np.array([name not in no_answers_from for name in columns.names.source])
    names = getattr(columns.names, by) if by else ()
    keys = getattr(columns, by) if by else None
    wanted = like.wanted if like else _wanted(columns, filters)
    computed: dict[object, Any] = like.computed if like else {}
    begins = np.array(starts, dtype=np.int64)
    return View(columns, period, begins, known, wanted, keys, len(names) or 1, tells, computed)


def _wanted(columns: CaseColumns, filters: Filters) -> Flags | None:
    wanted = None if filters.private is None else columns.private == filters.private
    for table, names in filters.by_table().items():
        allowed = np.zeros(len(getattr(columns.names, table)), dtype=np.bool_)
        allowed[columns.names.codes(table, names)] = True
        these = allowed[getattr(columns, table)]
        wanted = these if wanted is None else wanted & these
    return wanted
