"""Merged cells: their value holds for all the rows that they cover.

A merge over several rows fills its value into each of them that is not empty. Over several columns nothing is filled:
the value stands in the first column only. In a column that identifies a row (the report's number) two rows cannot have
the same value: there the rows after the first get a fault that names the range.

What is filled costs memory as cells do, so it is counted and limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from data.domain.reasons import reason
from ingest.tabular.readers.cell_values import SheetRow
from ingest.tabular.readers.csv_table import BrokenTable
from ingest.tabular.readers.model import COLUMNS_MOST
from ingest.tabular.readers.sheet_parser import column_of
from ingest.tabular.readers.xml_reader import ROWS_MOST

FILLED_MOST = 500_000_000
"""Letters that merged cells of one sheet may fill, each cell with CELL more: twelve columns of the longest sheet."""
CELL = 40
"""Bytes around a cell's text in a sheet's part."""
_NAME_MOST = 200
"""Letters of an upper header that stand before each name below it."""

_RANGE = re.compile(r"([A-Za-z]{1,3})(\d{1,7}):([A-Za-z]{1,3})(\d{1,7})")


class Merge(NamedTuple):
    """Rows as a spreadsheet counts, columns from 0; both ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int
    name: str
    """A5:A7"""


def merges_of(names: Iterable[str]) -> list[Merge]:
    """Those that can be, each once, from the top."""
    found = set()
    for name in names:
        part = _RANGE.fullmatch(name)
        if part is None:
            continue
        merge = Merge(int(part[2]), column_of(part[1]), int(part[4]), column_of(part[3]), name)
        if 1 <= merge.top <= merge.bottom <= ROWS_MOST and 0 <= merge.left <= merge.right:
            found.add(merge)
    return sorted(found)


class Fills:
    """Fills the rows of one reading, from the top; of columns that a table can have, so that a row stays a row."""

    def __init__(self, merges: Iterable[Merge], unique: frozenset[int] = frozenset()) -> None:
        """`unique`: columns that tell rows apart."""
        down = [merge for merge in merges if merge.bottom > merge.top and merge.left < COLUMNS_MOST]
        self._waiting = sorted(down, reverse=True)
        self._open: dict[int, tuple[Merge, str]] = {}
        self._unique = unique
        self._left = FILLED_MOST

    def of(self, row: SheetRow) -> SheetRow:
        """The row with what merges say of it. Raises BrokenTable where they fill too much."""
        while self._waiting and self._waiting[-1].top <= row.number:
            merge = self._waiting.pop()
            value = row.cells[merge.left] if merge.top == row.number and merge.left < len(row.cells) else ""
            if value:
                self._open[merge.left] = (merge, value)
        return self._filled(row) if self._open else row

    def _filled(self, row: SheetRow) -> SheetRow:
        cells, faults = list(row.cells), dict(row.faults)
        for column, (merge, value) in list(self._open.items()):
            if row.number > merge.bottom:
                del self._open[column]
            elif row.number > merge.top:
                self._left -= CELL + len(value)
                cells.extend([""] * (column + 1 - len(cells)))
                if not cells[column].strip():
                    cells[column] = value
                if column in self._unique:
                    faults[column] = reason("cell.merged_id", range=merge.name)
        if self._left < 0:
            raise BrokenTable(reason("workbook.filled_too_much", row=str(row.number)))
        return SheetRow(row.number, cells, faults, row.hidden)


def header_names(rows: Iterable[SheetRow], number: int, merges: Iterable[Merge]) -> list[str]:
    """The header's cells in row `number`.

    Where it takes two rows, of which the upper is merged over several columns (Koordinat over lintang and bujur), a
    name tells both.
    """
    merges = [merge for merge in merges if merge.top <= number]
    fills, above, own = Fills(merges), list[str](), list[str]()
    for row in rows:
        if row.number == number - 1:
            above = row.cells
        if row.number == number:
            own = [" ".join(cell.split()) for cell in fills.of(row).cells]
            break
        fills.of(row)
    if any(merge.top < number <= merge.bottom for merge in merges):
        parents = _parents(above, [merge for merge in merges if merge.bottom == number - 1], len(own))
        own = [f"{parents[n]} {cell}" if cell and n in parents else cell for n, cell in enumerate(own)]
    while own and not own[-1]:
        own.pop()
    return own


def _parents(above: list[str], merges: Sequence[Merge], width: int) -> dict[int, str]:
    """By column what stands above it in a cell merged over several; of ranges that overlap the first counts."""
    parents: dict[int, str] = {}
    firsts = {merge.left: merge for merge in reversed(merges) if merge.left < min(merge.right, len(above))}
    for left, merge in sorted(firsts.items()):
        if parent := " ".join(above[left].split())[:_NAME_MOST]:
            for column in range(left, min(merge.right + 1, width, COLUMNS_MOST)):
                parents.setdefault(column, parent)
    return parents
