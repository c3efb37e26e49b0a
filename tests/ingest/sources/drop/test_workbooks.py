"""Workbooks in a drop folder: taken like CSV files, and handed back as workbooks."""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data import clock
from data.store.db.engine import Engine
from ingest.source import outcomes_by_id
from ingest.tabular.raw_rows import BATCH
from tests.ingest.doors import Hand, all_cases, around, configured, pipeline
from tests.ingest.tabular.books import HEADER, book, cells, hand_made, sheet_xml, texts

DAY = datetime(2026, 3, 12)


class Folder:
    """The configured drop folder, and the hand that takes from it."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.engine, self.home, self.path = engine, home, home / "drop"
        self.path.mkdir()
        self.cursor: str | None = None
        self.restart()

    def restart(self) -> None:
        """As after a new start of the process."""
        hand = Hand(configured("opd_csv", around(self.engine, self.home), settle_s=0), pipeline(self.engine))
        hand.cursor = self.hand.cursor if hasattr(self, "hand") else None
        self.hand = hand

    def take(self) -> Counter[str]:
        return self.hand.take(clock.now())

    def put(self, name: str, *rows: list[Any], title: bool = False) -> Path:
        above: list[list[Any]] = [["REKAP DINAS"], []] if title else []
        return book(self.path / name, [*above, list(HEADER), *rows])

    def told(self, name: str) -> list[list[str]]:
        return texts(self.path / f"{name}.hasil.xlsx")

    def ids(self) -> set[str]:
        return {case["external_id"] for case in all_cases(self.engine)}


@pytest.fixture
def folder(sqlite_engine: Engine, tmp_path: Path) -> Folder:
    """What depends on the kind of database is the same for CSV, and tried there."""
    return Folder(sqlite_engine, tmp_path)


def row(number: object, **changes: Any) -> list[Any]:
    plain = dict(zip(HEADER, (number, DAY, "08.30", "sampah", "TPS penuh", "x", "Sisir", "Baru", "", ""), strict=True))
    return list((plain | changes).values())


def test_a_workbook_is_taken_and_handed_back_with_what_became_of_each_row(folder: Folder):
    folder.put("a.xlsx", row(1), row(2, tanggal="lusa"), [], row("contoh"), row(3, tanggal="12/03/2026"), title=True)
    assert folder.take() == Counter(new=2, rejected=1)
    told = folder.told("a.xlsx")
    assert told[0][0] == "REKAP DINAS"
    assert told[2] == [*HEADER, "hasil", "keterangan"]
    assert [line[-2] for line in told[3:]] == ["baru", "ditolak", "", "dilewati", "baru"]
    assert "kolom tanggal, waktu: 'lusa 08.30' bukan waktu" in told[4][-1]
    stored = all_cases(folder.engine)
    assert [(case["external_id"], case["village"]) for case in stored] == [
        ("1", "35.79.01.1004"),
        ("3", "35.79.01.1004"),
    ]
    assert {f"{case['received_at']:%H:%M}" for case in stored} == {"01:30"}


def test_the_same_workbook_is_taken_once_whatever_it_is_called(folder: Folder):
    path = folder.put("a.xlsx", row(1))
    assert folder.take() == Counter(new=1)
    folder.put("other.xlsx", row(8))
    assert folder.take() == Counter(new=1)
    (folder.path / "b.xlsx").write_bytes(path.read_bytes())
    folder.restart()
    assert folder.take() == Counter()
    assert folder.told("b.xlsx")[1][2:] == ["sama", "isi berkas ini sudah pernah diambil; tidak ada yang diambil lagi"]


def test_a_corrected_workbook_brings_its_cases_up_to_date(folder: Folder):
    folder.put("a.xlsx", row(1), row(2, tanggal="lusa"))
    folder.take()
    folder.put("a.xlsx", row(1, status="Selesai", tanggal_selesai=datetime(2026, 3, 13)), row(2))
    assert folder.take() == Counter(updated=1, new=1)
    assert [line[-2] for line in folder.told("a.xlsx")[1:]] == ["diperbarui", "baru"]


@pytest.mark.parametrize("deliveries", [1, 3])
def test_a_kill_in_the_middle_leaves_a_whole_result_after_the_next_start(folder: Folder, deliveries: int):
    gaps = [[]] * 3
    folder.put("a.xlsx", *(row(n) for n in range(300)), *gaps, *(row(n) for n in range(300, 600)))
    folder.hand.take_and_die(deliveries, clock.now())
    assert not (folder.path / "a.xlsx.hasil.xlsx").exists()
    folder.restart()
    assert folder.take()["new"] == 600 - min(600, BATCH * deliveries)
    told = folder.told("a.xlsx")
    assert len(told) == 604
    assert sum(line[-2] in ("baru", "sama") for line in told) == 600
    assert folder.ids() == {str(n) for n in range(600)}
    assert [path.name for path in folder.path.iterdir() if path.name.startswith(".")] == []
    assert folder.take() == Counter()


def test_a_workbook_that_is_replaced_while_it_is_taken_is_taken_anew(folder: Folder):
    folder.put("a.xlsx", *(row(n) for n in range(BATCH + 100)))
    deliveries = folder.hand.source.fetch(None, clock.now())
    first = next(deliveries)
    assert first.on_stored is not None
    first.on_stored(outcomes_by_id(folder.hand.taker.write_delivery(folder.hand.source, first, clock.now())))
    folder.hand.cursor = first.cursor
    os.replace(folder.put("new.xlsx", *(row(n) for n in range(BATCH + 150))), folder.path / "a.xlsx")
    assert list(deliveries) == []
    assert folder.take() == Counter(same=BATCH, new=150)
    assert len(folder.told("a.xlsx")) == BATCH + 151
    assert not [path for path in folder.path.iterdir() if path.suffix == ".part"]


def test_a_workbook_that_is_taken_away_in_the_middle_loses_nothing(folder: Folder):
    folder.put("a.xlsx", *(row(n) for n in range(BATCH + 100)))
    deliveries = folder.hand.source.fetch(None, clock.now())
    first = next(deliveries)
    folder.hand.taker.write_delivery(folder.hand.source, first, clock.now())
    (folder.path / "a.xlsx").unlink()
    assert list(deliveries) == []
    assert len(folder.ids()) == BATCH


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"PK\x03\x04", "rusak atau terpotong"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        ("a.xlsm", b"<html>", "halaman web"),
    ],
)
def test_a_broken_workbook_is_refused_as_a_whole_and_the_others_are_taken(
    folder: Folder, name: str, content: bytes, said: str
):
    (folder.path / name).write_bytes(content)
    folder.put("b.xlsx", row(1))
    for _ in range(2):
        folder.take()
        assert folder.hand.remark.startswith("1 berkas")
    assert folder.ids() == {"1"}
    told = folder.told(name)[1]
    assert told[2] == "ditolak"
    assert said in told[3]


def test_a_zip_bomb_in_the_folder_is_refused_beside_it(folder: Folder):
    hand_made(folder.path / "a.xlsx", b" " * 20_000_000)
    folder.take()
    assert "bom zip" in folder.hand.remark
    assert "bom zip" in folder.told("a.xlsx")[1][3]


def test_a_workbook_without_the_mapping_s_columns_is_refused_with_those_that_miss(folder: Folder):
    book(folder.path / "a.xlsx", [["nomor", "uraian"], [1, "x"]])
    folder.take()
    assert "kolom tidak ada: tanggal, kategori" in folder.hand.remark


def test_the_sheet_with_the_mapping_s_columns_is_found_among_others(folder: Folder):
    made = sheet_xml(
        f'<row r="1">{cells("Rekap")}</row><row r="3">{cells(*HEADER)}</row>'
        f'<row r="4">{cells("7", "12/03/2026", "08.30", "sampah", "x", "y")}</row>'
    )
    hand_made(folder.path / "a.xlsx", made)
    assert folder.take() == Counter(new=1)
    assert folder.told("a.xlsx")[3][-2] == "baru"


def test_cells_of_columns_that_nobody_maps_may_be_wrong(folder: Folder):
    error = '<c t="e"><v>#REF!</v></c>'
    head = f'<row r="1">{cells(*HEADER, "Rumus")}</row>'
    good = cells("1", "12/03/2026", "08.30", "sampah", "x", "y", "", "", "", "")
    bad = f"{cells('2', '12/03/2026', '08.30', 'sampah')}{error}"
    hand_made(folder.path / "a.xlsx", sheet_xml(f"{head}<row>{good}{error}</row><row>{bad}</row>"))
    assert folder.take() == Counter(new=1, rejected=1)
    told = folder.told("a.xlsx")
    assert told[2][-1] == "kolom judul: sel berisi kesalahan #REF!; perbaiki rumusnya atau tempel nilainya"


def test_a_refused_cell_keeps_its_report_s_number_so_that_the_corrected_row_takes_its_place(folder: Folder):
    bad = f'{cells("2", "12/03/2026", "08.30", "sampah")}<c t="e"><v>#REF!</v></c>'
    hand_made(folder.path / "a.xlsx", sheet_xml(f'<row r="1">{cells(*HEADER)}</row><row r="2">{bad}</row>'))
    assert folder.take() == Counter(rejected=1)
    folder.put("b.xlsx", row(2))
    assert folder.take() == Counter(new=1)
    assert folder.ids() == {"2"}
