"""Reads the documents of a report back into the plain rows of its tables."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any

import openpyxl

from dashboard.reports.documents.wording import Wording
from dashboard.reports.documents.workbook import DAY_S, FIRST_ROW, plain_columns, sheet_name
from dashboard.reports.month.tables import PARTS, Kind, Table, flat_columns

Rows = list[dict[str, Any]]


def of_workbook(book: openpyxl.Workbook, table: Table) -> Rows:
    """The rows of a table's sheet, by the names of the plain columns."""
    sheet = book[sheet_name(table)]
    plain = list(plain_columns(table))
    found = []
    for cells in sheet.iter_rows(min_row=FIRST_ROW + 1, max_row=FIRST_ROW + len(table.rows), values_only=True):
        row: dict[str, Any] = {"table": table.name} | dict.fromkeys(flat_columns(table))
        row[table.of] = cells[0]
        for place, (n, part, _) in enumerate(plain, 2):
            row |= _plain(table.columns[n].name, table.columns[n].kind, part, cells[place])
        found.append(row)
    return found


def in_words(rows: Rows, table: Table, wording: Wording) -> Rows:
    """The rows with names for the codes in their text columns, as the workbook has them."""
    texts = [column for column in table.columns if column.kind is Kind.TEXT]

    def told(row: dict[str, Any]) -> dict[str, Any]:
        return {each.name: wording.cell(each, row[each.name]) for each in texts if row[each.name] is not None}

    return [row | told(row) for row in rows]


def opened(content: bytes) -> openpyxl.Workbook:
    """With the values that formulas are given."""
    return openpyxl.load_workbook(io.BytesIO(content), data_only=True)


def _plain(name: str, kind: Kind, part: str, value: Any) -> dict[str, Any]:
    if value is None or part == "share":
        return {}
    if kind is Kind.SHARE:
        return {f"{name}_{part}": value}
    if kind in {Kind.WORKING, Kind.ELAPSED}:
        seconds, over = (name + end for end in PARTS[kind])
        return {over: value} if part == "over" else {seconds: _seconds(value), over: False}
    return {name: value.date().isoformat() if isinstance(value, datetime) else value}


def _seconds(value: Any) -> int:
    """Excel keeps days; openpyxl reads those of a time format as such."""
    if hasattr(value, "total_seconds"):
        return round(value.total_seconds())
    if hasattr(value, "hour"):
        return round(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6)
    return round(value * DAY_S)


def of_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file as texts."""
    return list(csv.DictReader(io.StringIO(content.decode())))


def as_texts(row: dict[str, Any]) -> dict[str, str]:
    """As CSV writes the values."""
    return {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def of_json(content: bytes) -> dict[str, Rows]:
    """The rows of each table."""
    tables: dict[str, Rows] = json.loads(content)["tables"]
    return tables
