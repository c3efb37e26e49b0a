"""The first rows of a table, kept when it is inspected, so that the preview does not read the file again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from data.domain.reasons import Reason, decode_reason, encode_reason
from ingest.tabular.detection.rows import sheet_line, spelled
from ingest.tabular.readers.cell_values import SheetRow
from ingest.tabular.readers.csv_table import ROW_FAULT, CsvLine, line_of
from ingest.tabular.readers.model import COLUMNS_MOST, FirstRow, Sheets

FIRST = 20
"""Rows that are kept."""
TEXT_MOST = 5_000
"""Letters of a cell that are kept; no field of a report takes so many."""
LETTERS_MOST = 500_000
"""Letters of all kept rows together; of longer ones fewer are kept."""


class FirstRows:
    """Grows row by row until it is full."""

    def __init__(self, names: Sequence[str]) -> None:
        """names: of the header's cells, made unique."""
        self.kept: list[FirstRow] = []
        self._names, self._letters = tuple(names), 0

    @property
    def is_full(self) -> bool:
        """Nothing more is kept."""
        return len(self.kept) >= FIRST or self._letters >= LETTERS_MOST

    def add(self, number: int, cells: list[str]) -> None:
        """A record of CSV, unless it is blank or a template's example."""
        self._add(line_of(number, self._names, cells), cells)

    def add_row(self, row: SheetRow, shared: Mapping[int, Reason | str]) -> None:
        """A workbook's row; `shared` as in FirstRow."""
        self._add(sheet_line(row, self._names, frozenset()), row.cells, row.faults, shared)

    def _add(
        self,
        line: CsvLine,
        cells: list[str],
        faults: Mapping[int, Reason | str] | None = None,
        shared: Mapping[int, Reason | str] | None = None,
    ) -> None:
        if self.is_full or line.payload is None:
            return
        fault = decode_reason(line.payload[ROW_FAULT]) if isinstance(line.payload.get("isi"), list) else None
        texts = tuple(cell[:TEXT_MOST] for cell in cells[:COLUMNS_MOST])
        self._letters += sum(map(len, texts))
        self.kept.append(
            FirstRow(number=line.number, cells=texts, fault=fault, faults=faults or {}, shared=shared or {})
        )


def first_lines(sheets: Sheets, columns: Sequence[str], *, unique: Sequence[str] = ()) -> Iterator[CsvLine]:
    """The first lines of `rows` that are not empty, as far as they were kept; see there for the arguments."""
    names, used = spelled(sheets.columns, columns), frozenset(columns)
    for row in sheets.first:
        if row.fault is not None:
            yield CsvLine(row.number, {ROW_FAULT: encode_reason(row.fault), "isi": list(row.cells)})
        elif sheets.kind == "csv":
            yield line_of(row.number, names, list(row.cells))
        else:
            shared = {place: fault for place, fault in row.shared.items() if names[place] in unique}
            yield sheet_line(SheetRow(row.number, list(row.cells), {**row.faults, **shared}, False), names, used)
