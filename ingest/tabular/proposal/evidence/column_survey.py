"""Reads the whole table for a few of its columns: dates, positions and lists of values are judged by all rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.tabular.detection.rows import rows
from ingest.tabular.mapping.columns import MappingSettings, fold
from ingest.tabular.proposal.evidence.column_content import DISTINCT_MOST
from ingest.tabular.proposal.evidence.coordinates import Degrees
from ingest.tabular.proposal.evidence.date_formats import DateEvidence
from ingest.tabular.readers.csv_table import ROW_FAULT
from ingest.tabular.readers.model import Sheets

WORD_MOST = 200
"""Letters of a value that are kept."""
NULLS: tuple[str, ...] = MappingSettings.model_fields["nulls"].default


class ColumnTexts(NamedTuple):
    """Columns that are read as one text."""

    columns: tuple[str, ...]
    join: str = " "


@dataclass(frozen=True, slots=True)
class SurveyRequest:
    """What is to be found out."""

    dates: Iterable[tuple[str, ...]] = ()
    """Columns that are read together, as one text."""
    degrees: Iterable[str] = ()
    values: Iterable[ColumnTexts] = ()
    unique: tuple[str, ...] = ()
    """Columns that tell rows apart."""
    spelling: tuple[str, ...] = ()
    """How a mapping spells the columns that are asked for."""
    nulls: Collection[str] = NULLS
    """Words that mean 'nothing'."""


@dataclass(slots=True)
class Survey:
    """What all rows say; it does not grow with them."""

    dates: dict[tuple[str, ...], DateEvidence] = field(default_factory=dict)
    degrees: dict[str, Degrees] = field(default_factory=dict)
    values: dict[ColumnTexts, dict[str, int]] = field(default_factory=dict)
    """How often each different value stands there; up to DISTINCT_MOST of them, the longest cut at WORD_MOST."""
    ids: set[int] = field(default_factory=set)
    """Hashes of the first million ids."""
    twice: int = 0
    """Rows whose id stood before."""


_IDS_MOST = 1_000_000


def survey_table(sheets: Sheets, asked: SurveyRequest) -> Survey:
    """Read the file once. Raises BrokenTable, OSError."""
    found = Survey(
        {key: DateEvidence() for key in asked.dates},
        {column: Degrees() for column in asked.degrees},
        {texts: {} for texts in asked.values},
    )
    nulls = frozenset(map(fold, asked.nulls))
    for line in rows(sheets.path, sheets.form, asked.spelling or sheets.columns, merges=sheets.merges):
        row = line.payload
        if row is None or isinstance(row.get("isi") if ROW_FAULT in row else None, list):
            continue
        for key, evidence in found.dates.items():
            if len(text := " ".join(cell for column in key if (cell := row.get(column, "").strip()))) > 1:
                evidence.add(text)
        for column, one in found.degrees.items():
            if cell := row.get(column, "").strip():
                one.add(cell)
        for texts, counts in found.values.items():
            if line.faults.keys().isdisjoint(texts.columns):
                _count(counts, _joined(row, texts, nulls), nulls)
        _unique(found, "\x1f".join(row.get(column, "").strip() for column in asked.unique))
    return found


def _joined(row: Mapping[str, str], texts: ColumnTexts, nulls: Collection[str]) -> str:
    if len(texts.columns) == 1:
        return row.get(texts.columns[0], "").strip()
    cells = [row.get(column, "").strip() for column in texts.columns]
    return texts.join.join(cell for cell in cells if cell and fold(cell) not in nulls)


def _count(counts: dict[str, int], text: str, nulls: Collection[str]) -> None:
    text = text[:WORD_MOST]
    if text in counts:
        counts[text] += 1
    elif text and len(counts) < DISTINCT_MOST and fold(text) not in nulls:
        counts[text] = 1


def _unique(found: Survey, text: str) -> None:
    key = hash(text)
    if not text.strip("\x1f"):
        return
    if key in found.ids:
        found.twice += 1
    elif len(found.ids) < _IDS_MOST:
        found.ids.add(key)
