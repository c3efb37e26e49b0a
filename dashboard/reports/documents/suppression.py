"""Small cells of published tables are left out, with what would reveal them.

A count of 1 to 4 is hidden. A line of counts that add up (a column with its row `total`; done + open = received) must
not reveal what is hidden: it loses at least two cells, and cells of 5 together unless their sum is hidden. Lost are the
smallest ones, nulls and the row `total` last; rows are mended before columns. What is computed from a hidden count (a
share, a median) is hidden, too. A share is three counts of its own (part + rest = of), which are hidden together. A
total that is hidden in one table is hidden in all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dashboard.reports.month.tables import TOTAL, Cell, Kind, Row, Share, Table

LEAST = 5
Sums = Mapping[str, tuple[str, ...]]
"""A column, and the columns whose counts add up to it."""
Place = tuple[str, str]
"""A row's key and a column's name; of a share's counts `NAME:part`, `NAME:rest` and `NAME:of`."""
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
    shares = {name.removesuffix(":of") for _, name in counts if name.endswith(":of")}
    all_sums = {**sums, **{f"{name}:of": (f"{name}:part", f"{name}:rest") for name in shares}}
    rows, columns = list(_row_lines(counts, all_sums)), list(_column_lines(counts))
    while True:
        hidden |= _with_shares(counts, hidden)
        more = _complement(rows, counts, hidden) or _complement(columns, counts, hidden)
        if more is None:
            return hidden
        hidden.add(more)


def _with_shares(counts: Counts, hidden: set[Place]) -> set[Place]:
    """The counts of shares that are hidden with these: all of a row with a hidden count, all three of a share."""
    few = _rows_with_few(hidden)
    hidden_shares = {(key, share) for key, name in hidden if (share := _share_of(name))}
    every = ((key, name, share) for key, name in counts if (share := _share_of(name)))
    return {(key, name) for key, name, share in every if key in few or (key, share) in hidden_shares}


def _share_of(name: str) -> str:
    """The column of a share's count; '' of a plain count."""
    column, colon, _ = name.rpartition(":")
    return column if colon else ""


def _rows_with_few(hidden: set[Place]) -> set[str]:
    """The keys of rows in which a plain count is hidden."""
    return {key for key, name in hidden if not _share_of(name)}


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
    found: dict[Place, int] = {}
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=True):
            if isinstance(cell, Share):
                parts = {"part": cell.part, "rest": cell.of - cell.part, "of": cell.of}
                found |= {(row.key, f"{column.name}:{part}"): count for part, count in parts.items()}
            elif column.kind is Kind.COUNT and isinstance(cell, int):
                found[row.key, column.name] = cell
    return found


def _without(table: Table, hidden: set[Place]) -> tuple[Table, int]:
    rows = tuple(replace(row, cells=tuple(_shown(table, row, hidden))) for row in table.rows)
    pairs = zip(table.rows, rows, strict=True)
    return replace(table, rows=rows), sum(
        before != after for old, new in pairs for before, after in zip(old.cells, new.cells, strict=True)
    )


def _shown(table: Table, row: Row, hidden: set[Place]) -> Iterator[Cell]:
    few = row.key in _rows_with_few(hidden)
    for column, cell in zip(table.columns, row.cells, strict=True):
        mine = {(row.key, column.name), (row.key, f"{column.name}:of")}
        computed = column.kind is not Kind.COUNT and few
        yield None if mine & hidden or computed else cell
