"""What was found in an uploaded file: kept as JSON in `upload.form`, shown to a person, and by it the file is taken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError

from data.store.intake.uploads import Upload
from ingest.settings import SettingsModel, StoredReason
from ingest.tabular.proposal.listed_values import WordList
from ingest.tabular.proposal.proposal import ColumnProposal
from ingest.tabular.readers.model import FirstRow, Sheets, TableForm
from ingest.uploads.forecast import Forecast


class Findings(SettingsModel):
    """What one file was found to be."""

    form: TableForm
    """How it is read; `form.mapping` is the proposed, kept or corrected mapping."""
    sheets: tuple[str, ...] = ()
    """The workbook's visible sheets; () of CSV."""
    columns: tuple[str, ...] = ()
    """The header's names, made unique."""
    rows: int = 0
    """Under the header."""
    evidence: tuple[StoredReason, ...] = ()
    """Why the form is so."""
    warnings: tuple[StoredReason, ...] = ()
    """What a person should know."""
    proposals: tuple[ColumnProposal, ...] = ()
    """One of each column, in their order."""
    lists: Mapping[str, WordList] = Field(default_factory=dict)
    """By field (category, agency, status) the words of the whole file."""
    ambiguous: tuple[StoredReason, ...] = ()
    """What a person should decide."""
    notes: tuple[StoredReason, ...] = ()
    """What was found out."""
    known: bool = False
    """True: the mapping was kept from an earlier time."""
    agency_answered: bool = False
    """Whether a person said to which agency all rows belong, or that they belong to several."""
    first: tuple[FirstRow, ...] = ()
    """The first rows that are not empty."""
    merges: tuple[str, ...] | None = None
    """Of a workbook's sheet: its merged ranges, so that it need not be read for them again."""
    forecast: Forecast | None = None
    """What the import would bring; None: not counted yet."""
    counting: bool = False
    """While it is to be inspected again: only to count what follows from the mapping that a person chose."""
    asked: TableForm | None = None
    """While it is to be inspected again: the form that a person asked for."""
    guess_header: bool = False
    """With `asked`: the row of the header is to be found out all the same."""


def findings_of(upload: Upload) -> Findings | None:
    """What was found; None before it was inspected, and when another build of this software kept it otherwise."""
    try:
        return None if upload.form is None else Findings.model_validate_json(upload.form)
    except ValidationError:
        return None


def sheets_of(upload: Upload, findings: Findings, path: Path) -> Sheets:
    """The file as `ingest.sheets` knows it."""
    return Sheets(
        path,
        upload.name,
        upload.digest,
        findings.form.kind,
        findings.form,
        findings.evidence,
        findings.sheets,
        findings.columns,
        (),
        findings.first,
        findings.rows,
        findings.warnings,
        findings.merges,
    )
