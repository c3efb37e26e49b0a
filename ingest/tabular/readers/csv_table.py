"""Reading CSV files: the whole file is inspected before any row is taken, then it is read row by row.

A file is whole or it is refused: encoding, NUL, header, quotes. A row is whole or it is handed on with its fault.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from data.domain.reasons import Reason, encode_reason, reason
from data.texts import ReasonError
from ingest.settings import SettingsModel
from ingest.tabular.mapping.columns import fold
from ingest.tabular.readers.encoding import LINE_MOST, UTF8, UTF16, encoding_of, lines

ROW_FAULT = "_baris"
"""The key of a payload that is no row: what is wrong with it, as the store keeps reasons."""
EXAMPLE = "contoh"
"""The first cell of a template's example row, which is nobody's report."""
HEAD = 40
"""Records among which the header is searched: titles and blank lines may stand above it."""

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_BOM = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"PK\x03\x04": reason("file.workbook_as_csv"),
    b"\xd0\xcf\x11\xe0": reason("file.xls_as_csv"),
}


class BrokenTable(ReasonError, ValueError):
    """A file that is no table we can read; the reason says why and what to do."""


class TableFormat(SettingsModel):
    """How a CSV file is written."""

    encoding: Literal["auto", "utf-8", "cp1252", "utf-16"] = "auto"
    """auto: found out; utf-8 with or without BOM; Windows' Western code page; UTF-16 with BOM."""
    delimiter: Literal["auto", "comma", "semicolon", "tab", "pipe"] = "auto"
    """auto: the one with which the header has the most columns of the mapping."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was inspected and can be read to its end."""

    path: Path
    digest: str
    """SHA-256 of its content, hex."""
    encoding: str
    """'' of a workbook."""
    delimiter: str
    """Of a workbook that of its result as it grows."""
    header: tuple[str, ...]
    """The columns, in the mapping's spelling where it names them."""
    rows: int
    """The number of its last row less that of the header: all rows under it, blank ones too. The last one of a workbook
    may say nothing."""
    stamp: tuple[int, int]
    """Size and time of change when it was inspected; when the stamp differs, the content has changed."""
    header_row: int = 1
    sheet: str | None = None
    """The sheet of a workbook; None of CSV."""
    merges: tuple[str, ...] = ()
    """Of a workbook's sheet: A5:A7 and so on."""


@dataclass(frozen=True, slots=True)
class CsvLine:
    """One record of the table."""

    number: int
    """As a spreadsheet counts: the first is 1."""
    payload: Mapping[str, Any] | None
    """Cells by column, or ROW_FAULT and the cells; None for a blank row and for a template's example."""
    example: bool = False
    faults: Mapping[str, Reason | str] = field(default_factory=dict)
    """Of a workbook's row: what is wrong with a cell, by its column; all of it stands in ROW_FAULT, too."""


def stamp_of(path: Path) -> tuple[int, int]:
    """Size in bytes and time of change in ns. Raises OSError."""
    stat = path.stat()
    return stat.st_size, max(stat.st_mtime_ns, stat.st_ctime_ns)


def digest_of(path: Path) -> str:
    """SHA-256 of its content, hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inspect_csv(path: Path, form: TableFormat, columns: Sequence[str], needed: Sequence[str]) -> Table:
    """Read the whole file twice. Raises BrokenTable; OSError when it cannot be read.

    `columns` are those that the mapping names, `needed` those without which it cannot do.
    """
    stamp, digest = stamp_of(path), digest_of(path)
    encoding = settled_encoding(path, form.encoding)
    choices = tuple(DELIMITERS.values()) if form.delimiter == "auto" else (DELIMITERS[form.delimiter],)
    delimiter, header_row, header = _header(find_head(path, encoding), choices, columns)
    check_header(header, needed)
    rows = sum(1 for _ in records(path, encoding, delimiter, strict=True)) - header_row
    return Table(path, digest, encoding, delimiter, header, rows, stamp, header_row)


def settled_encoding(path: Path, encoding: str) -> str:
    """The encoding, found out where it is `auto`. Raises BrokenTable for what is no text of one encoding; OSError."""
    with path.open("rb") as file:
        start = file.read(4)
    for mark, why in _NOT_TEXT.items():
        if start.startswith(mark):
            raise BrokenTable(why)
    if encoding != "auto":
        return encoding
    found = encoding_of(path)
    if not found.name:
        raise BrokenTable(found.reason)
    return found.name


def lines_of(table: Table, skip: int = 0) -> Iterator[CsvLine]:
    """The records under the header from number `skip` (0: all of them) on; flat in memory."""
    first = table.header_row + 1 + skip
    for number, cells in enumerate(records(table.path, table.encoding, table.delimiter), 1):
        if number >= first:
            yield line_of(number, table.header, cells)


def line_of(number: int, header: tuple[str, ...], cells: list[str]) -> CsvLine:
    """A record under the header."""
    if cells and len(cells[0]) == len(EXAMPLE) and cells[0].casefold() == EXAMPLE:
        return CsvLine(number, None, example=True)
    return CsvLine(number, _payload(header, cells))


def _payload(header: tuple[str, ...], cells: list[str]) -> Mapping[str, Any] | None:
    if len(cells) == len(header):
        return dict(zip(header, cells, strict=True)) if any(cells) else None
    if not any(cell.strip() for cell in cells):
        return None
    extra = cells[len(header) :]
    if len(cells) > len(header) and not any(cell.strip() for cell in extra):
        return dict(zip(header, cells, strict=False))
    return {ROW_FAULT: encode_reason(reason("row.wrong_width", width=len(cells), expected=len(header))), "isi": cells}


def records(path: Path, encoding: str, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    """All records, header and what stands above it too. Raises BrokenTable; `strict`: also for unmatched quotes."""
    reader = csv.reader(text_lines(path, encoding), delimiter=delimiter, strict=strict)
    number = 0
    try:
        for cells in reader:
            number += 1
            yield cells
    except csv.Error as wrong:
        raise BrokenTable(reason("table.quotes", row=str(number + 1), error=str(wrong))) from None


def text_lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines as text. Raises BrokenTable with the number of the line that cannot be read."""
    for number, text in _utf16_lines(path) if encoding == UTF16 else _byte_lines(path, encoding):
        if "\x00" in text:
            raise BrokenTable(reason("table.nul", row=str(number)))
        if len(text) >= LINE_MOST:
            raise BrokenTable(reason("table.line_too_long", row=str(number), most=LINE_MOST))
        yield text


def _byte_lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    for number, line in lines(path):
        try:
            yield number, (line.removeprefix(_BOM) if number == 1 and encoding == UTF8 else line).decode(encoding)
        except UnicodeDecodeError as wrong:
            where = {"row": str(number), "byte": str(wrong.start + 1)}
            raise BrokenTable(reason("table.not_encoded", encoding=encoding, **where)) from None


def _utf16_lines(path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    with path.open(encoding=UTF16, newline="") as file:
        try:
            while text := file.readline(LINE_MOST):
                number += 1
                yield number, text
        except UnicodeError as wrong:
            raise BrokenTable(reason("table.not_utf16", row=str(number), error=str(wrong))) from None


def find_head(path: Path, encoding: str) -> list[str]:
    """The first lines, among which the header is."""
    head = []
    for text in text_lines(path, encoding):
        head.append(text)
        if len(head) >= HEAD:
            break
    return head


def head_records(head: list[str], delimiter: str) -> list[list[str]]:
    """The first lines as records, as far as they are some. Raises BrokenTable when not even the first is."""
    found: list[list[str]] = []
    try:
        found.extend(csv.reader(head, delimiter=delimiter))
    except csv.Error as wrong:
        if not found:
            raise BrokenTable(reason("table.bad_header", error=str(wrong))) from None
    return found


def _header(head: list[str], choices: Sequence[str], columns: Sequence[str]) -> tuple[str, int, tuple[str, ...]]:
    """Delimiter, number and columns of the header: the first record with the most columns of the mapping."""
    ours = {fold(column): column for column in columns}
    best, delimiter, header_row = (-1, 0, -1), choices[0], 1
    header: tuple[str, ...] = ()
    for choice in choices:
        for n, cells in enumerate(head_records(head, choice)):
            names = column_names(cells, ours)
            score = (sum(name in columns for name in names), -n, len(names))
            if score > best:
                best, delimiter, header_row, header = score, choice, n + 1, names
    return delimiter, header_row, header


def column_names(cells: Sequence[str], ours: Mapping[str, str]) -> tuple[str, ...]:
    """A header's cells as names of columns; `ours`: by folded name the mapping's spelling."""
    names = tuple(ours.get(fold(cell), cell.strip()) for cell in cells)
    while names and not names[-1]:
        names = names[:-1]
    return names


def check_header(header: tuple[str, ...], needed: Sequence[str]) -> None:
    """Whether it has every column that is needed, each once. Raises BrokenTable."""
    missing = [column for column in needed if column not in header]
    if not header or len(missing) == len(needed):
        raise BrokenTable(reason("table.no_header", rows=HEAD, columns=tuple(needed)))
    if missing:
        raise BrokenTable(reason("table.columns_missing", columns=tuple(missing), given=tuple(header)))
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise BrokenTable(reason("table.columns_twice", columns=tuple(twice)))
