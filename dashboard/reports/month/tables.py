"""What a report's tables hold. Every document is drawn from the same tables, so that all of them say the same.

A table has codes, numbers and moments only, and no word of a language. `flat` gives its plain columns: what CSV, JSON,
the workbook and the attached rows hold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

TOTAL = "total"
"""The key of a table's last row, the sum of the others."""


class Kind(StrEnum):
    """What a column's cells are."""

    TEXT = "text"
    """A code of a case, a state: a word that is no number."""
    COUNT = "count"
    SHARE = "share"
    """A Share: how many of how many."""
    WORKING = "working"
    """A Duration in working time of the case's own calendar."""
    ELAPSED = "elapsed"
    """A Duration in wall-clock time."""
    DAY = "day"
    NUMBER = "number"
    """A number with two decimals."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    of: int


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole seconds, of working time or of the clock. `over`: longer than this, by how much cannot be told yet."""

    seconds: int
    working: bool = False
    over: bool = False


Cell = int | float | str | date | Share | Duration | None
"""None: no data, which is not 0."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; its title is the text `report.column.NAME`."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the code of what it is about, and a cell for each column."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its title is the text `report.table.NAME`."""

    name: str
    of: str
    """What its keys are: agency, category, village, source, class ..., see `Labels`."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    published: bool = False
    """Whether it is given out as open data. Then its counts add up to its row `total`."""

    def column(self, name: str) -> int:
        """Its place. Raises KeyError."""
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place
        raise KeyError(name)

    def row(self, key: str) -> Row:
        """The row of a key. Raises KeyError."""
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(key)

    def cell(self, key: str, name: str) -> Cell:
        """One cell. Raises KeyError."""
        return self.row(key).cells[self.column(name)]


def counts(*names: str) -> tuple[Column, ...]:
    """Columns of counts."""
    return tuple(Column(name, Kind.COUNT) for name in names)


PARTS: dict[Kind, tuple[str, ...]] = {
    Kind.SHARE: ("_part", "_of"),
    Kind.WORKING: ("_working_s", "_over"),
    Kind.ELAPSED: ("_s", "_over"),
}
"""The plain columns of a kind, after the column's name; a kind that is missing has one, by its name."""


def flat_columns(table: Table) -> tuple[str, ...]:
    """The names of the plain columns: the key's first."""
    return (table.of, *(column.name + end for column in table.columns for end in PARTS.get(column.kind, ("",))))


def flat_row(table: Table, row: Row) -> tuple[Any, ...]:
    """The plain values: texts, whole numbers, numbers with two decimals, days as 2026-10-01, true, None."""
    return (
        row.key,
        *(value for column, cell in zip(table.columns, row.cells, strict=True) for value in _flat(column, cell)),
    )


def _flat(column: Column, cell: Cell) -> tuple[Any, ...]:
    if cell is None:
        return (None,) * len(PARTS.get(column.kind, ("",)))
    if isinstance(cell, Share):
        return cell.part, cell.of
    if isinstance(cell, Duration):
        return cell.seconds, cell.over
    if isinstance(cell, date):
        return (cell.isoformat(),)
    return (round(cell, 2) if isinstance(cell, float) else cell,)


def canonical_rows(tables: Iterable[Table]) -> list[dict[str, Any]]:
    """Every row of every table with its plain values, in order."""
    return [
        {"table": table.name, **dict(zip(flat_columns(table), flat_row(table, row), strict=True))}
        for table in tables
        for row in table.rows
    ]


def canonical_json(value: object) -> str:
    """The one way to write it: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def rows_hash(rows: Sequence[dict[str, Any]]) -> str:
    """SHA-256 over the canonical rows."""
    return hashlib.sha256(canonical_json(list(rows)).encode()).hexdigest()
