"""What a report says, before it is written in a language or drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from dashboard.reports.month.tables import Cell, Table


class Name(NamedTuple):
    """A code to be told by its name: Name('agency', 'dlh')."""

    of: str
    code: str


class Points(NamedTuple):
    """A difference of two shares, in percentage points, not rounded."""

    value: float


class Level(NamedTuple):
    """A rounded amount with so many decimals."""

    value: float
    digits: int = 1


class Phrase(NamedTuple):
    """A text of the locales, by its key."""

    key: str


Value = Cell | Name | Points | Level | Phrase | datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence: the text `report.say.KEY` with its values."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one table's columns, a bar a row; its title states the finding."""

    name: str
    table: str
    columns: tuple[str, ...]
    finding: Finding
    most: int = 12
    """So many rows, the largest counts or the lowest shares first; the row `total` is not drawn."""
    sort: bool = True
    """False: in the table's order (ages, days)."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: sentences, tables, charts. Its title is the text `report.chapter.NAME`."""

    name: str
    findings: tuple[Finding, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What a report is frozen at."""

    first: date
    last: date
    """Both included: the first and the last day of whole months."""
    zone: str
    as_of: datetime
    """When the last change that it knows was recorded."""
    seq: int
    """The number of that change."""
    agency: str | None
    """Of this agency only; None: of the city."""
    demo: bool
    """Whether invented cases are among them: then every page says so."""
    hashes: Mapping[str, str]
    """SHA-256 of calendar, policy, boundaries, code, fonts and texts, by these names."""


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """A report's facts."""

    head: Head
    chapters: tuple[Chapter, ...]
    public: tuple[Table, ...]
    """The published tables over cases that are not private."""

    @property
    def tables(self) -> Iterator[Table]:
        """All tables, in the order of the chapters."""
        return (table for chapter in self.chapters for table in chapter.tables)

    def table(self, name: str) -> Table:
        """One of them. Raises KeyError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)
