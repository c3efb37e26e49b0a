from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.domain.cases.model import ActorKind, EventKind
from ingest.source import Record, Unreadable
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from tests.factories import a_city

PLAIN: dict[str, Any] = {
    "times": {"formats": ["iso", "%d/%m/%Y %H:%M", "%d/%m/%Y"], "zone": "Asia/Jakarta"},
    "nulls": ["-", "kosong"],
    "id": {"column": "nomor", "required": True},
    "received": ["tanggal", "waktu"],
    "category": "kategori",
    "title": "judul",
    "text": "uraian",
    "agency": "opd",
    "address": {"columns": ["jalan", "kota"], "join": ", "},
    "position": {"lat": "lintang", "lon": "bujur", "decimal": ","},
    "events": {
        "dispatched": {"kind": "dispatched", "at": "received", "needs_agency": True},
        "resolved": {"kind": "resolved", "at": "selesai", "by": "agency", "text": "catatan"},
        "closed": {"kind": "closed", "at": "ditutup", "optional": True},
    },
    "always": ["dispatched"],
    "status": {"column": "status", "values": {"": [], "Selesai": ["resolved", "closed"]}},
}
ROW = {
    "nomor": "17",
    "tanggal": "13/03/2026",
    "waktu": "16:00",
    "kategori": "Sampah",
    "judul": "TPS penuh",
    "lintang": "-7,8712",
    "bujur": "112,5271",
}
RECEIVED = datetime(2026, 3, 13, 9, tzinfo=UTC)


def mapping(**changes: Any) -> TableMapping:
    return TableMapping(MappingSettings.model_validate(PLAIN | changes), a_city().agencies)


def read(changes: dict[str, Any] | None = None, **cells: Any) -> Record:
    return mapping(**(changes or {})).read(ROW | cells)


def fault(changes: dict[str, Any] | None = None, **cells: Any) -> str:
    with pytest.raises(Unreadable) as refused:
        read(changes, **cells)
    return str(refused.value)


def test_a_row_becomes_a_record():
    record = read(jalan="Jl. Diponegoro", kota="Batu", opd="DLH")
    assert (record.external_id, record.received_at, record.category) == ("17", RECEIVED, "Sampah")
    assert (record.title, record.address, record.agency) == ("TPS penuh", "Jl. Diponegoro, Batu", "dlh")
    assert (record.lat, record.lon) == (-7.8712, 112.5271)
    assert [(event.kind, event.at, event.agency) for event in record.events] == [
        (EventKind.DISPATCHED, RECEIVED, "dlh")
    ]


def test_a_day_without_a_time_is_received_at_its_first_moment():
    assert read(waktu="").received_at == datetime(2026, 3, 12, 17, tzinfo=UTC)


@pytest.mark.parametrize("word", ["", "  ", "-", "Kosong", None])
def test_words_that_mean_nothing_are_nothing(word: str | None):
    record = read(judul=word, jalan=word, kota="Batu")
    assert (record.title, record.address) == ("", "Batu")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"nomor": " "}, ["nomor", "kosong"]),
        ({"nomor": "7" * 201}, ["nomor", "200"]),
        ({"tanggal": ""}, ["tanggal, waktu", "16:00"]),
        ({"tanggal": "", "waktu": ""}, ["tanggal, waktu", "kosong"]),
        ({"tanggal": "30/02/2026"}, ["tanggal, waktu", "30/02/2026", "tidak ada"]),
        ({"tanggal": "kemarin"}, ["kemarin", "contoh yang benar", "31/03/2026 14:05"]),
        ({"lintang": "selatan"}, ["lintang", "selatan", "-7,8712"]),
        ({"lintang": "112,5", "bujur": "112,5"}, ["lintang", "112,5", "antara -90 dan 90"]),
        ({"lintang": "nan"}, ["lintang", "nan"]),
        ({"bujur": ""}, ["lintang, bujur", "keduanya"]),
        ({"status": "Entah"}, ["status", "Entah", "Selesai"]),
        ({"status": "Selesai"}, ["selesai", "kosong"]),
        ({"status": "Selesai", "selesai": "13/03/2026 15:59"}, ["selesai", "mendahului"]),
        ({"judul": "a\x00b"}, ["judul", "NUL"]),
    ],
)
def test_a_fault_names_column_and_value_and_what_would_be_right(cells: dict[str, str], said: list[str]):
    told = fault(**cells)
    assert [part for part in said if part not in told] == []


def test_a_status_says_what_has_happened_in_order_of_time():
    record = read(status="SELESAI", selesai="14/03/2026 08:00", ditutup="16/03/2026 08:00", catatan="Diangkut.")
    assert [(e.kind, e.actor_kind, e.text) for e in record.events] == [
        (EventKind.RESOLVED, ActorKind.AGENCY, "Diangkut."),
        (EventKind.CLOSED, ActorKind.SYSTEM, None),
    ]


def test_an_optional_time_that_is_missing_is_no_event():
    record = read(status="Selesai", selesai="14/03/2026 08:00")
    assert [event.kind for event in record.events] == [EventKind.RESOLVED]


def test_an_end_on_the_day_of_receipt_without_a_time_is_not_before_receipt():
    record = read(status="Selesai", selesai="13/03/2026")
    assert [event.at for event in record.events] == [RECEIVED]


def test_an_unknown_status_may_be_allowed():
    record = read({"status": {"column": "status", "values": {}, "otherwise": []}}, status="Entah")
    assert record.events == ()


@pytest.mark.parametrize(
    ("position", "cells"),
    [
        ({"lat": "lintang", "lon": "bujur", "decimal": ","}, {"lintang": "0", "bujur": "0,0"}),
        ({"lat": "lintang", "lon": "bujur", "whole_degrees_missing": True}, {"lintang": "39.0", "bujur": "-77"}),
        ({"lat": "lintang", "lon": "bujur"}, {"lintang": "", "bujur": ""}),
    ],
)
def test_a_position_that_says_nothing_is_none(position: dict[str, Any], cells: dict[str, str]):
    record = read({"position": position}, **cells)
    assert (record.lat, record.lon) == (None, None)


def test_a_decimal_point_is_understood_where_commas_are_usual():
    assert read(lintang="-7.8712").lat == -7.8712


@pytest.mark.parametrize(
    ("text", "category"),
    [("SW-Dirty Street", "sampah"), ("FOR-Tree Down", "pohon"), ("FOR-Stump", "lainnya"), ("Kabar Baik", "baik")],
)
def test_values_come_before_rules_and_rules_are_asked_in_order_by_whole_words(text: str, category: str):
    rules = [{"then": "pohon", "words": ["tree", "limb"]}, {"then": "sampah", "starts": ["SW-"]}]
    pick = {"column": "kategori", "values": {"kabar  baik": "baik"}, "rules": rules, "otherwise": "lainnya"}
    assert read({"category": pick}, kategori=text).category == category


def test_a_value_that_nothing_maps_is_refused_with_what_is_known():
    pick = {"column": "kategori", "values": {"Sampah": "sampah", "PJU": "pju"}}
    assert "'Banjir' tidak dikenal; yang benar: Sampah, PJU" in fault({"category": pick}, kategori="Banjir")


def test_a_value_may_pass_as_it_is_where_nothing_maps_it():
    pick = {"column": "judul", "values": {"": "Tanpa judul"}, "otherwise": "="}
    assert [read({"title": pick}, judul=text).title for text in ("", "Apa Adanya")] == ["Tanpa judul", "Apa Adanya"]


def test_an_agency_is_known_by_code_name_and_short_name_and_another_text_is_left_to_the_pipeline():
    assert [read(opd=text).agency for text in ("dlh", "Dinas DLH", "DLH", "Dinas X")] == [
        "dlh",
        "dlh",
        "dlh",
        "Dinas X",
    ]


def test_a_confidential_row_becomes_a_private_record():
    pick = {"column": "tipe", "rules": [{"then": "yes", "words": ["rahasia"]}], "otherwise": ""}
    assert [read({"private": pick}, tipe=text).private for text in ("Anonim|Rahasia", "Anonim", "")] == [
        True,
        False,
        False,
    ]


def test_a_text_that_is_too_long_is_cut_and_shows_it():
    record = read(judul="j" * 400, uraian="u" * 5000)
    assert (len(record.title), record.title[-1], len(record.text)) == (300, "…", 4000)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"always": ["gone"]}, "gone"),
        ({"category": {"constant": "x", "column": "y"}}, "either a column"),
        ({"category": {"column": "y", "rules": [{"then": "z"}]}}, "`starts` or `words`"),
        ({"times": {"zone": "Asia/Batu"}}, "Asia/Jakarta"),
        ({"times": {"zone": "Asia/Jakarta", "formats": ["%H:%M"]}}, "whole date"),
        ({"events": {"dispatched": {"kind": "received", "at": "x"}}}, "nothing that a table can tell"),
        ({"kategori": "x"}, "kategori"),
        (
            {
                "position": {
                    "lat": "a",
                    "lon": "b",
                    "projected": {
                        "of": {"south": 2, "west": 0, "north": 1, "east": 1},
                        "onto": {"south": 0, "west": 0, "north": 1, "east": 1},
                    },
                }
            },
            "south must be less",
        ),
    ],
)
def test_a_fault_in_the_settings_says_what_would_be_right(changes: dict[str, Any], said: str):
    with pytest.raises(ValidationError, match=said):
        MappingSettings.model_validate(PLAIN | changes)


CELLS = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.sampled_from(
        ["13/03/2026", "16:00", "Selesai", "-7,9", "112.5", "1e999", "-", "=cmd()", "2026-13-45", "\ud800"]
    ),
    st.integers(),
    st.floats(),
)


@given(st.dictionaries(st.sampled_from([*ROW, "selesai", "ditutup", "status", "catatan", "opd", "jalan"]), CELLS))
def test_whatever_stands_in_a_row_it_is_read_or_refused(row: dict[str, Any]):
    for cells in (row, ROW | row):
        with contextlib.suppress(Unreadable, ValidationError):
            assert mapping().read(cells).external_id
