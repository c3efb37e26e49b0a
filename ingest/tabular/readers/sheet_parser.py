"""A sheet's XML as rows of texts: what stands in its cells, and what is wrong with them.

What the sheet claims about its own size is not asked. Raises BrokenTable for what no spreadsheet writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from data.domain.reasons import Reason, reason
from ingest.tabular.readers.cell_values import (
    NO_FAULTS,
    NOT_AVAILABLE,
    SheetRow,
    Style,
    date_text,
    number_text,
    plain_text,
)
from ingest.tabular.readers.csv_table import BrokenTable
from ingest.tabular.readers.xml_reader import add_merge, feed, local, make_parser, next_row, whole

CELLS_MOST = 16_384
TEXT_MOST = 1_000_000
"""Letters of one cell; a spreadsheet allows 32,767."""
_NUMBER_MOST = 40
"""Letters of a number; a longer one is taken as it is."""
_TRUE = frozenset({"1", "true"})


@dataclass(slots=True)
class Seen:
    """What a sheet tells besides its rows; complete when all of it was read."""

    merges: list[str] = field(default_factory=list)
    """A5:A7 and so on."""
    hidden_columns: list[int] = field(default_factory=list)
    formulas: int = 0


class SheetParser:
    """One reading of one sheet."""

    def __init__(self, strings: list[str], style: Style) -> None:
        self.seen = Seen()
        self._strings, self._style = strings, style
        self._rows: list[SheetRow] = []
        self._cells: list[str] = []
        self._faults: dict[int, Reason | str] = {}
        self._pieces: list[str] = []
        self._number = self._column = self._aside = 0
        self._hidden = self._formula = False
        self._cell: Mapping[str, str] = {}
        self._columns: dict[str, int] = {}
        self._parser = make_parser()

    def rows(self, file: IO[bytes]) -> Iterator[SheetRow]:
        """Those that are not empty, in their order. Raises BrokenTable."""
        begin_cell, end_cell, begin, end_other = self._begin_cell, self._end_cell, self._begin, self._end
        parser, pieces = self._parser, self._pieces
        collect = pieces.append

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            if tag == "c":
                begin_cell(attributes)
            elif tag == "v":
                parser.CharacterDataHandler = collect
            else:
                begin(tag, attributes)

        def end(tag: str) -> None:
            if tag == "v":
                parser.CharacterDataHandler = None
            elif tag == "c":
                end_cell()
            else:
                end_other(tag)

        parser.StartElementHandler, parser.EndElementHandler = start, end
        for _ in feed(file, parser):
            if len(pieces) > 1 and sum(map(len, pieces)) > TEXT_MOST:
                raise self._too_long()
            yield from self._rows
            self._rows.clear()

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Any element but the most frequent ones."""
        name = local(tag)
        if name == "row":
            self._number, self._column = next_row(self._number, attributes), -1
            self._hidden = attributes.get("hidden") in _TRUE
            self._cells, self._faults = [], {}
        elif name == "c":
            self._begin_cell(attributes)
        elif name in ("t", "v") and not self._aside:
            self._parser.CharacterDataHandler = self._pieces.append
        elif name == "f":
            self._formula = True
            self.seen.formulas += 1
        elif name == "rPh":
            self._aside += 1
        elif name == "mergeCell":
            add_merge(self.seen.merges, attributes)
        elif name == "col":
            self._col(attributes)

    def _end(self, tag: str) -> None:
        name = local(tag)
        if name == "row":
            self._end_row()
        elif name == "c":
            self._end_cell()
        elif name in ("t", "v"):
            self._parser.CharacterDataHandler = None
        elif name == "rPh":
            self._aside -= 1

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        self._cell, self._formula = attributes, False
        address = attributes.get("r")
        self._column = self._column + 1 if address is None else self._place(address)
        if self._column >= CELLS_MOST:
            raise BrokenTable(reason("workbook.too_many_cells", row=str(self._number), most=CELLS_MOST))

    def _place(self, address: str) -> int:
        """The column of A1."""
        name = address.rstrip("0123456789")
        known = self._columns.get(name)
        if known is None:
            known = self._columns[name] = column_of(name)
            if known < 0:
                raise BrokenTable(reason("workbook.bad_cell_address", row=str(self._number), address=address[:20]))
        return known

    def _end_cell(self) -> None:
        text, pieces, kind = "", self._pieces, self._cell.get("t", "n")
        if pieces:
            text = pieces[0] if len(pieces) == 1 else "".join(pieces)
            pieces.clear()
        if text:
            text = self._cell_text(kind, text)
        elif self._formula and kind != "str":
            self._faults[self._column] = reason("cell.formula_without_result")
        else:
            return
        cells = self._cells
        gap = self._column - len(cells)
        if gap:
            if gap < 0:
                raise BrokenTable(reason("workbook.cells_unordered", row=str(self._number)))
            cells.extend([""] * gap)
        cells.append(text)

    def _too_long(self) -> BrokenTable:
        return BrokenTable(reason("workbook.cell_too_long", row=str(self._number), most=TEXT_MOST))

    def _cell_text(self, kind: str, text: str) -> str:
        """The text of a cell that is not empty."""
        if kind == "s":
            if len(text) < 10 and text.isdecimal() and (place := int(text)) < len(self._strings):
                return self._strings[place]
            raise BrokenTable(reason("workbook.no_text", row=str(self._number), text=text[:20]))
        if len(text) > TEXT_MOST:
            raise self._too_long()
        if kind == "n":
            return self._number_or_date(text, whole(self._cell.get("s", "0")))
        if kind in ("str", "inlineStr"):
            return plain_text(text)
        if kind == "b":
            return "TRUE" if text.strip() in _TRUE else "FALSE"
        if kind == "d":
            return text.removesuffix("T00:00:00")
        if text != NOT_AVAILABLE:
            self._faults[self._column] = reason("cell.error_value", value=text[:20])
        return text

    def _number_or_date(self, text: str, style: int) -> str:
        if style in self._style.dates or style in self._style.spans:
            date = None if len(text) > _NUMBER_MOST else date_text(text, self._style.epoch, style in self._style.spans)
            if date is not None:
                return date
            self._faults[self._column] = reason("cell.not_a_date", value=text[:20])
        return text if len(text) > _NUMBER_MOST or (text.isdecimal() and text.isascii()) else number_text(text)

    def _end_row(self) -> None:
        if self._faults or any(map(str.strip, self._cells)):
            self._rows.append(SheetRow(self._number, self._cells, self._faults or NO_FAULTS, self._hidden))
        self._cells = []

    def _col(self, attributes: Mapping[str, str]) -> None:
        first, last = attributes.get("min", "1"), attributes.get("max", "0")
        if attributes.get("hidden") in _TRUE:
            span = range(max(whole(first) - 1, 0), min(whole(last), CELLS_MOST))
            self.seen.hidden_columns += span[: CELLS_MOST - len(self.seen.hidden_columns)]


def column_of(name: str) -> int:
    """A is 0, XFD the last; -1 for what is no column."""
    if not 0 < len(name) <= 3 or not name.isascii() or not name.isalpha():
        return -1
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1 if number <= CELLS_MOST else -1
