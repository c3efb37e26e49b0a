"""Inspects a file: how it is written, where its header is, its first rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from data.domain.reasons import Reason, reason
from ingest.tabular.detection.delimiter import guess_delimiter
from ingest.tabular.detection.first_rows import FirstRows
from ingest.tabular.detection.header import header_place
from ingest.tabular.detection.rows import spelled, trimmed
from ingest.tabular.detection.sheet_scan import best_sheet, header_place_of, scan_sheet, sheet_warnings
from ingest.tabular.readers.archive import is_zip, refuse_others
from ingest.tabular.readers.cell_values import NOT_AVAILABLE
from ingest.tabular.readers.csv_table import DELIMITERS, BrokenTable, digest_of, find_head, head_records, records
from ingest.tabular.readers.encoding import encoding_of
from ingest.tabular.readers.model import COLUMNS_MOST, SAMPLE, Sheets, TableForm, letters, unique_names
from ingest.tabular.readers.workbook import Book, open_workbook

_ENCODINGS = frozenset({"utf-8", "utf-16", "cp1252"})


def inspect(path: Path, name: str, form: TableForm | None = None) -> Sheets:
    """`form`: as a person wants it read, instead of guessing.

    What the file is decides its content, not its name. Raises BrokenTable with what to do; OSError.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if is_zip(start):
        return _workbook(path, name, form if form is not None and form.kind == "xlsx" else None)
    refuse_others(path, start)
    return _csv(path, name, form if form is not None and form.kind == "csv" else None)


def _csv(path: Path, name: str, form: TableForm | None) -> Sheets:
    encoding, evidence = _encoding(path, form)
    head = find_head(path, encoding)
    if form is not None and form.delimiter is not None:
        delimiter, first, separation = form.delimiter, head_records(head, DELIMITERS[form.delimiter]), None
    else:
        delimiter, first, separation = guess_delimiter(head)
    header_row = form.header_row if form is not None else header_place(first).place + 1
    header: list[str] = []
    sample: list[tuple[str, ...]] = []
    kept = FirstRows(())
    count = 0
    for number, cells in enumerate(records(path, encoding, DELIMITERS[delimiter], strict=True), 1):
        if number == header_row:
            header = trimmed(cells)
            kept = FirstRows(unique_names(header[:COLUMNS_MOST]))  # with more it is refused below
        elif number > header_row:
            count += 1
            if len(sample) < SAMPLE and any(cell.strip() for cell in cells):
                sample.append(_padded(cells, len(header)))
            if not kept.is_full:
                kept.add(number, cells)
    _check(header, header_row)
    mapping = form.mapping if form is not None else None
    found = TableForm(kind="csv", encoding=encoding, delimiter=delimiter, header_row=header_row, mapping=mapping)
    every = tuple(each for each in (evidence, separation, _where(header_row)) if each)
    warnings, digest = tuple(_doubts(header)), digest_of(path)
    table = unique_names(header), tuple(sample), tuple(kept.kept), count
    return Sheets(path, name, digest, "csv", found, every, (), *table, warnings)


def _encoding(path: Path, form: TableForm | None) -> tuple[str, Reason | None]:
    if form is not None and form.encoding is not None:
        if form.encoding not in _ENCODINGS:
            known = tuple(sorted(_ENCODINGS))
            raise BrokenTable(reason("encoding.unknown", encoding=form.encoding, known=known))
        return form.encoding, None
    found = encoding_of(path)
    if not found.name:
        raise BrokenTable(found.reason)
    return found.name, reason("encoding.is", encoding=found.name, evidence=found.reason)


def _workbook(path: Path, name: str, form: TableForm | None) -> Sheets:
    with open_workbook(path) as book:
        sheet = form.sheet if form is not None and form.sheet is not None else best_sheet(book)
        facts = scan_sheet(book, sheet)
        place = header_place_of(facts).place
        guess = facts.head[place].number if place < len(facts.head) else 1
        header_row = form.header_row if form is not None else guess
        header = facts.header(header_row)
        under = facts.under(header_row)
        width = max([len(header), *(len(row.cells) for row in under)])
        _check(header + [""] * (width - len(header)), header_row)
        columns = spelled(header + [""] * (width - len(header)), ())
        sample = tuple(_padded([_without_na(cell) for cell in row.cells], width) for row in islice(under, SAMPLE))
        count = facts.count - (len(facts.head) - len(under))
        mapping = form.mapping if form is not None else None
        found = TableForm(kind="xlsx", sheet=sheet, header_row=header_row, mapping=mapping)
        evidence = (reason("form.sheet", sheet=sheet, rows=count), _where(header_row))
        warnings = (*_of_book(book), *sheet_warnings(facts, header_row), *_doubts(header))
        first = FirstRows(columns)
        for row, shared in zip(under, facts.shared(header_row), strict=True):
            first.add_row(row, {place: fault for place, fault in shared.items() if fault != row.faults.get(place)})
        table = columns, sample, tuple(first.kept), count
        merges = tuple(merge.name for merge in facts.merges)
        rest = *table, tuple(warnings), merges, facts.labels(header_row)
        return Sheets(path, name, digest_of(path), "xlsx", found, evidence, book.visible, *rest)


def _without_na(cell: str) -> str:
    return "" if cell == NOT_AVAILABLE else cell


def _of_book(book: Book) -> Iterator[Reason]:
    if book.archive.macros:
        yield reason("sheet.macros")
    if book.archive.links:
        yield reason("sheet.links")
    if book.archive.embedded:
        yield reason("sheet.embedded")
    if hidden := [sheet.name for sheet in book.sheets if not sheet.visible]:
        yield reason("sheet.hidden", names=tuple(hidden[:5]))
    if book.is_1904:
        yield reason("sheet.dates_from_1904")


def _where(header_row: int) -> Reason:
    if header_row > 1:
        return reason("form.header_below", row=str(header_row), above=header_row - 1)
    return reason("form.header", row=str(header_row))


def _check(header: list[str], header_row: int) -> None:
    if not any(letter.isalnum() for cell in header for letter in cell):
        raise BrokenTable(reason("table.header_empty", row=str(header_row)))
    if len(header) > COLUMNS_MOST:
        raise BrokenTable(reason("table.too_many_columns", width=len(header), most=COLUMNS_MOST))


def _doubts(header: list[str]) -> Iterator[Reason]:
    """Names that had to be changed."""
    empty = [letters(n) for n, cell in enumerate(header) if not cell.strip()]
    if empty:
        yield reason("table.columns_unnamed", columns=tuple(empty[:10]))
    names = [" ".join(cell.split()) for cell in header]
    changed = [new for old, new in zip(names, unique_names(header), strict=True) if old and new != old]
    if changed:
        yield reason("table.columns_renamed", columns=tuple(changed[:10]))


def _padded(cells: list[str], width: int) -> tuple[str, ...]:
    return tuple(cells[:width]) + ("",) * (width - len(cells))
