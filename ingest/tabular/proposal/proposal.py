"""A mapping for a table that nobody has mapped yet: proposed with its reasons, for a person to correct once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.domain.city.model import City
from data.domain.reasons import Reason, reason
from ingest.settings import SettingsModel, StoredReason
from ingest.tabular.detection.vocabulary import BOTH, DONE, GUIDE_WORDS, MARKET_WORDS
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.mapping.cell_errors import fields_of
from ingest.tabular.mapping.columns import RECEIVED, MappingSettings, fold
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.proposal.column_matching import match_columns
from ingest.tabular.proposal.evidence.column_content import DISTINCT_MOST, CityNames, Column, columns_of, told
from ingest.tabular.proposal.evidence.column_survey import ColumnTexts, Survey, SurveyRequest, survey_table
from ingest.tabular.proposal.evidence.coordinates import are_swapped
from ingest.tabular.proposal.evidence.date_formats import DateFormats, formats_of
from ingest.tabular.proposal.evidence.roles import Match
from ingest.tabular.proposal.guide_proposal import guide_mapping
from ingest.tabular.proposal.listed_values import WordList, texts_of, word_lists
from ingest.tabular.proposal.mapping_builder import MappingParts, mapping_of
from ingest.tabular.proposal.market_proposal import market_mapping, match_words
from ingest.tabular.proposal.value_choices import VALUES_MOST, agency_choices, category_choices, status_events
from ingest.tabular.readers.model import Sheets

_FIELDS = {
    "external_id": "id",
    "received_at": "received",
    "updated_at": "updated",
    "promised_at": "promised",
    "events.at": DONE,
}
"""What a mapping calls some fields of a record."""
KEPT = (reason("column.kept"), reason("column.not_kept"))
"""Why a column is taken, and why not, by a mapping that was kept."""
_NO_FIELDS = frozenset({"events.agency"})


class ColumnProposal(SettingsModel):
    """What is proposed for a column."""

    column: str
    field: str | None
    """A field of MappingSettings, or `time`, `done`, `note`, `position`; None: it is not taken."""
    confidence: float
    """0 to 1."""
    reason: StoredReason


@dataclass(frozen=True, slots=True)
class MappingProposal:
    """A mapping and its reasons."""

    mapping: Mapping[str, Any]
    """Valid for MappingSettings, and JSON."""
    columns: tuple[ColumnProposal, ...]
    """One of each column, in their order."""
    lists: Mapping[str, WordList] = field(default_factory=dict)
    """By field (category, agency, status) the words of the whole file."""
    ambiguous: tuple[Reason, ...] = ()
    """What a person should decide."""
    notes: tuple[Reason, ...] = ()
    """What was found out."""


def propose(sheets: Sheets, city: City, base: MappingSettings | None = None) -> MappingProposal:
    """`base`: the mapping of the file's source, which is taken where the table has all of its columns.

    Reads the whole file once. Raises BrokenTable, OSError.
    """
    names = {fold(column): column for column in sheets.columns}
    if base is not None and _fits(base, names):
        return _as_source(sheets, city, base)
    if base is not None and base.market is not None:
        matches = match_words(sheets.columns, MARKET_WORDS)
        return _by_words(sheets, matches, market_mapping(sheets, base, matches))
    if base is not None and base.guide is not None:
        matches = match_words(sheets.columns, GUIDE_WORDS)
        return _by_words(sheets, matches, guide_mapping(sheets, base, matches))
    evidence = columns_of(sheets.columns, sheets.sample, city)
    cells = {name: [told(row[n]) for row in sheets.sample] for n, name in enumerate(sheets.columns)}
    labels = zip(sheets.columns, sheets.labels, strict=False)
    own = {column: label for column, label in labels if label and column.endswith(f" {label}")}
    matches = {match.field: match for match in match_columns(evidence, own, cells)}
    parts = MappingParts({name: match.column for name, match in matches.items()}, city)
    doubts = list(_settle(parts, evidence, matches))
    listed = [ColumnTexts((column,)) for column in parts.listed]
    found = survey_table(sheets, SurveyRequest(parts.dates, parts.degrees, listed, parts.id_columns))
    dates = formats_of(found.dates.values())
    parts.formats = dates.formats
    _values(parts, found, matches)
    doubts += [*_dates(dates, parts), *_positions(parts, found, matches), *_twice(found, parts.id_columns)]
    doubts += [
        reason("proposal.too_many_values", column=parts.columns[name], most=DISTINCT_MOST - 1)
        for name, choices in parts.choices.items()
        if choices.too_many
    ]
    mapping = mapping_of(parts)
    lists = word_lists(MappingSettings.model_validate(mapping), found.values, city)
    return MappingProposal(mapping, tuple(_columns(sheets, parts, matches)), lists, tuple(doubts), (dates.evidence,))


def _fits(base: MappingSettings, names: Mapping[str, str]) -> bool:
    needed = [column for columns in fields_of(base).values() for column in columns]
    return all(fold(column) in names for column in needed if column not in base.optional)


def _by_words(
    sheets: Sheets, matches: Mapping[str, Match], found: tuple[dict[str, Any], list[Reason], Reason]
) -> MappingProposal:
    """A table that is not of cases."""
    mapping, doubts, dates = found
    by_column = {match.column: match for match in matches.values()}
    columns = []
    for column in sheets.columns:
        match = by_column.get(column)
        field, confidence = (match.field, round(match.confidence, 2)) if match is not None else (None, 0.0)
        why = match.reason if match is not None else reason("column.unknown")
        columns.append(ColumnProposal(column=column, field=field, confidence=confidence, reason=why))
    return MappingProposal(mapping, tuple(columns), ambiguous=tuple(doubts), notes=(dates,))


def propose_kept(sheets: Sheets, city: City, kept: MappingSettings) -> MappingProposal:
    """The mapping that was kept of another table of this header; what it does not decide, or this table otherwise, is
    said. Reads the whole file once. Raises BrokenTable, OSError.
    """
    mapping, found, dates, lists = _as_mapped(sheets, city, kept)
    doubts = [] if dates.ambiguous is None else [_order_in_doubt(dates, dates.ambiguous, mapping.times.formats)]
    is_of_cases = kept.market is None and kept.guide is None
    doubts += _twice(found, kept.id.columns) if is_of_cases else []
    notes = (reason("upload.mapping_kept"), *([dates.evidence] if dates.decided else []))
    columns = tuple(columns_by(kept, sheets.columns, *KEPT))
    new = [each for each in dates.formats if each not in with_dates(kept).times.formats]
    formats = [each for each in mapping.times.formats if each in kept.times.formats or each in new]
    mapping = mapping.model_copy(update={"times": mapping.times.model_copy(update={"formats": tuple(formats)})})
    return MappingProposal(mapping.model_dump(mode="json"), columns, lists, tuple(doubts), notes)


def _order_in_doubt(dates: DateFormats, doubt: Reason, formats: Sequence[str]) -> Reason:
    """The doubt, with the order that is taken where the table's numbers do not decide."""
    order = None if dates.decided else dates.order_taken(formats)
    if order is None:
        return doubt
    if doubt.code == "proposal.date_order_mixed":
        return reason(doubt.code, **{**doubt.params, "order": order})
    return reason("proposal.date_order_kept", order=order)


def _as_source(sheets: Sheets, city: City, base: MappingSettings) -> MappingProposal:
    """The source's own mapping."""
    mapping, _, _, lists = _as_mapped(sheets, city, base)
    columns = columns_by(base, sheets.columns, reason("column.of_source"), reason("column.not_of_source"))
    made = mapping.model_dump(mode="json", exclude_defaults=True)
    return MappingProposal(made, tuple(columns), lists, notes=(reason("proposal.as_source"),))


def _as_mapped(
    sheets: Sheets, city: City, base: MappingSettings
) -> tuple[MappingSettings, Survey, DateFormats, Mapping[str, WordList]]:
    """A mapping that is there, understanding the dates that were found, too; what was found, and how its dates are
    written; the words of its lists."""
    promised = [base.promised] if base.promised else []
    moments = [base.received, *promised, *(each.at for each in base.events.values() if each.at != (RECEIVED,))]
    keys = dict.fromkeys(filter(None, moments))
    values, spelling = texts_of(base).values(), TableMapping(base).columns
    found = survey_table(sheets, SurveyRequest(keys, (), values, base.id.columns, spelling=spelling, nulls=base.nulls))
    dates, full = formats_of(found.dates.values()), with_dates(base)
    times = full.times.model_copy(update={"formats": dates.added_to(full.times.formats)})
    return full.model_copy(update={"times": times}), found, dates, word_lists(base, found.values, city)


def columns_by(
    mapping: MappingSettings, columns: Iterable[str], taken: Reason, not_taken: Reason
) -> Iterator[ColumnProposal]:
    """What a mapping that is there takes each column for, with one of two reasons."""
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
        confidence, why = (1.0, taken) if field else (0.0, not_taken)
        yield ColumnProposal(column=column, field=field, confidence=confidence, reason=why)


def _settle(parts: MappingParts, evidence: Mapping[str, Column], matches: dict[str, Match]) -> Iterator[Reason]:
    """What no report can be without, made of what there is."""
    if "received" not in parts.columns:
        spare = max(evidence, key=lambda name: (name not in parts.columns.values(), evidence[name].dates.share))
        parts.columns["received"] = spare
        matches["received"] = Match(spare, "received", 0.0, reason("column.date_column_missing"))
        yield reason("proposal.received_missing")
    if "category" not in parts.columns:
        yield reason("proposal.category_missing")
    photo = parts.columns.get("media_url")
    if photo is not None and evidence[photo].filled and not evidence[photo].images:
        matches["media_url"] = matches["media_url"]._replace(reason=reason("column.no_images"))
        del parts.columns["media_url"]
    if BOTH in parts.columns and "lat" in parts.columns and "lon" in parts.columns:
        matches[BOTH] = matches[BOTH]._replace(reason=reason("column.position_elsewhere"))
        del parts.columns[BOTH]
    yield from _identify(parts, evidence, matches)


def _identify(parts: MappingParts, evidence: Mapping[str, Column], matches: Mapping[str, Match]) -> Iterator[Reason]:
    """The columns that identify a row, in this file and in later ones."""
    number = parts.columns.get("id")
    if number is None:
        where = next((parts.columns[each] for each in ("address", "title", "village") if each in parts.columns), None)
        parts.id_columns = (*parts.received, *([where] if where else ()))
        yield reason("proposal.id_missing", columns=parts.id_columns)
    elif evidence[number].is_running and matches["id"].confidence < 0.5:
        parts.id_columns = (*parts.received, number)
        yield reason("proposal.id_row_numbers", column=number)
    else:
        parts.id_columns = (number,)
        if evidence[number].is_running:
            yield reason("proposal.id_running", column=number)


def _values(parts: MappingParts, found: Survey, matches: dict[str, Match]) -> None:
    """The lists of values into `parts`."""
    city_names = CityNames(parts.city)
    for name in ("category", "agency"):
        if name in parts.columns:
            values = found.values[ColumnTexts((parts.columns[name],))]
            choices = agency_choices(values, city_names) if name == "agency" else category_choices(values, city_names)
            parts.choices[name] = choices
            if name == "agency" and values and not choices.values:
                match = matches[name]
                but = reason("column.but", first=match.reason, second=reason("column.no_agency"))
                matches[name] = match._replace(reason=but, confidence=min(match.confidence, 0.45))
                if len(values) > VALUES_MOST:
                    del parts.columns[name]
    if "status" in parts.columns:
        values = found.values[ColumnTexts((parts.columns["status"],))]
        parts.statuses = status_events(sorted(values, key=lambda value: (-values[value], value)))


def _dates(dates: DateFormats, parts: MappingParts) -> Iterator[Reason]:
    if dates.ambiguous is not None:
        yield dates.ambiguous
    if not dates.formats:
        yield reason("proposal.dates_unknown", columns=parts.received)


def _positions(parts: MappingParts, found: Survey, matches: dict[str, Match]) -> Iterator[Reason]:
    lat, lon = parts.columns.get("lat"), parts.columns.get("lon")
    for column, degrees in found.degrees.items():
        if degrees.broken:
            yield reason("proposal.decimal_lost", column=column, value=degrees.broken[0])
        if degrees.commas:
            parts.decimal = ","
    if lat is None or lon is None:
        if BOTH not in parts.columns and (lat or lon):
            yield reason("proposal.half_position", column=lat or lon)
        return
    if are_swapped(found.degrees[lat], found.degrees[lon]):
        parts.columns["lat"], parts.columns["lon"] = lon, lat
        for name, column in (("lat", lon), ("lon", lat)):
            matches[name] = Match(column, name, 0.8, reason("column.exchanged"))
        yield reason("proposal.position_exchanged", lat=lat, lon=lon)


def _twice(found: Survey, id_columns: Sequence[str]) -> Iterator[Reason]:
    if found.twice:
        yield reason("proposal.id_repeated", n=found.twice, columns=tuple(id_columns))


def _columns(sheets: Sheets, parts: MappingParts, matches: Mapping[str, Match]) -> Iterator[ColumnProposal]:
    by_column = {match.column: match for match in matches.values()}
    for column in sheets.columns:
        match, field, confidence, why = by_column.get(column), None, 0.0, reason("column.unknown")
        if match is not None:
            why = match.reason
            if match.field in parts.columns:
                field, confidence = match.field, round(match.confidence, 2)
        yield ColumnProposal(column=column, field=field, confidence=confidence, reason=why)
