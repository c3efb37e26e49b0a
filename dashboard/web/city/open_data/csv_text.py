"""CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from dashboard.web.payloads import visible

_FORMULA = "=+-@\t\r\n"


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """RFC 4180; nothing where nothing is known. Times as ISO 8601."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in columns])
    return text.getvalue()


def cell(value: object) -> object:
    """A text from outside is no formula: an apostrophe stands before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str):
        plain = visible(value)
        return f"'{plain}" if plain.lstrip(" ")[:1] in _FORMULA and plain.strip() else plain
    return value
