"""Workbooks with merged and hidden cells, formulas and macros, in the folder and handed in: taken, told, never run."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from data.store.db.engine import Engine, reading
from data.store.intake.rejected import waiting
from data.texts import texts as place_in_text
from tests.ingest.doors import NOW, Hand, all_cases, around, configured, pipeline
from tests.ingest.hostile.values import COLUMNS, a_row
from tests.ingest.tabular.books import all_in_words, cells, hand_made, sheet_xml, texts
from tests.ingest.uploads.desk import Desk

FORMULA = "kolom judul: rumus tanpa hasil tersimpan; buka dan simpan di Excel"


def awkward(path: Path) -> Path:
    """A title above, one date merged over two rows, a hidden row, a hidden column, a formula without a result."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["REKAP DINAS"])
    sheet.append(list(COLUMNS))
    numbers = ("baik-1", "gabung-1", "gabung-2", "tersembunyi", "rumus")
    for number in numbers:
        sheet.append([value or None for value in a_row(number).values()])
    sheet["B5"], sheet["D7"] = None, "=1+1"
    sheet.merge_cells("B4:B5")
    sheet.row_dimensions[6].hidden = True
    sheet.column_dimensions["E"].hidden = True
    made.save(path)
    return path


def macros(path: Path) -> Path:
    """A workbook with a macro that runs when it is opened."""
    good = cells(*a_row("baik-1").values())
    sheet = sheet_xml(f'<row r="1">{cells(*COLUMNS)}</row><row r="2">{good}</row>')
    return hand_made(path, sheet, **{"xl/vbaProject.bin": b"Sub Auto_Open()"})


@pytest.fixture
def folder(engine: Engine, tmp_path: Path) -> Hand:
    (tmp_path / "drop").mkdir()
    return Hand(configured("opd_csv", around(engine, tmp_path), settle_s=0), pipeline(engine))


def test_merged_and_hidden_cells_are_read_and_a_formula_without_a_result_is_refused_in_its_row(
    folder: Hand, engine: Engine, tmp_path: Path
):
    awkward(tmp_path / "drop" / "a.xlsx")
    folder.take(NOW)
    assert folder.take(NOW) == {"new": 4, "rejected": 1}
    cases = {case["external_id"]: case for case in all_cases(engine)}
    assert set(cases) == {"baik-1", "gabung-1", "gabung-2", "tersembunyi"}
    assert cases["gabung-1"]["received_at"] == cases["gabung-2"]["received_at"]
    assert cases["tersembunyi"]["text"] == "Meluber ke jalan"
    with reading(engine) as conn:
        (row,) = waiting(conn)
    assert row.record.external_id == "rumus"
    assert FORMULA in place_in_text("id").stored_sentence(row.record.reason)
    told = texts(tmp_path / "drop" / "a.xlsx.hasil.xlsx")
    assert [line[-2] for line in told[2:]] == ["baru", "baru", "baru", "baru", "ditolak"]
    assert FORMULA in told[-1][-1]


def test_who_hands_such_a_workbook_in_is_told_of_all_that_before_it_is_taken(sqlite_engine: Engine, tmp_path: Path):
    desk = Desk(sqlite_engine, tmp_path)
    upload_id = desk.asked(awkward(tmp_path / "a.xlsx").read_bytes(), "a.xlsx")
    told = " ".join(all_in_words(desk.look(upload_id).warnings))
    for part in (
        "Sel gabungan ke bawah (B4:B5): nilainya diisikan ke tiap baris",
        "1 baris tersembunyi (misalnya disaring) ikut diambil: 6.",
        "1 kolom tersembunyi ikut ditawarkan: E.",
        "sel berisi rumus",
    ):
        assert part in told
    assert desk.uploader.enqueue(upload_id, NOW)
    desk.work()
    assert desk.ids() == ["baik-1", "gabung-1", "gabung-2", "tersembunyi"]


def test_macros_are_told_and_never_run_at_either_door(folder: Hand, engine: Engine, tmp_path: Path):
    macros(tmp_path / "drop" / "a.xlsm")
    folder.take(NOW)
    assert folder.take(NOW) == {"new": 1}
    desk = Desk(engine, tmp_path)
    upload_id = desk.asked((tmp_path / "drop" / "a.xlsm").read_bytes(), "a.xlsm")
    assert "Buku kerja berisi makro; makro tidak pernah dijalankan." in all_in_words(desk.look(upload_id).warnings)
    assert b"vbaProject" not in (tmp_path / "drop" / "a.xlsm.hasil.xlsx").read_bytes()
