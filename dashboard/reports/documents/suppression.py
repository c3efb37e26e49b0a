"""Small cells of published tables are left out, with what would reveal them.

A count of 1 to 4 is hidden. A line of counts that add up (a column with its row `total`; done + open = received) must
not reveal what is hidden: it loses at least two cells, and cells of 5 together unless their sum is hidden. Lost are the
smallest ones, nulls and the row `total` last; rows are mended before columns. What is computed from a hidden count (a
share, a median) is hidden, too. A total that is hidden in one table is hidden in all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dashboard.reports.month.tables import TOTAL, Cell, Kind, Row, Share, Table

LEAST = 5
Sums = Mapping[str, tuple[str, ...]]
"""A column, and the columns whose counts add up to it."""
Place = tuple[str, str]
"""A row's key and a column's name."""
Counts = Mapping[Place, int]


def suppressed(tables: Sequence[Table], sums: Sums) -> list[tuple[Table, int]]:
    """Each with its small cells None, and how many of its cells that are. Totals of a name are the same in all."""
    totals: set[str] = set()
    while True:
        found = [hidden_cells(_counts(table), sums, totals) for table in tables]
        more = {name for hidden in found for key, name in hidden if key == TOTAL}
        if more <= totals:
            break
        totals |= more
    return [_without(table, hidden) for table, hidden in zip(tables, found, strict=True)]


def hidden_cells(counts: Counts, sums: Sums, totals: Iterable[str] = ()) -> set[Place]:
    """The places to hide. totals: names whose cell in the row `total` is hidden already."""
    hidden = {place for place, count in counts.items() if 0 < count < LEAST} | {(TOTAL, name) for name in totals}
    hidden &= counts.keys()
    rows, columns = list(_row_lines(counts, sums)), list(_column_lines(counts))
    while more := _complement(rows, counts, hidden) or _complement(columns, counts, hidden):
        hidden.add(more)
    return hidden


def _row_lines(counts: Counts, sums: Sums) -> Iterator[list[Place]]:
    """The sum is the last of a line."""
    for key in dict.fromkeys(key for key, _ in counts):
        for whole, parts in sums.items():
            line = [(key, name) for name in (*parts, whole)]
            if all(place in counts for place in line):
                yield line


def _column_lines(counts: Counts) -> Iterator[list[Place]]:
    for name in dict.fromkeys(name for _, name in counts):
        line = [(key, each) for key, each in counts if each == name and key != TOTAL]
        if (TOTAL, name) in counts:
            yield [*line, (TOTAL, name)]


def _complement(lines: Iterable[Sequence[Place]], counts: Counts, hidden: set[Place]) -> Place | None:
    """The cheapest cell that must be hidden, too; None: no line reveals anything."""

    def cost(place: Place) -> tuple[bool, bool, int, Place]:
        return place[0] == TOTAL, not counts[place], counts[place], place

    found = [min(rest, key=cost) for line in lines if (rest := _rest(line, counts, hidden))]
    return min(found, key=cost, default=None)


def _rest(line: Sequence[Place], counts: Counts, hidden: set[Place]) -> list[Place]:
    """What is left of a line that reveals something."""
    mine = [place for place in line if place in hidden]
    if not mine or (len(mine) > 1 and (line[-1] in hidden or sum(counts[place] for place in mine) >= LEAST)):
        return []
    return [place for place in line if place not in hidden]


def _counts(table: Table) -> Counts:
    names = [(column.name, n) for n, column in enumerate(table.columns) if column.kind is Kind.COUNT]
    return {(row.key, name): count for row in table.rows for name, n in names if isinstance(count := row.cells[n], int)}


def _without(table: Table, hidden: set[Place]) -> tuple[Table, int]:
    rows = tuple(replace(row, cells=tuple(_shown(table, row, hidden))) for row in table.rows)
    pairs = zip(table.rows, rows, strict=True)
    return replace(table, rows=rows), sum(
        before != after for old, new in pairs for before, after in zip(old.cells, new.cells, strict=True)
    )


def _shown(table: Table, row: Row, hidden: set[Place]) -> Iterator[Cell]:
    few = any(key == row.key for key, _ in hidden)
    for column, cell in zip(table.columns, row.cells, strict=True):
        computed = column.kind is not Kind.COUNT and (few or _is_small(cell))
        yield None if (row.key, column.name) in hidden or computed else cell


def _is_small(cell: Cell) -> bool:
    return isinstance(cell, Share) and any(0 < n < LEAST for n in (cell.of, cell.part, cell.of - cell.part))
