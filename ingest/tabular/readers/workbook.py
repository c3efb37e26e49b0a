"""A workbook opened for reading: its sheets, and their rows as texts.

openpyxl reads the list of sheets and knows what number formats show; texts and rows, which may be many, are read by
`parser`.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from data.domain.reasons import reason
from ingest.tabular.readers.archive import HELD_MOST, Archive, ZipParts, check
from ingest.tabular.readers.cell_values import EPOCH_1900, EPOCH_1904, SheetRow, Style
from ingest.tabular.readers.csv_table import BrokenTable
from ingest.tabular.readers.sheet_parser import SheetParser
from ingest.tabular.readers.xml_reader import Outline, read_outline, read_strings

_SHEETS_MOST = 1_000
_CODE_MOST = 255
"""Signs of a number format, as spreadsheets have it; openpyxl takes for ever to tell whether a long one shows dates."""
_BROKEN = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    SyntaxError,  # of XML
    RecursionError,
    NotImplementedError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What openpyxl and zipfile stumble over in a workbook that no spreadsheet wrote."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet, and where in the archive it is."""

    name: str
    part: str
    visible: bool


class Book:
    """An open workbook; closed by `open_workbook`."""

    def __init__(self, path: Path, archive: Archive, parts: ZipParts) -> None:
        """Raises what openpyxl raises."""
        from openpyxl.reader.excel import ExcelReader  # of a tenth of a second: no start waits for it
        from openpyxl.utils.datetime import MAC_EPOCH
        from openpyxl.xml.constants import SHARED_STRINGS

        self.path, self.archive = path, archive
        self._parts, self._outlines = parts, dict[str, Outline]()
        with path.open("rb") as file:  # by its content, whatever its name ends in
            reader: Any = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        reader.archive = parts
        reader.read_manifest()
        reader.read_workbook()
        self._strings_part = reader.package.find(SHARED_STRINGS)
        self.is_1904 = reader.wb.epoch == MAC_EPOCH
        self._style = _style(parts, EPOCH_1904 if self.is_1904 else EPOCH_1900)
        self.sheets = tuple(_sheets(reader.parser, set(parts.namelist())))

    @property
    def visible(self) -> tuple[str, ...]:
        """Names of the sheets that are offered."""
        return tuple(sheet.name for sheet in self.sheets if sheet.visible)

    def parser(self) -> SheetParser:
        """For one reading of one sheet."""
        return SheetParser(self._strings, self._style)

    def rows(self, name: str, parser: SheetParser) -> Iterator[SheetRow]:
        """The rows of a visible sheet that are not empty. Raises BrokenTable."""
        with self._stream(name) as file:
            yield from parser.rows(file)

    def outline(self, name: str) -> Outline:
        """Of a visible sheet; read once. Raises BrokenTable."""
        if name not in self._outlines:
            with self._stream(name) as file:
                self._outlines[name] = read_outline(file)
        return self._outlines[name]

    @contextmanager
    def _stream(self, name: str) -> Iterator[IO[bytes]]:
        part = next((sheet.part for sheet in self.sheets if sheet.visible and sheet.name == name), None)
        if part is None:
            raise BrokenTable(reason("workbook.no_sheet", sheet=name, sheets=self.visible))
        try:
            with self._parts.stream(part) as file:
                yield file
        except (zipfile.BadZipFile, zlib.error, EOFError) as wrong:
            raise _unreadable(wrong) from None

    @cached_property
    def _strings(self) -> list[str]:
        if self._strings_part is None:
            return []
        try:
            with self._parts.stream(self._strings_part.PartName[1:], HELD_MOST) as file:
                return read_strings(file)
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as wrong:
            raise _unreadable(wrong) from None


@contextmanager
def open_workbook(path: Path) -> Iterator[Book]:
    """The workbook, after its archive was checked. Raises BrokenTable; OSError when it cannot be read."""
    archive = check(path)
    with ZipParts(path) as parts:
        try:
            book = Book(path, archive, parts)
        except BrokenTable:
            raise
        except _BROKEN as wrong:
            raise _unreadable(wrong) from None
        except OSError as wrong:
            if wrong.errno is not None:
                raise
            raise _unreadable(wrong) from None  # what openpyxl says of a workbook without a list of sheets
        if not book.visible:
            raise BrokenTable(reason("workbook.nothing_visible"))
        yield book


def _sheets(parser: Any, names: set[str]) -> Iterator[SheetPart]:
    for n, (sheet, relation) in enumerate(parser.find_sheets()):
        if n >= _SHEETS_MOST:
            raise BrokenTable(reason("workbook.too_many_sheets", most=_SHEETS_MOST))
        if relation.target in names and relation.Type.endswith("/worksheet"):
            yield SheetPart(sheet.name, relation.target, sheet.state == "visible")


def _style(parts: ZipParts, epoch: datetime) -> Style:
    """Only what tells dates from other numbers: openpyxl takes no stylesheet in which a colour is wrong."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
    from openpyxl.xml.constants import ARC_STYLE, SHEET_MAIN_NS
    from openpyxl.xml.functions import fromstring

    if ARC_STYLE not in parts.namelist():
        return Style(frozenset(), frozenset(), epoch)
    root = fromstring(parts.read(ARC_STYLE))
    codes = dict(BUILTIN_FORMATS)
    for own in root.iter(f"{{{SHEET_MAIN_NS}}}numFmt"):
        codes[int(own.get("numFmtId", "0"))] = own.get("formatCode", "")[:_CODE_MOST]
    formats = [codes.get(int(cell.get("numFmtId", "0")), "") for cell in root.iterfind(f"{{{SHEET_MAIN_NS}}}cellXfs/*")]
    dates = frozenset(n for n, code in enumerate(formats) if is_date_format(code))
    return Style(dates, frozenset(n for n in dates if is_timedelta_format(formats[n])), epoch)


def _unreadable(wrong: Exception) -> BrokenTable:
    message = str(wrong).splitlines()[0][:200] if str(wrong) else type(wrong).__name__
    return BrokenTable(reason("workbook.unreadable", error=message))
