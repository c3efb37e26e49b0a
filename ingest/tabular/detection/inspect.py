"""What a file that somebody handed over is: how it is written, where its header is, what its first rows say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ingest.tabular.detection.first_rows import FirstRows
from ingest.tabular.detection.header import header_place
from ingest.tabular.detection.rows import spelled, trimmed
from ingest.tabular.detection.separators import separated
from ingest.tabular.detection.sheet_scan import best_sheet, look_at, place_of, told
from ingest.tabular.readers.archive import is_zip, refuse_others
from ingest.tabular.readers.cell_values import NOT_AVAILABLE
from ingest.tabular.readers.csv_table import DELIMITERS, BrokenTable, digest_of, find_head, head_records, records
from ingest.tabular.readers.encoding import encoding_of
from ingest.tabular.readers.model import COLUMNS_MOST, SAMPLE, Sheets, TableForm, letters, unique_names
from ingest.tabular.readers.workbook import Book, opened

_ENCODINGS = frozenset({"utf-8", "utf-16", "cp1252"})


def inspect(path: Path, name: str, form: TableForm | None = None) -> Sheets:
    """Look through a file; `form`: as a person wants it read, instead of guessing.

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
        delimiter, first, said = form.delimiter, head_records(head, DELIMITERS[form.delimiter]), ""
    else:
        delimiter, first, said = separated(head)
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
                sample.append(_wide(cells, len(header)))
            if not kept.is_full:
                kept.add(number, cells)
    _check(header, header_row)
    mapping = form.mapping if form is not None else None
    found = TableForm(kind="csv", encoding=encoding, delimiter=delimiter, header_row=header_row, mapping=mapping)
    why = tuple(each for each in (evidence, said, _where(header_row)) if each)
    warnings, digest = tuple(_doubts(header)), digest_of(path)
    table = unique_names(header), tuple(sample), tuple(kept.kept), count
    return Sheets(path, name, digest, "csv", found, why, (), *table, warnings)


def _encoding(path: Path, form: TableForm | None) -> tuple[str, str]:
    if form is not None and form.encoding is not None:
        if form.encoding not in _ENCODINGS:
            raise BrokenTable(f"encoding {form.encoding!r} tidak dikenal; yang ada: {', '.join(sorted(_ENCODINGS))}")
        return form.encoding, ""
    found = encoding_of(path)
    if not found.name:
        raise BrokenTable(found.said)
    return found.name, f"Encoding {found.name}: {found.said}"


def _workbook(path: Path, name: str, form: TableForm | None) -> Sheets:
    with opened(path) as book:
        sheet = form.sheet if form is not None and form.sheet is not None else best_sheet(book)
        facts = look_at(book, sheet)
        place = place_of(facts).place
        guess = facts.head[place].number if place < len(facts.head) else 1
        header_row = form.header_row if form is not None else guess
        header = facts.header(header_row)
        under = facts.under(header_row)
        width = max([len(header), *(len(row.cells) for row in under)])
        _check(header + [""] * (width - len(header)), header_row)
        columns = spelled(header + [""] * (width - len(header)), ())
        sample = tuple(_wide([_said(cell) for cell in row.cells], width) for row in islice(under, SAMPLE))
        count = facts.count - (len(facts.head) - len(under))
        mapping = form.mapping if form is not None else None
        found = TableForm(kind="xlsx", sheet=sheet, header_row=header_row, mapping=mapping)
        why = (f"Lembar {sheet!r}: {count} baris di bawah judul kolom.", _where(header_row))
        warnings = (*_of_book(book), *told(facts, header_row), *_doubts(header))
        first = FirstRows(columns)
        for row, said in zip(under, facts.shared(header_row), strict=True):
            first.add_row(row, {place: fault for place, fault in said.items() if fault != row.faults.get(place)})
        table = columns, sample, tuple(first.kept), count
        merges = tuple(merge.name for merge in facts.merges)
        told_of = *table, tuple(warnings), merges, facts.labels(header_row)
        return Sheets(path, name, digest_of(path), "xlsx", found, why, book.visible, *told_of)


def _said(cell: str) -> str:
    return "" if cell == NOT_AVAILABLE else cell


def _of_book(book: Book) -> Iterator[str]:
    if book.archive.macros:
        yield "Buku kerja berisi makro; makro tidak pernah dijalankan."
    if book.archive.links:
        yield "Tautan ke berkas lain diabaikan."
    if book.archive.embedded:
        yield "Berkas yang disisipkan di dalam buku kerja diabaikan."
    if hidden := [sheet.name for sheet in book.sheets if not sheet.visible]:
        yield f"Lembar tersembunyi tidak ditawarkan: {', '.join(hidden[:5])}."
    if book.is_1904:
        yield "Buku kerja ini menghitung tanggal dari tahun 1904; angka hari tanpa format tanggal tidak dapat dibaca."


def _where(header_row: int) -> str:
    above = f" {header_row - 1} baris di atasnya (judul, keterangan) dilewati." if header_row > 1 else ""
    return f"Judul kolom di baris {header_row}.{above}"


def _check(header: list[str], header_row: int) -> None:
    if not any(letter.isalnum() for cell in header for letter in cell):
        raise BrokenTable(f"baris {header_row} kosong, padahal seharusnya judul kolom; berkas ini tidak berisi tabel")
    if len(header) > COLUMNS_MOST:
        raise BrokenTable(f"judul berisi {len(header)} kolom, paling banyak {COLUMNS_MOST}; hapus kolom yang tak perlu")


def _doubts(header: list[str]) -> Iterator[str]:
    """Names that had to be changed."""
    empty = [letters(n) for n, cell in enumerate(header) if not cell.strip()]
    if empty:
        yield f"Kolom tanpa judul: {', '.join(empty[:10])}."
    names = [" ".join(cell.split()) for cell in header]
    changed = [new for old, new in zip(names, unique_names(header), strict=True) if old and new != old]
    if changed:
        yield f"Judul kolom yang muncul dua kali dibedakan: {', '.join(changed[:10])}."


def _wide(cells: list[str], width: int) -> tuple[str, ...]:
    return tuple(cells[:width]) + ("",) * (width - len(cells))
