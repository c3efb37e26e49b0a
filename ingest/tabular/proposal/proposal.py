"""A mapping for a table that nobody has mapped yet: proposed with its reasons, for a person to correct once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from data.domain.city.model import City
from ingest.tabular.detection.field_names import BOTH
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.mapping.cell_errors import fields_of
from ingest.tabular.mapping.columns import RECEIVED, MappingSettings, fold
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.proposal.column_content import Column, Knower, columns_of
from ingest.tabular.proposal.column_matching import Match, matched
from ingest.tabular.proposal.column_survey import Asked, Survey, Texts, surveyed
from ingest.tabular.proposal.coordinates import are_swapped
from ingest.tabular.proposal.date_formats import DateFormats, formats_of
from ingest.tabular.proposal.listed_values import WordList, texts_of, word_lists
from ingest.tabular.proposal.mapping_builder import Parts, mapping_of
from ingest.tabular.proposal.reasons import Because, Why
from ingest.tabular.proposal.value_choices import agency_choices, category_choices, status_events
from ingest.tabular.readers.model import Sheets


@dataclass(frozen=True, slots=True)
class ColumnReason:
    """What is proposed for a column."""

    column: str
    field: str | None
    """A field of MappingSettings, or `time`, `done`, `note`, `position`; None: it is not taken."""
    confidence: float
    """0 to 1."""
    why: tuple[Why, ...]
    """One, or two that belong together."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping and its reasons."""

    mapping: Mapping[str, Any]
    """Valid for MappingSettings, and JSON."""
    reasons: tuple[ColumnReason, ...]
    """One of each column, in their order."""
    lists: Mapping[str, WordList] = field(default_factory=dict)
    """By field (category, agency, status) the words of the whole file."""
    ambiguous: tuple[str, ...] = ()
    """What a person should decide: sentences in Bahasa Indonesia."""
    notes: tuple[str, ...] = ()
    """What was found out: likewise."""


def propose(sheets: Sheets, city: City, base: MappingSettings | None = None) -> Proposal:
    """`base`: the mapping of the file's source, which is taken where the table has all of its columns.

    Reads the whole file once. Raises BrokenTable, OSError.
    """
    names = {fold(column): column for column in sheets.columns}
    if base is not None and _fits(base, names):
        return _as_source(sheets, city, base)
    evidence = columns_of(sheets.columns, sheets.sample, city)
    labels = zip(sheets.columns, sheets.labels, strict=False)
    own = {column: label for column, label in labels if label and column.endswith(f" {label}")}
    matches = {match.field: match for match in matched(evidence, own)}
    parts = Parts({name: match.column for name, match in matches.items()}, city)
    doubts = list(_settle(parts, evidence, matches))
    listed = [Texts((column,)) for column in parts.listed]
    found = surveyed(sheets, Asked(parts.dates, parts.degrees, listed, parts.id_columns))
    dates = formats_of(found.dates.values())
    parts.formats = dates.formats
    _values(parts, found, matches)
    doubts += [*_dates(dates, parts), *_positions(parts, found, matches), *_twice(found, parts)]
    doubts += [_too_many(parts.columns[name]) for name, choices in parts.choices.items() if choices.too_many]
    mapping = mapping_of(parts)
    lists = word_lists(MappingSettings.model_validate(mapping), found.values, city)
    return Proposal(mapping, tuple(_reasons(sheets, parts, matches)), lists, tuple(doubts), (dates.said,))


def _fits(base: MappingSettings, names: Mapping[str, str]) -> bool:
    needed = [column for columns in fields_of(base).values() for column in columns]
    return all(fold(column) in names for column in needed if column not in base.optional)


def _as_source(sheets: Sheets, city: City, base: MappingSettings) -> Proposal:
    """The source's own mapping, understanding the dates that were found, too."""
    ours = {fold(column): name for name, columns in fields_of(base).items() for column in columns}
    keys = dict.fromkeys([base.received, *(each.at for each in base.events.values() if each.at != (RECEIVED,))])
    values, spelling = texts_of(base).values(), TableMapping(base).columns
    found = surveyed(sheets, Asked(keys, values=values, spelling=spelling, nulls=base.nulls))
    dates = formats_of(found.dates.values())
    full = with_dates(base)
    more = tuple(each for each in dates.formats if each not in full.times.formats)
    times = full.times.model_copy(update={"formats": (*full.times.formats, *more)})
    mapping = full.model_copy(update={"times": times}).model_dump(mode="json", exclude_defaults=True)
    reasons = [
        ColumnReason(column, ours[fold(column)], 1.0, _why(Because.OF_SOURCE))
        if fold(column) in ours
        else ColumnReason(column, None, 0.0, _why(Because.NOT_OF_SOURCE))
        for column in sheets.columns
    ]
    lists = word_lists(base, found.values, city)
    said = "Semua kolom pemetaan sumber ada; pemetaan itu diusulkan."
    return Proposal(mapping, tuple(reasons), lists, notes=(said,))


def _settle(parts: Parts, evidence: Mapping[str, Column], matches: dict[str, Match]) -> Iterator[str]:
    """What no report can be without, made of what there is."""
    if "received" not in parts.columns:
        spare = max(evidence, key=lambda name: (name not in parts.columns.values(), evidence[name].dates.share))
        parts.columns["received"] = spare
        matches["received"] = Match(spare, "received", 0.0, _why(Because.NO_DATE_COLUMN))
        yield "Kolom tanggal laporan tidak ditemukan; pilih kolomnya."
    if "category" not in parts.columns:
        yield "Kolom kategori tidak ditemukan; semua laporan masuk sebagai 'lainnya'."
    if BOTH in parts.columns and "lat" in parts.columns and "lon" in parts.columns:
        matches[BOTH] = matches[BOTH]._replace(why=_why(Because.ELSEWHERE))
        del parts.columns[BOTH]
    yield from _identify(parts, evidence, matches)


def _identify(parts: Parts, evidence: Mapping[str, Column], matches: Mapping[str, Match]) -> Iterator[str]:
    """By which columns a row is told from others, in this file and in the next."""
    number = parts.columns.get("id")
    if number is None:
        where = next((parts.columns[each] for each in ("address", "title", "village") if each in parts.columns), None)
        parts.id_columns = (*parts.received, *([where] if where else ()))
        named = " + ".join(parts.id_columns)
        yield f"Kolom nomor laporan tidak ditemukan; nomor dibentuk dari {named}. Pilih kolom yang benar."
    elif evidence[number].is_running and matches["id"].confidence < 0.5:
        parts.id_columns = (*parts.received, number)
        yield f"Kolom {number!r} hanya nomor urut baris; dipakai bersama tanggal supaya tidak tertukar antar berkas."
    else:
        parts.id_columns = (number,)
        if evidence[number].is_running:
            yield f"Kolom {number!r} berisi 1, 2, 3 dan seterusnya; pastikan itu nomor laporan, bukan nomor urut baris."


def _values(parts: Parts, found: Survey, matches: dict[str, Match]) -> None:
    """The lists of values into `parts`."""
    city, knower = parts.city, Knower(parts.city)
    for name in ("category", "agency"):
        if name in parts.columns:
            values = found.values[Texts((parts.columns[name],))]
            choices = agency_choices(values, city, knower) if name == "agency" else category_choices(values, knower)
            parts.choices[name] = choices
            if name == "agency" and values and not choices.values:
                del parts.columns[name]
                matches[name] = matches[name]._replace(why=_why(Because.NO_AGENCY))
    if "status" in parts.columns:
        values = found.values[Texts((parts.columns["status"],))]
        parts.statuses = status_events(sorted(values, key=lambda value: (-values[value], value)))


def _dates(dates: DateFormats, parts: Parts) -> Iterator[str]:
    if dates.ambiguous:
        yield dates.ambiguous
    if not dates.formats:
        yield f"Tidak satu pun isi {' + '.join(parts.received)} dikenali sebagai tanggal."


def _positions(parts: Parts, found: Survey, matches: dict[str, Match]) -> Iterator[str]:
    lat, lon = parts.columns.get("lat"), parts.columns.get("lon")
    for column, degrees in found.degrees.items():
        if degrees.broken:
            yield f"Kolom {column}: {degrees.broken[0]} kehilangan tanda desimalnya; perbaiki format selnya di Excel."
        if degrees.commas:
            parts.decimal = ","
    if lat is None or lon is None:
        if BOTH not in parts.columns and (lat or lon):
            yield f"Hanya satu dari lintang dan bujur ditemukan ({lat or lon}); posisi tidak diambil."
        return
    if are_swapped(found.degrees[lat], found.degrees[lon]):
        parts.columns["lat"], parts.columns["lon"] = lon, lat
        for name, column in (("lat", lon), ("lon", lat)):
            matches[name] = Match(column, name, 0.8, _why(Because.EXCHANGED))
        yield f"Lintang dan bujur tertukar: kolom {lat!r} berisi bujur dan {lon!r} berisi lintang; diusulkan ditukar."


def _twice(found: Survey, parts: Parts) -> Iterator[str]:
    if found.twice:
        named = " + ".join(parts.id_columns)
        yield f"{found.twice} baris mengulang nomor ({named}) yang sudah ada di atasnya; dianggap laporan yang sama."


def _too_many(column: str) -> str:
    return f"Kolom {column!r} berisi 10.000 nilai berbeda atau lebih; mungkin bukan daftar pilihan."


def _why(because: Because) -> tuple[Why, ...]:
    return (Why(because=because),)


def _reasons(sheets: Sheets, parts: Parts, matches: Mapping[str, Match]) -> Iterator[ColumnReason]:
    by_column = {match.column: match for match in matches.values()}
    for column in sheets.columns:
        match = by_column.get(column)
        if match is None:
            yield ColumnReason(column, None, 0.0, _why(Because.UNKNOWN))
        elif match.field in parts.columns:
            yield ColumnReason(column, match.field, round(match.confidence, 2), match.why)
        else:
            yield ColumnReason(column, None, 0.0, match.why)
