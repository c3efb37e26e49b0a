"""Reads the whole table for a few of its columns: dates, positions and lists of values are judged by all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.sheets.content import DISTINCT_MOST
from ingest.sheets.dates import DateEvidence
from ingest.sheets.degrees import Degrees
from ingest.sheets.model import Sheets
from ingest.sheets.rows import rows
from ingest.table import ROW_FAULT


@dataclass(slots=True)
class Survey:
    """What all rows say; it does not grow with them."""

    dates: dict[tuple[str, ...], DateEvidence] = field(default_factory=dict)
    """Of columns that are read together, as one text."""
    degrees: dict[str, Degrees] = field(default_factory=dict)
    values: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of a column, how often each different value stands there; up to DISTINCT_MOST of them."""
    ids: set[int] = field(default_factory=set)
    """Hashes of the first million ids."""
    twice: int = 0
    """Rows whose id stood before."""


_IDS_MOST = 1_000_000


def surveyed(
    sheets: Sheets,
    dates: Sequence[tuple[str, ...]],
    degrees: Sequence[str],
    values: Sequence[str],
    unique: Sequence[str],
) -> Survey:
    """Read the file once. Raises BrokenTable, OSError."""
    found = Survey({key: DateEvidence() for key in dates}, {c: Degrees() for c in degrees}, {c: {} for c in values})
    for line in rows(sheets.path, sheets.form, sheets.columns):
        row = line.payload
        if row is None or isinstance(row.get("isi") if ROW_FAULT in row else None, list):
            continue
        for key, evidence in found.dates.items():
            text = " ".join(cell for column in key if (cell := row.get(column, "").strip()))
            if len(text) > 1:
                evidence.add(text)
        for column, one in found.degrees.items():
            if cell := row.get(column, "").strip():
                one.add(cell)
        for column, counts in found.values.items():
            cell = row.get(column, "").strip()[:200]
            if cell and (len(counts) < DISTINCT_MOST or cell in counts):
                counts[cell] = counts.get(cell, 0) + 1
        _unique(found, "\x1f".join(row.get(column, "").strip() for column in unique))
    return found


def _unique(found: Survey, text: str) -> None:
    key = hash(text)
    if not text.strip("\x1f"):
        return
    if key in found.ids:
        found.twice += 1
    elif len(found.ids) < _IDS_MOST:
        found.ids.add(key)
