"""Inspects an uploaded file: how it is written, and the mapping that was kept for its header, or a proposed one.

Reads the whole file twice, or once where only words are to be counted; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from data.domain.city.model import City
from data.store.intake.uploads import Upload
from ingest.settings import SourceContext
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.sheet_scan import header_place_of, scan_sheet
from ingest.tabular.known_mappings import of_any_table, read_mapping
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.proposal.listed_values import UNKNOWN_LEAST, Meaning, count_words, texts_of
from ingest.tabular.proposal.proposal import KEPT, ColumnProposal, columns_by, propose, propose_kept
from ingest.tabular.proposal.value_choices import VALUES_MOST
from ingest.tabular.readers.archive import is_zip
from ingest.tabular.readers.model import Sheets, TableForm
from ingest.tabular.readers.workbook import open_workbook
from ingest.uploads.findings import Findings
from ingest.uploads.forecast import forecast


class InspectionContext(NamedTuple):
    """What is known of the source."""

    base: MappingSettings
    """Its own mapping."""
    city: City


def inspect_upload(upload: Upload, path: Path, asked: Findings | None) -> Sheets:
    """How the file is written; `asked`: as a person wants it read. Raises BrokenTable, OSError."""
    if asked is None or asked.asked is None:
        return inspect(path, upload.name)
    form = asked.asked
    if asked.guess_header and form.kind == "xlsx" and form.sheet is not None:
        form = form.model_copy(update={"header_row": _header_row(path, form.sheet)})
    return inspect(path, upload.name, form)


def describe(sheets: Sheets, about: InspectionContext, kept: str | None) -> Findings:
    """All that a person is asked about; `kept`: the JSON of a mapping for this header. Raises BrokenTable, OSError."""
    mapping = read_mapping(kept)
    known = mapping is not None
    if mapping is not None:
        proposal = propose_kept(sheets, about.city, of_any_table(mapping, about.base))
    else:
        proposal = propose(sheets, about.city, about.base)
    mapping = MappingSettings.model_validate(proposal.mapping)
    return Findings(
        form=sheets.form.model_copy(update={"mapping": mapping}),
        sheets=sheets.sheets,
        columns=sheets.columns,
        rows=sheets.rows,
        evidence=sheets.evidence,
        warnings=sheets.warnings,
        proposals=proposal.columns,
        lists=proposal.lists,
        ambiguous=proposal.ambiguous,
        notes=proposal.notes,
        known=known,
        first=sheets.first,
        merges=sheets.merges,
    )


def recount(sheets: Sheets, findings: Findings, city: City) -> Findings:
    """With the words of the columns that the mapping names now. Raises BrokenTable, OSError."""
    mapping = findings.form.mapping
    assert mapping is not None
    lists = findings.lists if is_counted(findings, mapping, city) else count_words(sheets, mapping, city)
    return findings.model_copy(update={"lists": lists, "counting": False})


def foretell(sheets: Sheets, findings: Findings, about: SourceContext, now: datetime) -> Findings:
    """With what the import would bring. Raises BrokenTable, OSError."""
    assert findings.form.mapping is not None
    mapping = findings.form.mapping
    if mapping.market is not None or mapping.guide is not None:  # nothing of these is open or overdue
        return findings
    return findings.model_copy(update={"forecast": forecast(sheets, findings.form.mapping, about, now)})


def is_counted(findings: Findings, mapping: MappingSettings, city: City) -> bool:
    """Whether the words that this mapping leaves open are known; else the file must be read for them."""
    meaning = Meaning(mapping, city)
    for field, texts in texts_of(mapping).items():
        found = findings.lists.get(field)
        if found is None or (found.columns, found.join) != texts:
            return False
        open_ones = sum(not meaning.knows(field, word.text) for word in found.words)
        if len(found.words) == VALUES_MOST and found.more and open_ones < UNKNOWN_LEAST:
            return False
    return True


def kept_columns(mapping: MappingSettings, columns: Iterable[str]) -> Iterator[ColumnProposal]:
    """What a person's own mapping takes each column for."""
    return columns_by(mapping, columns, *KEPT)


def asked_form(findings: Findings | None, path: Path) -> TableForm:
    """What a person's wishes are laid upon: the form as it was found, else that of any file. Raises OSError."""
    if findings is not None:
        return findings.form.model_copy(update={"mapping": None})
    with path.open("rb") as file:
        return TableForm(kind="xlsx" if is_zip(file.read(512)) else "csv")


def _header_row(path: Path, sheet: str) -> int:
    with open_workbook(path) as book:
        facts = scan_sheet(book, sheet)
        place, filled = header_place_of(facts).place, facts.filled
        return filled[place].number if place < len(filled) else 1
