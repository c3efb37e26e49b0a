"""Where a record is: its village by position, else by the village that it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.domain.cases import Precision
from data.reference.boundaries import Boundaries
from data.reference.villages import VILLAGES, village_named
from ingest.source import Record

_DISTRICTS = frozenset(village.district.casefold() for village in VILLAGES)


class Spot(NamedTuple):
    """Where a case is. Without a position `lat` and `lon` are None."""

    precision: Precision
    village: str | None
    """Kemendagri code; None outside the city, in a forest, and when nothing is known."""
    lat: float | None = None
    lon: float | None = None


def place(record: Record, boundaries: Boundaries) -> Spot:
    """A position decides alone: outside the city it is said so, whatever village the record names."""
    if not _has_position(record):
        return _named(record.village)
    placed = boundaries.place(record.lat, record.lon)
    return _at(record, placed.village, placed.inside_city)


def place_many(records: Sequence[Record], boundaries: Boundaries) -> list[Spot]:
    """`place` for many at once."""
    has = [_has_position(record) for record in records]
    lats = np.array([record.lat if there else np.nan for record, there in zip(records, has, strict=True)], np.float64)
    lons = np.array([record.lon if there else np.nan for record, there in zip(records, has, strict=True)], np.float64)
    placed = boundaries.place_many(lats, lons)
    rows = zip(records, has, placed.codes.tolist(), placed.inside.tolist(), strict=True)
    return [_at(record, code, inside) if there else _named(record.village) for record, there, code, inside in rows]


def _has_position(record: Record) -> bool:
    """0,0 is what phones and servers say when they do not know."""
    return record.lat is not None and record.lon is not None and (record.lat != 0 or record.lon != 0)


def _at(record: Record, village: str | None, inside: bool) -> Spot:
    if not inside:
        return Spot(Precision.OUTSIDE, None, record.lat, record.lon)
    return Spot(Precision.EXACT, village, record.lat, record.lon)


def _named(name: str | None) -> Spot:
    village = village_named(name)
    if village is not None:
        return Spot(Precision.VILLAGE, village.code)
    return Spot(Precision.DISTRICT if _is_district(name) else Precision.NONE, None)


def _is_district(name: str | None) -> bool:
    """`Kecamatan Bumiaji`, `Kec. Batu`."""
    words = (name or "").casefold().replace(".", " ").split()
    return len(words) > 1 and words[0] in ("kecamatan", "kec") and words[1] in _DISTRICTS
