"""Targets: files that agencies hand over, from their bytes to the first rows as cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from data.texts import texts
from ingest.source import Raw, Record
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.workbook_table import inspect_workbook
from ingest.tabular.known_mappings import header_signature
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.proposal.proposal import propose
from ingest.tabular.raw_rows import batches, read_raw
from ingest.tabular.readers.csv_table import BrokenTable, Table, TableFormat, inspect_csv
from ingest.tabular.results.preview import preview
from ingest.tabular.results.result_workbook import write_workbook
from tests.fuzz import samples
from tests.fuzz.stage import drafter, file_of, folder, take, target
from tests.ingest.doors import NOW, config


@dataclass(slots=True)
class _Rows:
    """A mapping as the reader of a source."""

    mapping: TableMapping
    name: str = "berkas"

    def read(self, raw: Raw, now: datetime) -> Record:
        return read_raw(raw, self.mapping)


@cache
def _settings() -> MappingSettings:
    found: MappingSettings = config().sources["opd_csv"].mapping  # type: ignore[attr-defined]
    return found


@cache
def _rows() -> _Rows:
    return _Rows(TableMapping(_settings(), config().city.agencies))


def _taken(table: Table) -> None:
    for batch in batches(table, _rows().mapping, 0):
        for _, raw in batch:
            if raw is not None:
                take(_rows(), raw)


def _uploaded(path: Path) -> None:
    """As a person does it: looked through, mapped, looked at."""
    sheets = inspect(path, path.name)
    header_signature(sheets.columns)
    proposed = propose(sheets, config().city)
    mapping = MappingSettings.model_validate(proposed.mapping)
    seen = preview(sheets, mapping, drafter(), config().city, NOW)
    for row in seen:
        for why in row.faults.values():
            assert texts("id").sentence(why)
    propose(sheets, config().city, _settings())


@target(samples.csv_tables, BrokenTable)
def csv_drop(data: bytes) -> None:
    """A CSV file in the drop folder, with a mapping."""
    mapping = _rows().mapping
    _taken(inspect_csv(file_of(data, "a.csv"), TableFormat(), mapping.columns, mapping.needed))


@target(samples.csv_tables, BrokenTable, examples=40)
def csv_upload(data: bytes) -> None:
    """A CSV file whose mapping nobody knows yet."""
    _uploaded(file_of(data, "b.csv"))


@target(samples.csv_tables, BrokenTable, examples=40)
def csv_result(data: bytes) -> None:
    """A CSV file handed back as a workbook."""
    _handed_back(file_of(data, "c.csv"))


def _handed_back(path: Path) -> None:
    write_workbook(path, inspect(path, path.name).form, iter(()), folder() / "hasil.xlsx")


@target(samples.workbooks, BrokenTable, examples=60)
def xlsx_file(data: bytes) -> None:
    """A workbook, byte by byte."""
    _workbook(path := file_of(data, "a.xlsx"))
    _handed_back(path)


@target(samples.workbook_parts, BrokenTable, examples=60)
def xlsx_parts(data: bytes) -> None:
    """A workbook's parts with NUL between them, each packed anew: see samples.PARTS for their order."""
    _workbook(file_of(samples.packed(_parts(data)), "b.xlsx"))


def _parts(data: bytes) -> Mapping[str, bytes]:
    """An empty part is the sample's."""
    given = dict(zip(samples.PARTS, data.split(b"\0"), strict=False))
    return {**samples.PARTS, **{name: part for name, part in given.items() if part}}


def _workbook(path: Path) -> None:
    mapping = _rows().mapping
    try:
        _taken(inspect_workbook(path, mapping.columns, mapping.needed))
    finally:
        _uploaded(path)
