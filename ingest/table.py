"""Reading CSV files: looked through once before anything is taken, then read row by row.

A file is whole or it is refused: encoding, NUL, header, quotes. A row is whole or it is handed on with its fault.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ingest.columns import fold
from ingest.settings import Settings

ROW_FAULT = "_baris"
"""The key of a payload that is no row: says what is wrong with it."""
FIRST_ROW = 2
"""The number of the first row under the header, as a spreadsheet counts."""

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_BOM = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"PK\x03\x04": "berkas Excel atau arsip zip",
    b"\xd0\xcf\x11\xe0": "berkas Excel lama (.xls)",
    b"\xff\xfe": "teks UTF-16",
    b"\xfe\xff": "teks UTF-16",
}


class BrokenTable(ValueError):
    """A file that is no table we can read; the text says why and what to do (Bahasa Indonesia)."""


class TableFormat(Settings):
    """How a CSV file is written."""

    encoding: Literal["utf-8", "cp1252"] = "utf-8"
    """utf-8 with or without BOM, or Windows' Western code page."""
    delimiter: Literal["auto", "comma", "semicolon", "tab", "pipe"] = "auto"
    """auto: the one with which the header has the most columns of the mapping."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was looked through and is whole."""

    path: Path
    digest: str
    """SHA-256 of its content, hex."""
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    """The columns, in the mapping's spelling where it names them."""
    rows: int
    """Records under the header, blank ones counted."""
    stamp: tuple[int, int]
    """Size and time of change when it was looked through: another stamp is another content."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the table."""

    number: int
    """As a spreadsheet counts: the header is 1."""
    payload: Mapping[str, Any] | None
    """Cells by column, or ROW_FAULT and the cells; None for a blank row."""


def stamp_of(path: Path) -> tuple[int, int]:
    """Size in bytes and time of change in ns. Raises OSError."""
    stat = path.stat()
    return stat.st_size, max(stat.st_mtime_ns, stat.st_ctime_ns)


def look_through(path: Path, form: TableFormat, columns: Sequence[str], needed: Sequence[str]) -> Table:
    """Read the whole file once. Raises BrokenTable; OSError when it cannot be read.

    `columns` are those that the mapping names, `needed` those without which it cannot do.
    """
    stamp, digest = stamp_of(path), hashlib.sha256()
    with path.open("rb") as file:
        _check_start(file.read(4))
        file.seek(0)
        lines = _texts(file, form.encoding, digest)
        first = next(lines, "")
        delimiter, header = _header(first, form, columns)
        _check_header(header, needed)
        rows = _count(csv.reader(lines, delimiter=delimiter, strict=True))
    return Table(path, digest.hexdigest(), form.encoding, delimiter, header, rows, stamp)


def lines_of(table: Table, skip: int = 0) -> Iterator[Line]:
    """The records under the header from number `skip` (0: all of them) on; flat in memory."""
    with table.path.open("rb") as file:
        reader = csv.reader(_texts(file, table.encoding), delimiter=table.delimiter)
        next(reader, None)
        for number, cells in enumerate(reader, FIRST_ROW):
            if number >= FIRST_ROW + skip:
                yield Line(number, _payload(table.header, cells))


def _payload(header: tuple[str, ...], cells: list[str]) -> Mapping[str, Any] | None:
    if len(cells) == len(header):
        return dict(zip(header, cells, strict=True)) if any(cells) else None
    if not any(cell.strip() for cell in cells):
        return None
    extra = cells[len(header) :]
    if len(cells) > len(header) and not any(cell.strip() for cell in extra):
        return dict(zip(header, cells, strict=False))
    return {ROW_FAULT: f"baris berisi {len(cells)} kolom, seharusnya {len(header)}", "isi": cells}


def _texts(file: Iterator[bytes] | Any, encoding: str, digest: Any = None) -> Iterator[str]:
    """Lines as text. Raises BrokenTable with the number of the line that cannot be read."""
    for number, line in enumerate(file, 1):
        if digest is not None:
            digest.update(line)
        try:
            text = (line.removeprefix(_BOM) if number == 1 else line).decode(encoding)
        except UnicodeDecodeError as wrong:
            raise BrokenTable(
                f"baris {number}: bukan teks {encoding} (byte {wrong.start + 1}); simpan ulang sebagai CSV UTF-8"
            ) from None
        if "\x00" in text:
            raise BrokenTable(f"baris {number}: berisi karakter NUL; simpan ulang sebagai CSV UTF-8")
        yield text


def _check_start(start: bytes) -> None:
    for mark, what in _NOT_TEXT.items():
        if start.startswith(mark):
            raise BrokenTable(f"ini {what}, bukan CSV; simpan ulang sebagai CSV UTF-8")


def _header(line: str, form: TableFormat, columns: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Delimiter and columns of the first line."""
    ours = {fold(column): column for column in columns}
    choices = _DELIMITERS.values() if form.delimiter == "auto" else [_DELIMITERS[form.delimiter]]
    found = []
    for delimiter in choices:
        cells = _cells(line, delimiter)
        names = tuple(ours.get(fold(cell), cell.strip()) for cell in cells)
        found.append((sum(name in columns for name in names), len(names), delimiter, names))
    _, _, delimiter, names = max(found, key=lambda each: each[:2])
    while names and not names[-1]:
        names = names[:-1]
    return delimiter, names


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as wrong:
        raise BrokenTable(f"baris 1: bukan judul kolom CSV ({wrong})") from None


def _check_header(header: tuple[str, ...], needed: Sequence[str]) -> None:
    missing = [column for column in needed if column not in header]
    if not header or len(missing) == len(needed):
        raise BrokenTable(f"tidak ada baris judul kolom; baris pertama harus berisi: {', '.join(needed)}")
    if missing:
        raise BrokenTable(f"kolom tidak ada: {', '.join(missing)}; yang ada: {', '.join(header)}")
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise BrokenTable(f"judul kolom muncul dua kali: {', '.join(twice)}")


def _count(reader: Any) -> int:
    """How many records follow; the quotes of all are in order."""
    rows = 0
    try:
        for _ in reader:
            rows += 1
    except csv.Error as wrong:
        raise BrokenTable(
            f"baris {rows + FIRST_ROW}: tanda kutip tidak berpasangan atau sel terlalu panjang ({wrong})"
        ) from None
    return rows
