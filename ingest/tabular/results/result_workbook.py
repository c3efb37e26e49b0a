"""The result as a workbook: the input as it was, and beside each row what became of it.

Every cell is written as a text, so nothing in it is a formula or a link. Rows keep their numbers; what a sheet has no
room for goes on in a further one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from errno import EIO
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from data.texts import LANGUAGES, texts
from ingest.tabular.detection.rows import spelled, trimmed
from ingest.tabular.detection.sheet_scan import first_rows
from ingest.tabular.mapping.cell_errors import columns_of
from ingest.tabular.readers.csv_table import (
    DELIMITERS,
    BrokenTable,
    digest_of,
    find_head,
    head_records,
    records,
    settled_encoding,
)
from ingest.tabular.readers.model import TableForm, letters
from ingest.tabular.readers.sheet_parser import CELLS_MOST
from ingest.tabular.readers.workbook import open_workbook
from ingest.tabular.readers.xml_reader import ROWS_MOST
from ingest.tabular.results.result_file import SUMMARY, TITLE, ResultFile, Row, share_like

_TEXT_MOST = 32_767
_COLOURS: Mapping[str, str] = {
    "ditolak": "#F8CBAD",
    "baru": "#E2EFDA",
    "diperbarui": "#DDEBF7",
    "digabung": "#DDEBF7",
    "dilewati": "#EDEDED",
    "kosong": "#EDEDED",
}
"""Behind a row's result; of a fault's cells that of 'ditolak', darker."""
_FAULT = "#F4B084"

_Numbered = Sequence[tuple[int, list[str]]]


class ResultWorkbook(ResultFile):
    """Grows as the CSV result does, remarks as reasons; when it is complete it becomes a workbook."""

    suffix = ".hasil.xlsx"

    def __init__(self, source: Path, digest: str, delimiter: str = ",", form: TableForm | None = None) -> None:
        super().__init__(source, digest, delimiter)
        self._digest, self._form = digest, form

    def publish(self) -> None:
        """Raises OSError. When the input is not there to be copied any more, the lines alone are written."""
        try:
            if digest_of(self._source) != self._digest:
                raise FileNotFoundError
            form = self._form or TableForm(kind="xlsx")
            write_workbook(self._source, form, self.rows(), self.path, self.summary())
        except (BrokenTable, FileNotFoundError):
            write_rows(self.rows_and_summary(), self.path)
        share_like(self._source, self.path)

    def write_one(self, row: Row) -> None:
        """Raises OSError."""
        write_rows([row], self.path)
        share_like(self._source, self.path)


def write_workbook(
    path_in: Path, form: TableForm, outcomes: Iterable[Row], path_out: Path, summary: Sequence[Row] = ()
) -> None:
    """Write it, whole or not at all. `outcomes` are in the order of their rows; a row without one says nothing.

    `summary`: what is to be said of many rows, on a sheet of its own behind the others.

    Raises BrokenTable when the input cannot be read any more, OSError when the output cannot be written.
    """
    with _new_workbook(path_out) as book:
        writer = _SheetWriter(book, form.sheet or "Laporan", form)
        if form.kind == "csv":
            encoding = settled_encoding(path_in, form.encoding or "auto")
            delimiter = DELIMITERS[form.delimiter or "comma"]
            head = list(enumerate(head_records(find_head(path_in, encoding), delimiter), 1))
            writer.write(head, enumerate(records(path_in, encoding, delimiter), 1), outcomes)
        else:
            with open_workbook(path_in) as source:
                name = form.sheet or source.visible[0]
                head = [(row.number, row.cells) for row in first_rows(source, name)]
                every = ((row.number, row.cells) for row in source.rows(name, source.parser()))
                writer.write(head, every, outcomes)
        if summary:
            sheet = book.add_worksheet(free_name(SUMMARY, book))
            sheet.set_column(0, 0, 120)
            for place, row in enumerate(summary):
                sheet.write_string(place, 0, _remark_text(row))


def free_name(name: str, book: Workbook) -> str:
    """A name that no sheet of the book has."""
    taken = {sheet.name.casefold() for sheet in book.worksheets()}
    return next(each for n in count(1) if (each := name if n == 1 else f"{name} {n}").casefold() not in taken)


def write_rows(rows: Iterable[Row], path_out: Path) -> None:
    """A workbook of results without the input: of a file as a whole, or of one that is gone. Raises OSError."""
    with _new_workbook(path_out) as book:
        sheet = book.add_worksheet("hasil")
        sheet.set_column(2, 2, 12)
        sheet.set_column(3, 3, 100)
        sheet.write_row(0, 0, TITLE, book.add_format({"bold": True}))
        for place, row in enumerate(islice(rows, ROWS_MOST - 1), 1):
            for column, text in enumerate((str(row.number), row.external_id, row.result, _remark_text(row))):
                sheet.write_string(place, column, text[:_TEXT_MOST])


@contextmanager
def _new_workbook(path: Path) -> Iterator[Workbook]:
    """A workbook that takes its place when it is complete."""
    temporary = path.with_name(f".{path.name.removeprefix('.')}.tmp")
    with TemporaryDirectory(prefix="batt-hasil-") as scratch:
        book = Workbook(str(temporary), {"constant_memory": True, "strings_to_urls": False, "tmpdir": scratch})
        try:
            yield book
            book.close()
        except XlsxWriterException as wrong:
            raise OSError(EIO, str(wrong)) from wrong
        finally:
            book.fileclosed = True
            for sheet in book.worksheets():
                sheet._opt_close()
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


class _SheetWriter:
    """What is written on."""

    def __init__(self, book: Workbook, name: str, form: TableForm) -> None:
        self._book, self._name, self._form = book, sheet_name(name), form
        self._bold = book.add_format({"bold": True, "bg_color": "#D9D9D9"})
        self._fault = book.add_format({"bg_color": _FAULT})
        self._colours = {word: book.add_format({"bg_color": colour}) for word, colour in _COLOURS.items()}
        self._sheets: list[Worksheet] = []
        self._names: tuple[str, ...] = ()
        self._width = 0

    def write(self, head: _Numbered, every: Iterable[tuple[int, list[str]]], outcomes: Iterable[Row]) -> None:
        """All rows; `head`: the first few of them, by which the table's width is known."""
        header = next((cells for number, cells in head if number == self._form.header_row), [])
        self._names = spelled(trimmed(header), ())
        self._width = min(max([len(self._names), *(len(trimmed(cells)) for _, cells in head)]), CELLS_MOST - 2)
        coming = iter(outcomes)
        outcome = next(coming, None)
        self._sheet(0)
        for number, cells in every:
            while outcome is not None and outcome.number < number:
                outcome = next(coming, None)
            self._row(number, cells, outcome if outcome is not None and outcome.number == number else None)

    def _row(self, number: int, cells: list[str], outcome: Row | None) -> None:
        sheet, place = self._sheet((number - 1) // ROWS_MOST), (number - 1) % ROWS_MOST
        title = number == self._form.header_row
        faulty = self._faulty(outcome)
        for column, text in enumerate(cells[: CELLS_MOST - 2]):
            form = self._bold if title else self._fault if column in faulty else None
            if text or form is not None:
                at = column if column < self._width else column + 2
                sheet.write_string(place, at, text[:_TEXT_MOST], form)
        for column in faulty:
            if column >= len(cells):
                sheet.write_blank(place, column, None, self._fault)
        if title:
            sheet.write_string(place, self._width, "hasil", self._bold)
            sheet.write_string(place, self._width + 1, "keterangan", self._bold)
        elif outcome is not None:
            colour = self._colours.get(outcome.result)
            sheet.write_string(place, self._width, outcome.result, colour)
            sheet.write_string(place, self._width + 1, _remark_text(outcome), colour)

    def _faulty(self, outcome: Row | None) -> frozenset[int]:
        if outcome is None or outcome.result != "ditolak":
            return frozenset()
        named = columns_of(outcome.remark, self._names, self._form.mapping)
        return frozenset(self._names.index(name) for name in named)

    def _sheet(self, n: int) -> Worksheet:
        while n >= len(self._sheets):
            again = f" ({len(self._sheets) + 1})" if self._sheets else ""
            sheet = self._book.add_worksheet(f"{self._name[: 31 - len(again)]}{again}")
            sheet.set_column(0, self._width - 1, 16)
            sheet.set_column(self._width, self._width, 12)
            sheet.set_column(self._width + 1, self._width + 1, 80)
            sheet.ignore_errors({"number_stored_as_text": f"A1:{letters(self._width + 1)}{ROWS_MOST}"})
            if not self._sheets:
                sheet.freeze_panes(self._form.header_row, 0)
            self._sheets.append(sheet)
        return self._sheets[n]


def _remark_text(row: Row) -> str:
    return texts(LANGUAGES[0]).sentence(row.remark)[:_TEXT_MOST]


def sheet_name(text: str) -> str:
    """A name that a workbook takes for a sheet."""
    plain = "".join(" " if letter in "[]:*?/\\" or letter < " " else letter for letter in text).strip(" '")[:31]
    return plain if plain and plain.casefold() != "history" else "Laporan"
