"""Hostile and broken values in tables, from the folder to the stored case, each with its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data import clock
from data.store.db.engine import Engine
from tests.ingest.doors import Hand, all_cases, all_events, around, configured, pipeline
from tests.ingest.tabular.books import book, cells, hand_made, sheet_xml, texts

HEAD = ("nomor", "tanggal", "waktu", "kategori", "uraian", "lintang", "bujur", "status", "tanggal_selesai")
GOOD: Mapping[str, Any] = dict(
    zip(HEAD, ("1", datetime(2026, 3, 12), "08.30", "sampah", "x", "", "", "Baru", ""), strict=True)
)


class Door:
    """A drop folder on a SQLite store."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.engine, self.path = engine, home / "drop"
        self.path.mkdir()
        self.hand = Hand(configured("opd_csv", around(engine, home), settle_s=0), pipeline(engine))

    def take(self) -> Mapping[str, int]:
        return self.hand.take(clock.now())

    def told(self, **changes: Any) -> list[str]:
        """Result and remark of one row."""
        book(self.path / "a.xlsx", [list(HEAD), list({**GOOD, **changes}.values())])
        self.take()
        return texts(self.path / "a.xlsx.hasil.xlsx")[1][-2:]

    def case(self) -> Mapping[str, Any]:
        (case,) = all_cases(self.engine)
        return case


@pytest.fixture
def door(sqlite_engine: Engine, tmp_path: Path) -> Door:
    return Door(sqlite_engine, tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tanggal": datetime(3020, 1, 1)}, "di masa depan"),
        ({"tanggal": datetime(1900, 3, 1)}, "sebelum hari pertama kalender kerja"),
        ({"tanggal": "31/02/2026"}, "tanggal atau jam yang tidak ada"),
        ({"tanggal": "2026-02-31"}, "yang tidak ada"),
        ({"tanggal": "lusa"}, "bukan waktu; contoh yang benar"),
        ({"tanggal": ""}, "bukan waktu"),
        ({"tanggal": "", "waktu": ""}, "kosong; waktu laporan diterima wajib diisi"),
        ({"status": "Selesai", "tanggal_selesai": datetime(2026, 3, 1)}, "mendahului waktu laporan diterima"),
        ({"lintang": "abc", "bujur": "112,52"}, "kolom lintang: 'abc' bukan derajat"),
        ({"lintang": "-7.871.234", "bujur": "112.527.100"}, "bukan derajat"),
        ({"lintang": "-7,87"}, "isi keduanya atau kosongkan keduanya"),
        ({"status": "Entah"}, "tidak dikenal"),
        ({"nomor": ""}, "kolom nomor: kosong, padahal wajib diisi"),
        ({"nomor": "9" * 201}, "lebih dari 200 huruf"),
        ({"kategori": ""}, "kolom kategori: kosong"),
        ({"uraian": "=cmd|' /C calc'!A0"}, "rumus tanpa hasil"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_column_and_what_would_be_right(
    door: Door, changes: dict[str, Any], said: str
):
    result, remark = door.told(**changes)
    assert result == "ditolak"
    assert said in remark
    assert all_cases(door.engine) == []


@pytest.mark.parametrize(
    ("lintang", "bujur", "lat", "precision"),
    [
        ("-7,87", "112,52", -7.87, "exact"),
        ("-7.87", "112.52", -7.87, "exact"),
        (-7.87, 112.52, -7.87, "exact"),
        ("112,52", "-7,87", -7.87, "exact"),
        ("0", "0", None, "none"),
        (0, 0, None, "none"),
        ("-6,2", "106,8", -6.2, "outside"),
    ],
)
def test_positions_with_commas_exchanged_at_zero_or_outside_have_their_outcome(
    door: Door, lintang: Any, bujur: Any, lat: float | None, precision: str
):
    assert door.told(lintang=lintang, bujur=bujur)[0] == "baru"
    case = door.case()
    assert (case["lat"], case["precision"]) == (lat, precision)


def test_an_exchanged_position_is_turned_and_noted(door: Door):
    door.told(lintang="112,52", bujur="-7,87")
    assert [event["reason"] for event in all_events(door.engine, "note")] == ["turned"]


def test_a_time_without_a_zone_is_the_city_s(door: Door):
    assert door.told()[0] == "baru"
    assert f"{door.case()['received_at']:%d %H:%M %Z}" == "12 01:30 UTC"


def test_very_many_categories_are_one_for_triage(door: Door):
    book(
        door.path / "a.xlsx",
        [list(HEAD), *(list({**GOOD, "nomor": n, "kategori": f"k{n}"}.values()) for n in range(1_100))],
    )
    assert door.take() == {"new": 1_100}
    assert {case["category"] for case in all_cases(door.engine)} == {"lainnya"}


def test_a_nul_in_a_workbook_is_refused_in_its_row_and_in_csv_the_file_is(door: Door):
    row = cells("1", "12/03/2026", "08.30", "sampah", "a_x0000_b")
    hand_made(door.path / "a.xlsx", sheet_xml(f'<row r="1">{cells(*HEAD)}</row><row r="2">{row}</row>'))
    assert door.take() == {"rejected": 1}
    assert "kolom uraian: berisi karakter NUL" in texts(door.path / "a.xlsx.hasil.xlsx")[1][-1]
    (door.path / "b.csv").write_bytes(b"nomor;tanggal;kategori;uraian\n1;12/03/2026;sampah;a\x00b\n")
    door.take()
    assert "baris 2: berisi karakter NUL" in door.hand.remark


def test_the_same_number_twice_is_one_report_and_the_second_row_says_so(door: Door):
    twice = [list(HEAD), list(GOOD.values()), list(GOOD.values())]
    book(door.path / "a.xlsx", twice)
    assert door.take() == {"new": 1, "same": 1}
    assert [row[-2] for row in texts(door.path / "a.xlsx.hasil.xlsx")[1:]] == ["baru", "sama"]


def test_of_a_number_that_comes_again_as_it_was_before_the_row_says_that_it_is_older(door: Door):
    done = {**GOOD, "status": "Selesai", "tanggal_selesai": "13/03/2026"}
    book(door.path / "a.xlsx", [list(HEAD), list(done.values()), list((GOOD | {"uraian": "Sebelumnya lain"}).values())])
    assert door.take() == {"new": 1, "older": 1}
    said = [row[-2:] for row in texts(door.path / "a.xlsx.hasil.xlsx")[1:]]
    assert said[1] == ["usang", "lebih lama daripada yang sudah tersimpan untuk nomor ini; tidak diambil"]
    assert door.case()["text"] == GOOD["uraian"]


def test_a_report_that_goes_back_to_open_has_its_outcome_in_the_workbook(door: Door):
    assert door.told(status="Selesai", tanggal_selesai=datetime(2026, 3, 13))[0] == "baru"
    assert door.case()["state"] == "resolved"
    assert door.told(status="Diproses")[0] in ("diperbarui", "sama")


def test_a_sheet_that_is_damaged_behind_its_first_thousand_rows_keeps_what_was_read_and_says_so(door: Door):
    rows = "".join(f"<row>{cells(str(n), '12/03/2026', '08.30', 'sampah', 'x')}</row>" for n in range(2_500))
    broken = f'<row><c t="s"><v>99</v></c></row><row>{cells("z")}</row>'
    hand_made(door.path / "a.xlsx", sheet_xml(f"<row>{cells(*HEAD)}</row>{rows}{broken}"))
    door.take()
    assert "tidak dapat dibaca sampai akhir" in door.hand.remark
    assert len(all_cases(door.engine)) >= 1_000
    door.take()
    assert "yang di atasnya sudah diambil" in door.hand.remark
    assert "teks nomor '99' tidak ada" in texts(door.path / "a.xlsx.hasil.xlsx")[1][3]
