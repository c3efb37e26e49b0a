"""Where a record is: by position, by names, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.cases.model import EventKind, Precision
from data.reference.places.villages import VILLAGES, by_code
from data.store.db.engine import Engine
from ingest.pipeline.drafting.placing import Location, locate, locate_many
from ingest.source import Record
from ingest.tabular.mapping.cells import Cells, Position
from ingest.tabular.mapping.columns import PositionSettings
from tests.factories import BEJI, SISIR, TEMAS
from tests.ingest.sources.feed.feed import (
    FEED,
    GROUND,
    SISIR_AT,
    a_delivery,
    a_payload,
    a_pipeline,
    its_events,
    old,
    the_case,
    took,
)

PUNTEN, SIDOMULYO = "35.79.02.2001", "35.79.01.2007"
OUTSIDE = {"lat": -7.9666, "lon": 112.6326}


def a_record(**changes: Any) -> Record:
    """A record without a position."""
    nowhere = {"lat": None, "lon": None, "title": "Jalan berlubang", "text": "Mohon diperbaiki."}
    return Record.model_validate(a_payload(**nowhere | changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    {
        "street": ({"address": "Jl. Diponegoro 5, Sisir"}, ("street", SISIR)),
        "village": ({"address": "RT 2 RW 3 Kel. Sisir"}, ("village", SISIR)),
        "kecamatan": ({"address": "Kec. Bumiaji"}, ("district", None)),
        "nothing": ({"address": "di belakang pasar"}, ("none", None)),
        "street of a village": ({"address": "Jl. Raya Punten"}, ("none", None)),
        "two": ({"address": "Beji / Sidomulyo"}, ("none", None)),
        "two of one kecamatan": ({"address": "Beji, Mojorejo"}, ("district", None)),
        "elsewhere": ({"address": "Beji, Kab. Pasuruan"}, ("none", None)),
        "field": ({"village": "Beji"}, ("village", BEJI)),
        "field, street in the address": ({"village": "Sisir", "address": "Jl. Kartini 7"}, ("street", SISIR)),
        "field misspelt": ({"village": "Sidomulya"}, ("village", SIDOMULYO)),
        "field with its kecamatan": ({"village": "Punten, Kec. Bumiaji"}, ("village", PUNTEN)),
        "field is a kecamatan": ({"village": "Kecamatan Bumiaji"}, ("district", None)),
        "field names both": ({"village": "Bumiaji"}, ("village", "35.79.02.2006")),
        "field is Batu": ({"village": "Batu"}, ("none", None)),
        "field silent": ({"village": "-", "address": "Kel. Temas"}, ("village", TEMAS)),
        "field beats a bare name": ({"village": "Sisir", "address": "Jl. Kartini, Temas"}, ("street", SISIR)),
        "field against the address": ({"village": "Sisir", "address": "Desa Beji"}, ("none", None)),
        "the same, one kecamatan": ({"village": "Sisir", "address": "Kel. Temas"}, ("district", None)),
        "kecamatan against the address": ({"village": "Kec. Batu", "address": "Desa Beji"}, ("none", None)),
        "kecamatan, village in the address": ({"village": "Kec. Junrejo", "address": "Beji"}, ("village", BEJI)),
        "field in another regency": ({"village": "Beji, Kab. Pasuruan"}, ("none", None)),
        "field, address in another city": ({"village": "Sidomulyo", "address": "Kota Samarinda"}, ("none", None)),
        "field, address in another kecamatan": ({"village": "Beji", "address": "Kec. Bumiaji"}, ("none", None)),
        "text of another regency": ({"text": "SMPN 1 Sidomulyo Sidoarjo"}, ("none", None)),
        "title": ({"title": "Lampu mati di Desa Beji"}, ("village", BEJI)),
        "text": ({"text": "Sampah di Desa Beji, Jl. Melati"}, ("village", BEJI)),
        "text within the kecamatan": ({"address": "Kec. Junrejo", "text": "di Desa Beji"}, ("village", BEJI)),
        "text against the kecamatan": ({"address": "Kec. Bumiaji", "text": "di Desa Beji"}, ("district", None)),
        "text against the address": ({"address": "Kel. Sisir", "text": "di Desa Beji"}, ("village", SISIR)),
        "text where the address is undecided": ({"address": "Beji / Sidomulyo", "text": "Desa Beji"}, ("none", None)),
        "greeting": ({"text": "Punten pak, mohon diperbaiki"}, ("none", None)),
        "0,0": ({"lat": 0, "lon": 0, "address": "Desa Beji"}, ("village", BEJI)),
        "half a position": ({"lat": -7.87, "address": "Desa Beji"}, ("village", BEJI)),
    }.values(),
)
def test_without_a_position_names_decide(changes: dict[str, Any], expected: tuple[str, str | None]):
    record = a_record(**changes)
    found = locate(record, GROUND)
    assert (str(found.precision), found.village, found.lat) == (*expected, None)
    assert locate_many([record, a_record(lat=SISIR_AT[0], lon=SISIR_AT[1])], GROUND)[0] == found


def test_a_position_decides_whatever_is_named():
    inside = a_record(lat=SISIR_AT[0], lon=SISIR_AT[1], address="Desa Beji", village="Beji")
    assert locate(inside, GROUND) == Location(Precision.EXACT, SISIR, *SISIR_AT)
    outside = a_record(**OUTSIDE, address="Jl. Diponegoro, Kel. Sisir", village="Sisir")
    assert locate(outside, GROUND) == Location(Precision.OUTSIDE, None, *OUTSIDE.values())


texts = (
    st.none()
    | st.text(max_size=60)
    | st.sampled_from(
        ["Desa Beji", "Jl. Raya Punten", "Kec. Batu", "Sisir", "Jl. Kartini, Temas", "Bumiaji", "Kab. Malang", "0"]
    )
)


@given(texts, texts, texts, st.sampled_from([(None, None), (0.0, 0.0), SISIR_AT, (-7.9666, 112.6326), (1.0, None)]))
def test_one_by_one_and_many_at_once_say_the_same(
    village: str | None, address: str | None, text: str | None, at: tuple[float | None, float | None]
):
    record = a_record(village=village, address=address, text=(text or "")[:4000], lat=at[0], lon=at[1])
    found = locate(record, GROUND)
    assert locate_many([record], GROUND) == [found]
    assert (found.village is not None) == (found.precision in (Precision.EXACT, Precision.STREET, Precision.VILLAGE))


@given(st.sampled_from(VILLAGES))
def test_a_position_whose_parts_are_exchanged_is_turned_when_only_that_is_possible(village: Any):
    record = a_record(lat=village.inside_lon, lon=village.inside_lat)
    assert (record.lat, record.lon, record.swapped) == (village.inside_lat, village.inside_lon, True)
    assert by_code[locate(record, GROUND).village or ""] is village


@pytest.mark.parametrize(
    ("lat", "lon"), [(112.63, -7.96), (97.2, 10.0), (112.5, 112.5), ("112,5", "-7,9"), (112.5, None)]
)
def test_any_other_impossible_position_is_refused(sqlite_engine: Engine, lat: object, lon: object):
    assert took(sqlite_engine, lat=lat, lon=lon).startswith("rejected: lat")


def test_a_turned_position_is_used_and_the_case_keeps_a_note_of_it(engine: Engine):
    swapped = {"lat": SISIR_AT[1], "lon": SISIR_AT[0]}
    assert took(engine, "live", **swapped) == "new"
    assert took(engine, "live", **swapped) == "same"
    raws = [old("bulk", **swapped), old("other")]
    assert [o.kind for o in a_pipeline(engine).write_history(FEED, a_delivery(*raws), raws[0].payload["received_at"])]
    for external_id in ("live", "bulk"):
        facts = the_case(engine, external_id).facts
        assert (facts.lat, facts.lon, facts.precision, facts.village) == (*SISIR_AT, Precision.EXACT, SISIR)
        [note] = [event for event in its_events(engine, external_id) if event.kind is EventKind.NOTE]
        assert (note.reason, note.actor, note.text) == (
            "turned",
            FEED.name,
            "Lintang dan bujur dari sumber tertukar; posisinya dibalik.",
        )


def test_columns_of_a_table_that_are_exchanged_are_turned_too():
    settings = PositionSettings(lat="lintang", lon="bujur", decimal=",")
    read = Position(settings, Cells(()), None).read({"lintang": "112,5276", "bujur": "-7,8696"})
    assert read == (112.5276, -7.8696)
    record = a_record(lat=read[0], lon=read[1])
    assert (record.lat, record.lon, record.swapped) == (-7.8696, 112.5276, True)


def test_a_private_report_is_placed_like_any_other(engine: Engine):
    took(engine, category="narkoba", lat=None, lon=None, address="Jl. Kartini, Kel. Sisir")
    facts = the_case(engine).facts
    assert (facts.private, facts.precision, facts.village) == (True, Precision.STREET, SISIR)
