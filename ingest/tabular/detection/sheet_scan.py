"""A sheet scanned once: its first rows, and what a person should know before its rows are taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from data.domain.reasons import Reason, reason
from ingest.tabular.detection.header import HeaderPlace, header_place
from ingest.tabular.readers.cell_values import SheetRow
from ingest.tabular.readers.csv_table import HEAD, BrokenTable
from ingest.tabular.readers.merges import Fills, Merge, header_names, merges_of
from ingest.tabular.readers.model import COLUMNS_MOST, SAMPLE, letters
from ingest.tabular.readers.workbook import Book

_KEPT = HEAD + SAMPLE
_ALL = frozenset(range(COLUMNS_MOST))
_SHOWN = 5


@dataclass(slots=True)
class SheetFacts:
    """What stands in a sheet."""

    name: str
    head: list[SheetRow] = field(default_factory=list)
    """The first HEAD + SAMPLE rows that are not empty."""
    merges: list[Merge] = field(default_factory=list)
    count: int = 0
    """Rows that are not empty."""
    last: int = 0
    """The number of the last of them."""
    width: int = 0
    """Columns of the widest of them."""
    hidden_rows: int = 0
    first_hidden: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    formulas: int = 0
    faults: list[str] = field(default_factory=list)
    """The first few cells that cannot be read, as B7."""
    faulty: int = 0
    """How many there are."""

    @property
    def filled(self) -> list[SheetRow]:
        """`head`, merged cells filled downwards."""
        fills = Fills(self.merges)
        return [fills.of(row) for row in self.head]

    def under(self, number: int) -> list[SheetRow]:
        """Of `head` the rows under the header in row `number`, filled by the merges that begin there."""
        fills = Fills([merge for merge in self.merges if merge.top > number])
        return [fills.of(row) for row in self.head if row.number > number]

    def shared(self, number: int) -> list[Mapping[int, Reason | str]]:
        """Of each of these rows what is wrong with it where a column tells rows apart, merged cells included."""
        fills = Fills([merge for merge in self.merges if merge.top > number], _ALL)
        return [fills.of(row).faults for row in self.head if row.number > number]

    def header(self, number: int) -> list[str]:
        """The cells of the header in row `number`. Raises BrokenTable for one that is no header."""
        names = header_names(self.head[:HEAD], number, self.merges)
        if not names:
            raise BrokenTable(reason("workbook.header_empty", sheet=self.name, row=str(number)))
        if len(names) > COLUMNS_MOST:
            width = {"width": len(names), "most": COLUMNS_MOST}
            raise BrokenTable(reason("workbook.sheet_too_wide", sheet=self.name, **width))
        return names

    def labels(self, number: int) -> tuple[str, ...]:
        """What stands in the header's own row `number`."""
        rows = (row.cells for row in self.head if row.number == number)
        return tuple(" ".join(cell.split()) for cell in next(rows, []))


def scan_sheet(book: Book, name: str) -> SheetFacts:
    """Read the whole sheet. Raises BrokenTable."""
    facts, parser = SheetFacts(name), book.parser()
    for row in book.rows(name, parser):
        _count(facts, row)
    facts.merges = merges_of(parser.seen.merges)
    facts.hidden_columns, facts.formulas = parser.seen.hidden_columns, parser.seen.formulas
    return facts


def _count(facts: SheetFacts, row: SheetRow) -> None:
    if len(facts.head) < _KEPT:
        facts.head.append(row)
    facts.count += 1
    facts.last = row.number
    facts.width = max(facts.width, len(row.cells))
    if row.hidden:
        facts.hidden_rows += 1
        if len(facts.first_hidden) < _SHOWN:
            facts.first_hidden.append(row.number)
    if row.faults:
        facts.faulty += len(row.faults)
        if len(facts.faults) < _SHOWN:
            facts.faults += [f"{letters(column)}{row.number}" for column in row.faults][:_SHOWN]


def first_rows(book: Book, name: str) -> list[SheetRow]:
    """Those among which the header is; the rest is not read."""
    return list(islice(book.rows(name, book.parser()), HEAD))


def best_sheet(book: Book) -> str:
    """The sheet whose header says most; the first where none says anything."""
    points = {name: header_place([row.cells for row in first_rows(book, name)]).points for name in book.visible}
    return max(points, key=lambda name: points[name])


def header_place_of(facts: SheetFacts) -> HeaderPlace:
    """The header's place among `facts.head`."""
    return header_place([row.cells for row in facts.filled[:HEAD]])


def sheet_warnings(facts: SheetFacts, header_row: int) -> Iterator[Reason]:
    """What a person should know of the sheet."""
    if facts.hidden_rows:
        yield reason("sheet.hidden_rows", n=facts.hidden_rows, names=_some(facts.first_hidden))
    if facts.hidden_columns:
        names = [letters(column) for column in facts.hidden_columns[:_SHOWN]]
        yield reason("sheet.hidden_columns", n=len(facts.hidden_columns), names=_some(names))
    below = [merge for merge in facts.merges if merge.bottom > header_row]
    if down := [merge.name for merge in below if merge.bottom > merge.top]:
        yield reason("sheet.cells_merged_down", names=_some(down[:_SHOWN]))
    if across := [merge.name for merge in below if merge.right > merge.left]:
        yield reason("sheet.cells_merged_across", names=_some(across[:_SHOWN]))
    if facts.formulas:
        yield reason("sheet.formulas", n=facts.formulas)
    if facts.faulty:
        yield reason("sheet.faulty_cells", n=facts.faulty, names=_some(facts.faults))


def _some(names: list[str] | list[int]) -> tuple[str, ...]:
    return (*map(str, names), *(["…"] if len(names) >= _SHOWN else []))
