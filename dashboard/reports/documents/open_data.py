"""The report as open data: a CSV file a table, all of it as JSON, a dictionary, and `datapackage.json`.

No case, no text, no person: only tables over cases that are not private, small cells left out (see `suppression`). They
hold codes and whole numbers; what a column means is said in the dictionary, whose columns are those of the Satu Data
form for variables.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboard.config.models import ReportSettings
from dashboard.reports.documents.pdf import Edition
from dashboard.reports.documents.suppression import LEAST, Sums, suppressed
from dashboard.reports.documents.wording import Wording
from dashboard.reports.month.tables import PARTS, Column, Kind, Table, flat_columns, flat_row
from data.domain.figures.definitions import BY_CODE

DICTIONARY, DATA, PACKAGE = "dictionary.csv", "data.json", "datapackage.json"
SUMS: Sums = {"received": ("done", "unfinished")}
"""Counts of one column that add up to another, in every published table."""
PERIOD = ("period_first", "period_last")
DICTIONARY_COLUMNS = (
    *("name", "definition", "concept", "unit_of_observation", "measure", "unit", "domain", "rule", "reference"),
)
TYPES = {
    Kind.TEXT: ("string",),
    Kind.COUNT: ("integer",),
    Kind.SHARE: ("integer", "integer"),
    Kind.WORKING: ("integer", "boolean"),
    Kind.ELAPSED: ("integer", "boolean"),
    Kind.DAY: ("date",),
    Kind.NUMBER: ("number",),
}
"""Of a kind's plain columns, as Table Schema names them."""


def open_data(edition: Edition, settings: ReportSettings, wording: Wording) -> dict[str, bytes]:
    """The files by their names."""
    tables = suppressed(edition.facts.public, SUMS)
    files = {f"{table.name}.csv": _csv(edition, table) for table, _ in tables}
    files[DICTIONARY] = _dictionary([table for table, _ in tables], wording)
    files[DATA] = _data(edition, tables)
    files[PACKAGE] = _package(edition, tables, files, settings, wording)
    return files


def plain_rows(edition: Edition, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table with the period before them."""
    head = edition.facts.head
    begin = (head.first.isoformat(), head.last.isoformat())
    names = (*PERIOD, *flat_columns(table))
    return (dict(zip(names, (*begin, *flat_row(table, row)), strict=True)) for row in table.rows)


def _csv(edition: Edition, table: Table) -> bytes:
    """RFC 4180 in UTF-8; empty: no data or left out. Nothing in it was written by a citizen."""
    return _as_csv((*PERIOD, *flat_columns(table)), (row.values() for row in plain_rows(edition, table)))


def _as_csv(names: Sequence[str], rows: Iterator[Any]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow(str(value).lower() if isinstance(value, bool) else value for value in row)
    return text.getvalue().encode()


def _data(edition: Edition, tables: Sequence[tuple[Table, int]]) -> bytes:
    head = edition.facts.head
    content = {
        "as_of": head.as_of.isoformat(),
        "change": head.seq,
        "revision": edition.revision,
        "least": LEAST,
        "left_out": {table.name: hidden for table, hidden in tables},
        "tables": {table.name: list(plain_rows(edition, table)) for table, _ in tables},
    }
    return _as_json(content)


def _as_json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _package(
    edition: Edition,
    tables: Sequence[tuple[Table, int]],
    files: Mapping[str, bytes],
    settings: ReportSettings,
    wording: Wording,
) -> bytes:
    """Frictionless Data Package, with the words of DCAT where they are the same."""
    head, say = edition.facts.head, wording.say
    period = wording.period(head.first, head.last)
    publisher = settings.office or settings.government
    content = {
        "profile": "tabular-data-package",
        "name": f"batt-{head.first:%Y-%m}-{head.last:%Y-%m}",
        "id": f"{edition.sha256}",
        "title": f"{say('report.title')}, {period}",
        "description": say("report.data.description", least=LEAST),
        "version": str(edition.revision),
        "created": head.as_of.isoformat(),
        "licenses": [{"name": settings.licence}],
        "keywords": say("report.data.keywords").split(", "),
        "contributors": [{"title": publisher or say("report.data.unnamed"), "role": "publisher"}],
        **({"contactPoint": settings.contact} if settings.contact else {}),
        "resources": [_resource(table, files[f"{table.name}.csv"], wording) for table, _ in tables],
    }
    return _as_json(content)


def _resource(table: Table, content: bytes, wording: Wording) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name.replace("_", "-"),
        "path": f"{table.name}.csv",
        "title": wording.title(table),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {
            "fields": list(_fields(table, wording)),
            "missingValues": [""],
            "primaryKey": ["period_first", table.of],
        },
    }


def _fields(table: Table, wording: Wording) -> Iterator[dict[str, Any]]:
    for name in PERIOD:
        yield {"name": name, "type": "date", "title": wording.column(name)}
    yield {"name": table.of, "type": "string", "title": wording.column(table.of), "constraints": {"required": True}}
    for column in table.columns:
        for end, kind in zip(PARTS.get(column.kind, ("",)), TYPES[column.kind], strict=True):
            limits = {"constraints": {"minimum": 0}} if kind in {"integer", "number"} else {}
            yield {"name": column.name + end, "type": kind, "title": _title(column, end, wording), **limits}


def _title(column: Column, end: str, wording: Wording) -> str:
    title = wording.column(column.name)
    return wording.say(f"report.data.part{end}", title=title) if end else title


def _dictionary(tables: Sequence[Table], wording: Wording) -> bytes:
    """Every column of every table once."""
    columns = {column.name: column for table in tables for column in table.columns}
    rows = [
        _entry(column, end, kind, wording)
        for column in columns.values()
        for end, kind in zip(PARTS.get(column.kind, ("",)), TYPES[column.kind], strict=True)
    ]
    return _as_csv(DICTIONARY_COLUMNS, iter(rows))


def _entry(column: Column, end: str, kind: str, wording: Wording) -> tuple[str, ...]:
    say, definition = wording.say, BY_CODE.get(column.name)
    told = tuple(say(definition.text(part)) for part in ("formula", "whole")) if definition else _own(column, wording)
    return (
        column.name + end,
        *told,
        say("report.data.observed"),
        _title(column, end, wording),
        say(f"report.data.unit{end or '_' + column.kind}"),
        say(f"report.data.domain_{kind}"),
        say("report.data.rule", least=LEAST),
        say(f"figures.rule.{definition.rule}" if definition else "figures.rule.own"),
    )


def _own(column: Column, wording: Wording) -> tuple[str, str]:
    """Of a column that is no figure of the table of figures."""
    return wording.say(f"report.define.{column.name}"), wording.say("figures.received.formula")
