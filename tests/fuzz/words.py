"""Targets: the small texts inside of everything: moments, numbers, positions, names of places."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import cache
from itertools import pairwise

from data.reference.places.names import NamedPlace, place_in_address, place_in_cell, place_in_text
from data.reference.places.villages import VILLAGES, village_named
from ingest.source import Unreadable
from ingest.tabular.detection.header import header_place
from ingest.tabular.mapping.cells import Cells, Position
from ingest.tabular.mapping.columns import PositionSettings
from ingest.tabular.mapping.datetimes import EXCEL, ISO, Moments, NoMoment
from ingest.tabular.proposal.evidence.column_content import CityNames, Column
from ingest.tabular.proposal.evidence.coordinates import Degrees, are_swapped
from ingest.tabular.proposal.evidence.date_formats import DateEvidence, formats_of, is_time
from ingest.tabular.readers.cell_values import EPOCH_1900, EPOCH_1904, date_text, number_text, plain_text
from ingest.tabular.readers.merges import merges_of
from ingest.tabular.readers.sheet_parser import column_of
from tests.fuzz import samples
from tests.fuzz.stage import target, texts
from tests.ingest.doors import config

_FORMATS = (
    ISO, EXCEL, "%d/%m/%Y %H:%M", "%d/%m/%y", "%d %b %Y %H.%M", "%A, %d %B %Y", "%b %d, %Y %I:%M %p",
    "%Y-%m-%d %H:%M:%S.%f %z",
)  # fmt: skip
_VILLAGES = frozenset(village.code for village in VILLAGES)


@cache
def _moments() -> Moments:
    return Moments(_FORMATS, "Asia/Jakarta")


def _read(moments: Moments, text: str) -> None:
    with suppress(NoMoment):
        assert moments.read(text).at.utcoffset() == timedelta(0)


@target(samples.moments, examples=200)
def moments(data: bytes) -> None:
    """Moments in fixed formats, one a line."""
    for text in texts(data):
        _read(_moments(), text)


@target(samples.moments, examples=200)
def dates(data: bytes) -> None:
    """A column of dates whose formats are found out, and then read."""
    evidence = DateEvidence()
    for text in texts(data):
        evidence.add(text)
        is_time(text)
    found = formats_of([evidence])
    if found.formats:
        reader = Moments(found.formats, "Asia/Jakarta")
        for text in texts(data):
            _read(reader, text)
            _read(reader, text + "x")


@target(samples.positions, examples=200)
def positions(data: bytes) -> None:
    """Latitudes and longitudes, in one column and in two; what of a column can be told from its numbers."""
    told, cells = texts(data), Cells(("-", "null"))
    ways = [
        PositionSettings(lat="a", lon="b", decimal=","),
        PositionSettings(lat="a", lon="b", whole_degrees_missing=True),
        PositionSettings(pair="a"),
    ]
    for one, other in pairwise([*told, ""]):
        for way in ways:
            try:
                found = Position(way, cells, None).read({"a": one, "b": other})
            except Unreadable:
                continue
            assert found is None or (abs(found[0]) <= 180 and abs(found[1]) <= 180)
    first, second = Degrees(), Degrees()
    for text in told:
        first.add(text)
        second.add(text[::-1])
    are_swapped(first, second)


@target(samples.values, examples=200)
def values(data: bytes) -> None:
    """A workbook's values as texts, and what a column of them says."""
    column, knower = Column(), _knower()
    for text in texts(data):
        number_text(text)
        for epoch in (EPOCH_1900, EPOCH_1904):
            date_text(text, epoch, span=True)
            date_text(text, epoch, span=False)
        column.add(plain_text(text), knower)
        assert -1 <= column_of(text) < 16_384
    assert column.is_running in (True, False)
    merges_of(texts(data))
    header_place([text.split(",") for text in texts(data)])


@cache
def _knower() -> CityNames:
    return CityNames(config().city)


@target(samples.places, examples=200)
def places(data: bytes) -> None:
    """Addresses, texts and cells that may name a village."""
    whole = data.decode("utf-8", "surrogateescape")
    for found in (place_in_address(whole), place_in_text(whole), *map(place_in_cell, texts(data)[:50])):
        _is_known(found)
    village_named(whole)


def _is_known(found: NamedPlace) -> None:
    assert found.village is None or found.village in _VILLAGES
    assert (found.village is None) == (found.problem is not None)
