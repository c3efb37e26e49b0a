"""Finds the place of a record: its village by position, else by the places that its texts name.

Examined are, in this order, the village field, the address, title and text. The first that names a village decides,
within a kecamatan that an earlier one named; one that names two villages, contradicts itself or names another city ends
the search: see `data.reference.places.names`. When field and address both name a village, they must agree. A street
counts only together with a village, because streets have no positions here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.domain.cases.model import Precision
from data.reference.boundaries.areas import Boundaries
from data.reference.places.names import (
    NO_PLACE,
    NamedPlace,
    PlaceProblem,
    place_in_address,
    place_in_cell,
    place_in_text,
)
from data.reference.places.scanner import Mention
from data.reference.places.villages import DISTRICTS, village_named
from ingest.source import Record


class Location(NamedTuple):
    """The place of a case. Without a position `lat` and `lon` are None."""

    precision: Precision
    village: str | None
    """Kemendagri code; None outside the city, in a forest, and when it is unknown."""
    lat: float | None = None
    lon: float | None = None
    district: str | None = None
    """Kemendagri code of the kecamatan, when only that is known."""


_DISTRICT_CODES = {name: code for code, name in DISTRICTS.items()}
_CONFLICTS = frozenset({PlaceProblem.TWO, PlaceProblem.CONTRADICTION, PlaceProblem.ELSEWHERE})


def locate(record: Record, boundaries: Boundaries) -> Location:
    """By the position, if there is one, even when the record names a village and the position is outside the city."""
    if not _has_position(record):
        return _locate_by_name(record)
    placed = boundaries.place(record.lat, record.lon)
    return _at_position(record, placed.village, placed.inside_city)


def locate_many(records: Sequence[Record], boundaries: Boundaries) -> list[Location]:
    """`locate` for many at once."""
    has = [_has_position(record) for record in records]
    lats = np.array([record.lat if there else np.nan for record, there in zip(records, has, strict=True)], np.float64)
    lons = np.array([record.lon if there else np.nan for record, there in zip(records, has, strict=True)], np.float64)
    placed = boundaries.place_many(lats, lons)
    rows = zip(records, has, placed.codes.tolist(), placed.inside.tolist(), strict=True)
    return [
        _at_position(record, code, inside) if there else _locate_by_name(record) for record, there, code, inside in rows
    ]


def place_named(record: Record) -> NamedPlace:
    """The place that the record's texts name, whether or not it has a position."""
    field = _field(record.village) if record.village else NO_PLACE
    address = place_in_address(record.address) if record.address else NO_PLACE
    first = _combine(field, address)
    if first is not None:
        return first
    in_text = place_in_text(f"{record.title}\n{record.text}")
    if in_text.village is not None and _is_in_district(in_text, field.district or address.district):
        return in_text
    return next((named for named in (field, address, in_text) if named.problem is not PlaceProblem.SILENT), NO_PLACE)


def _has_position(record: Record) -> bool:
    """0,0 counts as no position, because phones and servers send it when they have none."""
    return record.lat is not None and record.lon is not None and (record.lat != 0 or record.lon != 0)


def _at_position(record: Record, village: str | None, inside: bool) -> Location:
    if not inside:
        return Location(Precision.OUTSIDE, None, record.lat, record.lon)
    return Location(Precision.EXACT, village, record.lat, record.lon)


def _locate_by_name(record: Record) -> Location:
    named = place_named(record)
    if named.village is not None:
        return Location(Precision.STREET if named.street else Precision.VILLAGE, named.village)
    if named.district is None:
        return Location(Precision.NONE, None)
    return Location(Precision.DISTRICT, None, district=_DISTRICT_CODES[named.district])


def _field(text: str) -> NamedPlace:
    """The place in the village field: a bare `Bumiaji` is the village here, not the kecamatan; streets are ignored."""
    in_cell = place_in_cell(text)
    village = None if in_cell.problem in _CONFLICTS else village_named(text)
    if village is not None:
        return NamedPlace(village.code, village.district, mention=Mention(village, 3, text.strip()))
    return in_cell._replace(street="")


def _combine(field: NamedPlace, address: NamedPlace) -> NamedPlace | None:
    """The place from field and address together; None: title and text decide."""
    if field.problem in _CONFLICTS:
        return field
    if field.village is not None:
        return _combine_with_field_village(field, address)
    if address.problem in _CONFLICTS:
        return address
    if field.district is not None and address.district not in (None, field.district):
        return NamedPlace(problem=PlaceProblem.CONTRADICTION)
    return None if address.village is None else address


def _combine_with_field_village(field: NamedPlace, address: NamedPlace) -> NamedPlace:
    """The field's village with the address's street; PlaceProblem.TWO when the address clearly names another village.

    An address in another city or kecamatan contradicts the field.
    """
    if address.problem in (PlaceProblem.ELSEWHERE, PlaceProblem.CONTRADICTION):
        return NamedPlace(problem=address.problem)
    if address.village is None and address.district not in (None, field.district):
        return NamedPlace(problem=PlaceProblem.CONTRADICTION)
    if address.village in (None, field.village) or address.mention is None or address.mention.weight < 3:
        return field._replace(street=address.street)
    return NamedPlace(district=field.district if field.district == address.district else None, problem=PlaceProblem.TWO)


def _is_in_district(named: NamedPlace, district: str | None) -> bool:
    return district is None or named.district == district
