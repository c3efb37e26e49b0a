"""Looking an uploaded file through: how it is written, and the mapping that was kept for its header, or a proposed one.

Reads the whole file twice, or once where only words are to be counted; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from data.domain.city.model import City
from data.store.intake.uploads import Upload
from ingest.tabular.detection.field_names import DONE
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.sheet_scan import look_at, place_of
from ingest.tabular.known_mappings import understood
from ingest.tabular.mapping.cell_errors import fields_of
from ingest.tabular.mapping.columns import MappingSettings, fold
from ingest.tabular.proposal.listed_values import UNKNOWN_MOST, Meaning, counted, texts_of
from ingest.tabular.proposal.proposal import Proposal, propose
from ingest.tabular.proposal.reasons import Because, Why
from ingest.tabular.proposal.value_choices import VALUES_MOST
from ingest.tabular.readers.archive import is_zip
from ingest.tabular.readers.model import Sheets, TableForm
from ingest.tabular.readers.workbook import opened
from ingest.uploads.findings import Look, Reason, sheets_of

_FIELDS = {"external_id": "id", "received_at": "received", "updated_at": "updated", "events.at": DONE}
"""What a fault calls them, and what a mapping does."""
_NO_FIELDS = {"events.agency"}
_KEPT = "Judul kolomnya dikenali: pemetaan yang disimpan dari unggahan sebelumnya dipakai lagi."


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
        proposal = Proposal(mapping.model_dump(mode="json"), (), lists, notes=(_KEPT,))
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
        reasons=tuple(reasons_of(sheets.columns, mapping)) if known else tuple(_told(proposal)),
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


def reasons_of(columns: tuple[str, ...], mapping: MappingSettings) -> Iterator[Reason]:
    """What a person's own mapping takes each column for."""
    ours = {
        fold(column): _FIELDS.get(name, name)
        for name, named in reversed(list(fields_of(mapping).items()))
        for column in named
        if name not in _NO_FIELDS
    }
    if mapping.status is not None:
        ours[fold(mapping.status.column)] = "status"
    for column in columns:
        field = ours.get(fold(column))
        why = (Why(because=Because.KEPT if field else Because.NOT_KEPT),)
        yield Reason(column=column, field=field, confidence=1.0 if field else 0.0, why=why)


def asked_form(look: Look | None, path: Path) -> TableForm:
    """What a person's wishes are laid upon: the form as it was found, else that of any file. Raises OSError."""
    if look is not None:
        return look.form.model_copy(update={"mapping": None})
    with path.open("rb") as file:
        return TableForm(kind="xlsx" if is_zip(file.read(512)) else "csv")


def _told(proposal: Proposal) -> Iterator[Reason]:
    for each in proposal.reasons:
        field = _FIELDS.get(each.field, each.field) if each.field else None
        yield Reason(column=each.column, field=field, confidence=each.confidence, why=each.why)


def _header_row(path: Path, sheet: str) -> int:
    with opened(path) as book:
        facts = look_at(book, sheet)
        place, filled = place_of(facts).place, facts.filled
        return filled[place].number if place < len(filled) else 1
