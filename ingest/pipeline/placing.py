"""Where a record is: its village by position, else by the villages and kecamatan that it names.

Asked are, in this order, the village's own field, the address, title and text. The first that names a village decides,
within the kecamatan that one before it may have named; one that names two, contradicts itself or names another city
ends the search: see `data.reference.places.names`. Field and address that both name a village must agree. A street
counts only with a village: a position of its own it has not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.domain.cases.model import Precision
from data.reference.boundaries.areas import Boundaries
from data.reference.places.names import NOTHING, Named, Why, cell, named_in, told_in
from data.reference.places.scanner import Mention
from data.reference.places.villages import DISTRICTS, village_named
from ingest.source import Record


class Location(NamedTuple):
    """Where a case is. Without a position `lat` and `lon` are None."""

    precision: Precision
    village: str | None
    """Kemendagri code; None outside the city, in a forest, and when nothing is known."""
    lat: float | None = None
    lon: float | None = None
    district: str | None = None
    """Kemendagri code of the kecamatan, where no more than that is known."""


_DISTRICT_CODES = {name: code for code, name in DISTRICTS.items()}
_ENDS = frozenset({Why.TWO, Why.CONTRADICTION, Why.ELSEWHERE})


def locate(record: Record, boundaries: Boundaries) -> Location:
    """A position decides alone: outside the city it is said so, whatever village the record names."""
    if not _has_position(record):
        return _by_name(record)
    placed = boundaries.place(record.lat, record.lon)
    return _at(record, placed.village, placed.inside_city)


def locate_many(records: Sequence[Record], boundaries: Boundaries) -> list[Location]:
    """`locate` for many at once."""
    has = [_has_position(record) for record in records]
    lats = np.array([record.lat if there else np.nan for record, there in zip(records, has, strict=True)], np.float64)
    lons = np.array([record.lon if there else np.nan for record, there in zip(records, has, strict=True)], np.float64)
    placed = boundaries.place_many(lats, lons)
    rows = zip(records, has, placed.codes.tolist(), placed.inside.tolist(), strict=True)
    return [_at(record, code, inside) if there else _by_name(record) for record, there, code, inside in rows]


def place_named(record: Record) -> Named:
    """What the record's words say of its place, whether or not it has a position."""
    field = _field(record.village) if record.village else NOTHING
    address = named_in(record.address) if record.address else NOTHING
    first = _both(field, address)
    if first is not None:
        return first
    told = told_in(f"{record.title}\n{record.text}")
    if told.village is not None and _fits(told, field.district or address.district):
        return told
    return next((named for named in (field, address, told) if named.why is not Why.SILENT), NOTHING)


def _has_position(record: Record) -> bool:
    """0,0 is what phones and servers say when they do not know."""
    return record.lat is not None and record.lon is not None and (record.lat != 0 or record.lon != 0)


def _at(record: Record, village: str | None, inside: bool) -> Location:
    if not inside:
        return Location(Precision.OUTSIDE, None, record.lat, record.lon)
    return Location(Precision.EXACT, village, record.lat, record.lon)


def _by_name(record: Record) -> Location:
    named = place_named(record)
    if named.village is not None:
        return Location(Precision.STREET if named.street else Precision.VILLAGE, named.village)
    if named.district is None:
        return Location(Precision.NONE, None)
    return Location(Precision.DISTRICT, None, district=_DISTRICT_CODES[named.district])


def _field(text: str) -> Named:
    """The field is for villages: a bare `Bumiaji` there is the village. A street is not told there."""
    said = cell(text)
    village = None if said.why in _ENDS else village_named(text)
    if village is not None:
        return Named(village.code, village.district, mention=Mention(village, 3, text.strip()))
    return said._replace(street="")


def _both(field: Named, address: Named) -> Named | None:
    """What field and address say together; None: the text may be asked."""
    if field.why in _ENDS:
        return field
    if field.village is not None:
        return _with_field(field, address)
    if address.why in _ENDS:
        return address
    if field.district is not None and address.district not in (None, field.district):
        return Named(why=Why.CONTRADICTION)
    return None if address.village is None else address


def _with_field(field: Named, address: Named) -> Named:
    """The field's village, on the address's street; two when the address names another as expressly.

    An address in another city or kecamatan contradicts the field.
    """
    if address.why in (Why.ELSEWHERE, Why.CONTRADICTION):
        return Named(why=address.why)
    if address.village is None and address.district not in (None, field.district):
        return Named(why=Why.CONTRADICTION)
    if address.village in (None, field.village) or address.mention is None or address.mention.weight < 3:
        return field._replace(street=address.street)
    return Named(district=field.district if field.district == address.district else None, why=Why.TWO)


def _fits(named: Named, district: str | None) -> bool:
    return district is None or named.district == district
