"""A workbook as a Table: what a source with a mapping of its own takes, nobody being asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ingest.tabular.detection.rows import rows
from ingest.tabular.detection.sheet_scan import first_rows
from ingest.tabular.mapping.columns import MappingSettings, fold
from ingest.tabular.mapping.datetimes import ISO
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.readers.cell_values import SheetRow
from ingest.tabular.readers.csv_table import CsvLine, Table, check_header, column_names, digest_of, stamp_of
from ingest.tabular.readers.merges import Merge, header_names, merges_of
from ingest.tabular.readers.model import TableForm
from ingest.tabular.readers.workbook import Book, open_workbook

_DOTTED = "%Y-%m-%d %H.%M"
"""A date cell beside a text such as 08.30."""


class _Found(NamedTuple):
    """Of all sheets and rows the better one is the larger."""

    columns: int
    """Of the mapping, how many."""
    sheet_place: int
    row_place: int
    """Both negative: the first is the best."""
    sheet: str
    number: int


def inspect_workbook(path: Path, columns: Sequence[str], needed: Sequence[str]) -> Table:
    """Read the sheet whose header has the most columns of the mapping. Raises BrokenTable, OSError.

    `columns` are those that the mapping names, `needed` those without which it cannot do.
    """
    stamp, digest = stamp_of(path), digest_of(path)
    ours = {fold(column): column for column in columns}
    with open_workbook(path) as book:
        found = max(_headers(book, ours), default=_Found(0, 0, 0, book.visible[0], 1))
        header = column_names(
            header_names(first_rows(book, found.sheet), found.number, _merges(book, found.sheet)), ours
        )
        check_header(header, needed)
        merges, last = book.outline(found.sheet)
    under = max(last - found.number, 0)
    return Table(path, digest, "", ",", header, under, stamp, found.number, found.sheet, tuple(merges))


def _headers(book: Book, ours: dict[str, str]) -> Iterator[_Found]:
    for place, sheet in enumerate(book.visible):
        head = first_rows(book, sheet)
        merges = _merges(book, sheet) if _may_be_header(head, ours) else []
        for n, row in enumerate(head):
            names = {fold(cell) for cell in header_names(head, row.number, merges)}
            yield _Found(len(names & ours.keys()), -place, -n, sheet, row.number)


def _may_be_header(head: list[SheetRow], ours: dict[str, str]) -> bool:
    return any(fold(cell) in ours for row in head for cell in row.cells)


def _merges(book: Book, sheet: str) -> list[Merge]:
    return merges_of(book.outline(sheet).merges)


def form_of(table: Table) -> TableForm:
    """How its file is read."""
    return TableForm(kind="xlsx", sheet=table.sheet, header_row=table.header_row)


def sheet_lines(table: Table, mapping: TableMapping, skip: int) -> Iterator[CsvLine]:
    """The rows that are not empty, after the first `skip` under the header. Raises BrokenTable, OSError."""
    after = table.header_row + skip
    form, unique, merges = form_of(table), mapping.unique, table.merges
    return rows(table.path, form, mapping.columns, unique=unique, after=after, merges=merges)


def with_dates(settings: MappingSettings) -> MappingSettings:
    """The mapping that understands the dates of workbooks, too, which come as ISO 8601."""
    formats = (*settings.times.formats, *(each for each in (ISO, _DOTTED) if each not in settings.times.formats))
    return settings.model_copy(update={"times": settings.times.model_copy(update={"formats": formats})})
