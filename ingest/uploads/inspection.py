"""Looking an uploaded file through: how it is written, and the mapping that was kept for its header, or a proposed one.

Reads the whole file twice, or once where only words are to be counted; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from data.domain.city.model import City
from data.domain.reasons import reason
from data.store.intake.uploads import Upload
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.sheet_scan import look_at, place_of
from ingest.tabular.known_mappings import understood
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.proposal.listed_values import UNKNOWN_MOST, Meaning, counted, texts_of
from ingest.tabular.proposal.proposal import ColumnProposal, Proposal, columns_by, propose
from ingest.tabular.proposal.value_choices import VALUES_MOST
from ingest.tabular.readers.archive import is_zip
from ingest.tabular.readers.model import Sheets, TableForm
from ingest.tabular.readers.workbook import opened
from ingest.uploads.findings import Look, sheets_of


class Known(NamedTuple):
    """What is known of the source."""

    base: MappingSettings
    """Its own mapping."""
    city: City


def found(upload: Upload, path: Path, asked: Look | None) -> Sheets:
    """How the file is written; `asked`: as a person wants it read. Raises BrokenTable, OSError."""
    if asked is None or asked.asked is None:
        return inspect(path, upload.name)
    form = asked.asked
    if asked.guess_header and form.kind == "xlsx" and form.sheet is not None:
        form = form.model_copy(update={"header_row": _header_row(path, form.sheet)})
    return inspect(path, upload.name, form)


def described(sheets: Sheets, about: Known, kept: str | None) -> Look:
    """All that a person is asked about; `kept`: the JSON of a mapping for this header. Raises BrokenTable, OSError."""
    mapping = understood(kept)
    known = mapping is not None
    if mapping is not None:
        lists = counted(sheets, mapping, about.city)
        columns = tuple(kept_columns(mapping, sheets.columns))
        proposal = Proposal(mapping.model_dump(mode="json"), columns, lists, notes=(reason("upload.mapping_kept"),))
    else:
        proposal = propose(sheets, about.city, about.base)
        mapping = MappingSettings.model_validate(proposal.mapping)
    return Look(
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


def recounted(upload: Upload, path: Path, look: Look, city: City) -> Look:
    """With the words of the columns that the mapping names now. Raises BrokenTable, OSError."""
    mapping = look.form.mapping
    assert mapping is not None
    lists = counted(sheets_of(upload, look, path), mapping, city)
    return look.model_copy(update={"lists": lists, "counting": False})


def is_counted(look: Look, mapping: MappingSettings, city: City) -> bool:
    """Whether the words that this mapping leaves open are known; else the file must be read for them."""
    meaning = Meaning(mapping, city)
    for field, texts in texts_of(mapping).items():
        found = look.lists.get(field)
        if found is None or (found.columns, found.join) != texts:
            return False
        open_ones = sum(not meaning.knows(field, word.text) for word in found.words)
        if len(found.words) == VALUES_MOST and found.more and open_ones < UNKNOWN_MOST:
            return False
    return True


def kept_columns(mapping: MappingSettings, columns: Iterable[str]) -> Iterator[ColumnProposal]:
    """What a person's own mapping takes each column for."""
    return columns_by(mapping, columns, reason("column.kept"), reason("column.not_kept"))


def asked_form(look: Look | None, path: Path) -> TableForm:
    """What a person's wishes are laid upon: the form as it was found, else that of any file. Raises OSError."""
    if look is not None:
        return look.form.model_copy(update={"mapping": None})
    with path.open("rb") as file:
        return TableForm(kind="xlsx" if is_zip(file.read(512)) else "csv")


def _header_row(path: Path, sheet: str) -> int:
    with opened(path) as book:
        facts = look_at(book, sheet)
        place, filled = place_of(facts).place, facts.filled
        return filled[place].number if place < len(filled) else 1
