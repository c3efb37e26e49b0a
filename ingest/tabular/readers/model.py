"""What a table file was found to be, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from data.domain.reasons import Reason
from data.texts import texts
from ingest.settings import SettingsModel, StoredReason
from ingest.tabular.mapping.columns import MappingSettings, fold

SAMPLE = 200
"""Rows under the header that `inspect` keeps."""
COLUMNS_MOST = 500
"""A header with more columns is none."""

Kind = Literal["csv", "xlsx"]
Delimiter = Literal["comma", "semicolon", "tab", "pipe"]


class TableForm(SettingsModel):
    """How a file is to be read; as JSON in `upload.form` and, with its mapping, in `kept_mapping.mapping`."""

    kind: Kind
    encoding: str | None = None
    """Of CSV: utf-8 (with or without BOM), utf-16 (with BOM) or cp1252."""
    delimiter: Delimiter | None = None
    """Of CSV."""
    sheet: str | None = None
    """Of a workbook: the sheet's name."""
    header_row: int = Field(default=1, ge=1)
    """The row with the names of the columns (the lowest of them, where they take two), as a spreadsheet counts."""
    mapping: MappingSettings | None = None
    """Once a person confirmed it."""


class FirstRow(SettingsModel):
    """One of the first rows under the header that are not empty, merged cells filled; see `first`."""

    number: int
    """As a spreadsheet counts."""
    cells: tuple[str, ...]
    fault: StoredReason | None = None
    """What is wrong with the row as a whole, whose cells are no columns then."""
    faults: Mapping[int, StoredReason] = Field(default_factory=dict)
    """Of a workbook: what is wrong with a cell, by its place."""
    shared: Mapping[int, StoredReason] = Field(default_factory=dict)
    """Of a workbook: what is wrong with a merged cell where its column tells rows apart, by its place."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """A file that was inspected and can be read to its end."""

    path: Path
    name: str
    """As its owner calls it."""
    digest: str
    """SHA-256 of its content, hex."""
    kind: Kind
    form: TableForm
    """The best guess, or the form that was asked for."""
    evidence: tuple[Reason | str, ...]
    """Why the form is so."""
    sheets: tuple[str, ...]
    """The workbook's visible sheets, in order; () of CSV."""
    columns: tuple[str, ...]
    """The header's names, made unique."""
    sample: tuple[tuple[str, ...], ...]
    """The first SAMPLE rows under the header that are not empty, as texts, each as wide as `columns`."""
    first: tuple[FirstRow, ...]
    """The first few of them, to be shown as they would become cases."""
    rows: int
    """How many lines `ingest.tabular.detection.rows.rows` yields."""
    warnings: tuple[Reason | str, ...]
    """What a person should know: hidden rows, merged cells, macros and so on."""
    merges: tuple[str, ...] | None = None
    """Of a workbook's sheet: A5:A7 and so on; None: not known any more."""
    labels: tuple[str, ...] = ()
    """Of a workbook the cells of the header's own row, where a name of `columns` may tell one above it, too."""


def letters(index: int) -> str:
    """A column's letters as a spreadsheet shows them; 0 is A."""
    text, rest = "", index + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """A header's cells as names of columns: an empty one is called after its letter, a second one is numbered.

    The names are kept with mappings, so they are the same in every language of the reader.
    """
    names: list[str] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        plain = " ".join(cell.split()) or texts("id")("tabular.unnamed_column", letters=letters(index))
        name, n = plain, 1
        while fold(name) in taken:
            n += 1
            name = f"{plain} ({n})"
        taken.add(fold(name))
        names.append(name)
    return tuple(names)
