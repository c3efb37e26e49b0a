"""The workbook that is handed back."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from data.domain.reasons import reason
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.readers.csv_table import BrokenTable
from ingest.tabular.results import result_workbook as writing
from ingest.tabular.results.result_file import Row, summary_of
from ingest.tabular.results.result_workbook import sheet_name, write_workbook
from tests.conftest import Limit
from tests.ingest.tabular.books import book, cells, hand_made, sheet_xml, texts

HEAD = ["nomor", "tanggal", "uraian"]
REFUSED = reason("cell.empty", columns=("tanggal",))
TOLD = [
    Row(2, "1", "baru"),
    Row(4, "2", "ditolak", reason("row.cells", faults=(REFUSED, reason("cell.fault", columns=("uraian",), fault="x")))),
    Row(5, "3", "sama", "sudah tersimpan"),
]


def handed_back(path: Path, *rows: Row) -> list[list[str]]:
    out = path.with_name("out.xlsx")
    write_workbook(path, inspect(path, path.name).form, rows or TOLD, out)
    return texts(out)


def test_the_input_is_there_as_it_was_and_each_row_says_what_became_of_it(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [HEAD, ["1", "13/03/2026", "a"], [], ["2", None, "b"], ["3", "14/03/2026", "c"]])
    assert handed_back(path) == [
        [*HEAD, "hasil", "keterangan"],
        ["1", "13/03/2026", "a", "baru", ""],
        [""] * 5,
        ["2", "", "b", "ditolak", "kolom tanggal: kosong, padahal wajib diisi; kolom uraian: x"],
        ["3", "14/03/2026", "c", "sama", "sudah tersimpan"],
    ]


def test_what_is_said_of_many_rows_stands_on_a_sheet_of_its_own(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [HEAD, ["1", "13/03/2026", "a"], ["2", "13/03/2026", "b"]], name="Ringkasan")
    out, form = tmp_path / "out.xlsx", inspect(path, path.name).form
    write_workbook(path, form, [Row(2, "1", "baru")], out, summary_of([3, 1, 8]))
    told = load_workbook(out)
    assert told.sheetnames == ["Ringkasan", "ringkasan 2"]
    assert [cell.value for cell in told["ringkasan 2"]["A"]] == [
        "2 baris tidak menyebut klasifikasi yang dikenal: dipakai klasifikasi bawaan",
        "1 baris tidak menyebut OPD atau kategori yang dikenal: masuk meja triase",
        "1 baris hanya diketahui kecamatannya",
    ]
    write_workbook(path, form, [Row(2, "1", "baru")], out, summary_of([0, 0]))
    assert load_workbook(out).sheetnames == ["Ringkasan"]


def test_csv_becomes_a_workbook_too_with_what_stands_above_its_header(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes("Rekap café;;\nnomor;tanggal;uraian\n1;13/03/2026;x\n".encode("cp1252"))
    told = handed_back(path, Row(3, "1", "baru"))
    assert told[0][0] == "Rekap café"
    assert told[1:] == [[*HEAD, "hasil", "keterangan"], ["1", "13/03/2026", "x", "baru", ""]]


def test_the_cells_of_a_fault_are_coloured_and_no_others(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [HEAD, ["1", "x", "a"], [], ["2", None, "b"], ["3", "y", "c"]])
    handed_back(path)
    sheet = load_workbook(tmp_path / "out.xlsx").worksheets[0]
    coloured = {cell.coordinate for row in sheet["A2:C5"] for cell in row if cell.fill.fgColor.rgb == "FFF4B084"}
    assert coloured == {"B4", "C4"}


def test_nothing_in_it_is_a_formula_or_a_link(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('nomor;tanggal;uraian\n"=1+1";http://x.test;"=HYPERLINK(""http://x"")"\n')
    handed_back(path, Row(2, "=1+1", "ditolak", "=1+1"))
    sheet = load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


def test_cells_right_of_the_table_and_very_long_ones_are_kept(tmp_path: Path):
    path = tmp_path / "a.csv"
    rows = "".join(f"{n};x;y\n" for n in range(50))
    path.write_text(f"nomor;tanggal;uraian\n{rows}1;x;{'z' * 40_000};lebih\n")
    told = handed_back(path, Row(52, "", "ditolak", "baris berisi 4 kolom"))
    assert told[-1][:2] + told[-1][3:] == ["1", "x", "ditolak", "baris berisi 4 kolom", "lebih"]
    assert len(told[-1][2]) == 32_767


def test_merged_cells_and_errors_are_shown_as_the_spreadsheet_shows_them(tmp_path: Path):
    rows = f'<row r="1">{cells(*HEAD)}</row><row r="2">{cells("1")}<c t="e"><v>#N/A</v></c></row>'
    path = hand_made(tmp_path / "a.xlsx", sheet_xml(rows + f'<row r="3">{cells("", "x")}</row>'))
    assert [row[:2] for row in handed_back(path)[1:]] == [["1", "#N/A"], ["", "x"]]


def test_what_a_sheet_has_no_room_for_goes_on_in_a_further_one(tmp_path: Path, limit: Limit):
    limit(writing, "ROWS_MOST", 10)
    path = tmp_path / "a.csv"
    path.write_text("nomor;tanggal\n" + "".join(f"{n};x\n" for n in range(15)))
    handed_back(path, *[Row(n, str(n), "baru") for n in range(2, 17)])
    assert [row[0] for row in texts(tmp_path / "out.xlsx", "Laporan (2)")] == ["9", "10", "11", "12", "13", "14"]


def test_when_the_input_is_gone_nothing_is_written_and_nothing_left_behind(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [HEAD])
    form = inspect(path, "a.xlsx").form
    path.write_bytes(b"PK\x03\x04")
    before = set(os.listdir(tempfile.gettempdir()))
    with pytest.raises(BrokenTable):
        write_workbook(path, form, TOLD, tmp_path / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()
    assert not {name for name in set(os.listdir(tempfile.gettempdir())) - before if name.startswith("batt-hasil")}


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [HEAD])
    with pytest.raises(OSError, match=r".+"):
        write_workbook(path, inspect(path, "a.xlsx").form, TOLD, tmp_path / "none" / "out.xlsx")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Data", "Data"),
        ("a/b:c*", "a b c"),
        ("'x'", "x"),
        ("", "Laporan"),
        ("History", "Laporan"),
        ("y" * 40, "y" * 31),
    ],
)
def test_a_sheet_s_name_is_one_that_a_workbook_takes(name: str, expected: str):
    assert sheet_name(name) == expected
