"""What was found in an uploaded file: kept as JSON in `upload.form`, shown to a person, and by it the file is taken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError

from data.store.intake.uploads import Upload
from ingest.settings import SettingsModel
from ingest.tabular.proposal.listed_values import WordList
from ingest.tabular.proposal.reasons import Why
from ingest.tabular.readers.model import FirstRow, Sheets, TableForm


class Reason(SettingsModel):
    """What was proposed for a column."""

    column: str
    field: str | None
    """A field of MappingSettings, or `time`, `done`, `note`, `position`; None: it is not taken."""
    confidence: float
    """0 to 1."""
    why: tuple[Why, ...]
    """One, or two that belong together."""


class Look(SettingsModel):
    """One file, looked through. All sentences are in Bahasa Indonesia."""

    form: TableForm
    """How it is read; `form.mapping` is the proposed, kept or corrected mapping."""
    sheets: tuple[str, ...] = ()
    """The workbook's visible sheets; () of CSV."""
    columns: tuple[str, ...] = ()
    """The header's names, made unique."""
    rows: int = 0
    """Under the header."""
    evidence: tuple[str, ...] = ()
    """Why the form is so."""
    warnings: tuple[str, ...] = ()
    """What a person should know."""
    reasons: tuple[Reason, ...] = ()
    """One of each column, in their order."""
    lists: Mapping[str, WordList] = Field(default_factory=dict)
    """By field (category, agency, status) the words of the whole file."""
    ambiguous: tuple[str, ...] = ()
    """What a person should decide."""
    notes: tuple[str, ...] = ()
    """What was found out."""
    known: bool = False
    """True: the mapping was kept from an earlier time."""
    first: tuple[FirstRow, ...] = ()
    """The first rows that say something."""
    merges: tuple[str, ...] | None = None
    """Of a workbook's sheet: its merged ranges, so that it need not be looked through for them again."""
    counting: bool = False
    """While it is to be looked through again: only for the words of the columns that a person chose."""
    asked: TableForm | None = None
    """While it is to be looked through again: the form that a person asked for."""
    guess_header: bool = False
    """With `asked`: the row of the header is to be found out all the same."""


def look_of(upload: Upload) -> Look | None:
    """What was found; None before it was looked through, and when another build of this software kept it otherwise."""
    try:
        return None if upload.form is None else Look.model_validate_json(upload.form)
    except ValidationError:
        return None


def sheets_of(upload: Upload, look: Look, path: Path) -> Sheets:
    """The file as `ingest.sheets` knows it."""
    return Sheets(
        path,
        upload.name,
        upload.digest,
        look.form.kind,
        look.form,
        look.evidence,
        look.sheets,
        look.columns,
        (),
        look.first,
        look.rows,
        look.warnings,
        look.merges,
    )
