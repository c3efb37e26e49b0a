"""The rows of a table in the form that was found or confirmed: CSV or workbook, flat in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from data.domain.reasons import Reason, encode_reason, reason
from ingest.tabular.detection.sheet_scan import first_rows
from ingest.tabular.mapping.columns import fold
from ingest.tabular.readers.cell_values import NOT_AVAILABLE, SheetRow
from ingest.tabular.readers.csv_table import (
    DELIMITERS,
    EXAMPLE,
    ROW_FAULT,
    BrokenTable,
    CsvLine,
    line_of,
    records,
    settled_encoding,
)
from ingest.tabular.readers.merges import Fills, Merge, header_names, merges_of
from ingest.tabular.readers.model import COLUMNS_MOST, TableForm, unique_names
from ingest.tabular.readers.workbook import Book, open_workbook


def rows(
    path: Path,
    form: TableForm,
    columns: Sequence[str] = (),
    *,
    unique: Sequence[str] = (),
    after: int = 0,
    merges: Sequence[str] | None = None,
) -> Iterator[CsvLine]:
    """The records under the header; of a workbook only those that are not empty. Raises BrokenTable, OSError.

    `columns` are those that the mapping names: they keep its spelling, and in a workbook only their cells can be
    faults; () is all. `unique` are columns that tell rows apart: see `merges`. Rows up to number `after` are left out.
    `merges` are the sheet's merged ranges where they are known; else it is looked at once more for them.
    """
    if form.kind == "csv":
        yield from _csv(path, form, columns, after)
    else:
        with open_workbook(path) as book:
            name = form.sheet or book.visible[0]
            known = merges_of(book.outline(name).merges if merges is None else merges)
            yield from _sheet(book, form, columns, _Filling(name, known, frozenset(unique)), after)


def spelled(cells: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """A header's cells as unique names, in the spelling of those that the mapping names."""
    ours = {fold(column): column for column in columns}
    return tuple(ours.get(fold(name), name) for name in unique_names(cells))


def _csv(path: Path, form: TableForm, columns: Sequence[str], after: int) -> Iterator[CsvLine]:
    encoding = settled_encoding(path, form.encoding or "auto")
    header: tuple[str, ...] = ()
    for number, cells in enumerate(records(path, encoding, DELIMITERS[form.delimiter or "comma"]), 1):
        if number == form.header_row:
            header = spelled(trimmed(cells), columns)
        elif number > max(form.header_row, after):
            yield line_of(number, header, cells)


def trimmed(cells: list[str]) -> list[str]:
    """Without the empty ones at the end."""
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return cells[:width]


class _Filling(NamedTuple):
    """What is known of a sheet before its rows are read."""

    sheet: str
    merges: list[Merge]
    unique: frozenset[str]


def _sheet(book: Book, form: TableForm, columns: Sequence[str], known: _Filling, after: int) -> Iterator[CsvLine]:
    name, merges, unique = known
    names = spelled(header_names(first_rows(book, name), form.header_row, merges), columns)
    if not names:
        raise BrokenTable(reason("workbook.header_empty", sheet=name, row=str(form.header_row)))
    places = frozenset(n for n, column in enumerate(names) if column in unique)
    fills = Fills([merge for merge in merges if merge.top > form.header_row], places)
    used = frozenset(columns)
    for row in book.rows(name, book.parser()):
        if row.number > form.header_row:
            full = fills.of(row)
            if row.number > after:
                if len(names) < len(full.cells) <= COLUMNS_MOST:
                    names = _wider(names, len(full.cells))
                yield sheet_line(full, names, used)


def _wider(names: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Columns right of the header are called after their letters."""
    return unique_names([*names, *[""] * (width - len(names))])


def sheet_line(row: SheetRow, names: tuple[str, ...], used: frozenset[str]) -> CsvLine:
    """A workbook's row as a record; `used` are the columns whose cells can be faults, none named is all."""
    cells = row.cells
    if cells and len(cells[0]) == len(EXAMPLE) and cells[0].casefold() == EXAMPLE:
        return CsvLine(row.number, None, example=True)
    if len(cells) > COLUMNS_MOST:
        why = encode_reason(reason("row.too_wide", width=len(cells), most=COLUMNS_MOST))
        return CsvLine(row.number, {ROW_FAULT: why, "isi": cells[:COLUMNS_MOST]})
    if len(cells) < len(names):
        cells = cells + [""] * (len(names) - len(cells))
    if NOT_AVAILABLE in cells:
        cells = ["" if cell == NOT_AVAILABLE else cell for cell in cells]
    payload = dict(zip(names, cells, strict=True))
    if row.faults and (faults := _faults(row.faults, names, used)):
        every = tuple(reason("cell.fault", columns=(column,), fault=fault) for column, fault in faults.items())
        fault = encode_reason(reason("row.cells", faults=every))
        return CsvLine(row.number, {ROW_FAULT: fault, **payload}, faults=faults)
    return CsvLine(row.number, payload)


def _faults(
    faults: Mapping[int, Reason | str], names: tuple[str, ...], used: frozenset[str]
) -> dict[str, Reason | str]:
    named = {names[place]: fault for place, fault in sorted(faults.items()) if place < len(names)}
    return {column: fault for column, fault in named.items() if not used or column in used}
