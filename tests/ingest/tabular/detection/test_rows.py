"""What cells, merged cells, hidden rows, formulas and errors of a workbook come to."""

from __future__ import annotations

import resource
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from data.domain.reasons import reason
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.rows import rows
from ingest.tabular.readers import xml_reader as limits
from ingest.tabular.readers.csv_table import ROW_FAULT, BrokenTable, CsvLine
from ingest.tabular.readers.model import TableForm
from ingest.tabular.readers.sheet_parser import column_of
from tests.conftest import Limit
from tests.ingest.tabular.books import MAIN, all_in_words, archive, book, cells, hand_made, in_words, sheet_xml

HEAD = f'<row r="1">{cells("nomor", "tanggal", "uraian")}</row>'


def read(path: Path, *columns: str, unique: tuple[str, ...] = ()) -> list[CsvLine]:
    return list(rows(path, inspect(path, path.name).form, columns, unique=unique))


def payloads(path: Path) -> list[Any]:
    return [line.payload for line in read(path)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 3, 13), "2026-03-13"),
        (datetime(2026, 3, 13, 14, 5), "2026-03-13 14:05"),
        (datetime(2026, 3, 13, 14, 5, 9), "2026-03-13 14:05:09"),
        (date(2026, 3, 13), "2026-03-13"),
        (time(8, 30), "08:30"),
        (date(3020, 1, 1), "3020-01-01"),
        (date(1900, 1, 15), "1900-01-15"),
        (12, "12"),
        (-7.8712, "-7.8712"),
        (1e-7, "0.0000001"),
        (6281234567890, "6281234567890"),
        (3579010101010001, "3579010101010001"),
        (1e20, "100000000000000000000"),
        (2.0, "2"),
        (True, "TRUE"),
        ("  dua\nbaris ", "  dua\nbaris "),
        ("Ngaglik é 💧", "Ngaglik é 💧"),
    ],
)
def test_a_cell_becomes_the_text_that_a_person_would_write(tmp_path: Path, value: object, text: str):
    path = book(tmp_path / "a.xlsx", [["nomor", "isi"], ["1", value]])
    assert payloads(path) == [{"nomor": "1", "isi": text}]


def test_days_are_counted_from_1904_where_the_workbook_says_so(tmp_path: Path):
    made = Workbook()
    made.epoch = datetime(1904, 1, 1)
    assert made.active is not None
    made.active.append(["nomor", "tanggal"])
    made.active.append(["1", datetime(2026, 3, 13, 8, 30)])
    made.save(tmp_path / "a.xlsx")
    assert payloads(tmp_path / "a.xlsx") == [{"nomor": "1", "tanggal": "2026-03-13 08:30"}]
    assert any("1904" in told for told in all_in_words(inspect(tmp_path / "a.xlsx", "a").warnings))


def test_a_formula_is_its_stored_result_and_one_without_a_result_is_a_fault_of_its_cell(tmp_path: Path):
    formulas = (
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="C2" t="str"><f>A1&amp;""</f><v>dua</v></c></row>'
        '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><f>TODAY()</f></c></row>'
        '<row r="4"><c r="A4"><v>4</v></c><c r="C4" t="str"><f>""</f><v></v></c></row>'
    )
    path = hand_made(tmp_path / "a.xlsx", sheet_xml(HEAD + formulas))
    two, three, four = read(path)
    assert two.payload == {"nomor": "2", "tanggal": "", "uraian": "dua"}
    assert three.payload is not None
    told = in_words(three.payload[ROW_FAULT])
    assert told.startswith("kolom tanggal: rumus tanpa hasil tersimpan; buka dan simpan di Excel")
    assert list(three.faults) == ["tanggal"]
    assert four.payload == {"nomor": "4", "tanggal": "", "uraian": ""}
    assert any("4 sel berisi rumus" in told for told in all_in_words(inspect(path, "a").warnings))


def test_formulas_that_openpyxl_wrote_have_no_result(tmp_path: Path):
    (line,) = read(book(tmp_path / "a.xlsx", [["nomor", "tanggal"], ["1", "=1+1"]]))
    assert list(line.faults) == ["tanggal"]


def test_an_error_is_a_fault_of_its_cell_but_not_available_is_an_empty_one(tmp_path: Path):
    path = hand_made(
        tmp_path / "a.xlsx",
        sheet_xml(
            HEAD + '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="e"><v>#N/A</v></c><c t="e"><v>#REF!</v></c></row>'
        ),
    )
    (line,) = read(path)
    assert line.payload is not None
    assert line.payload["tanggal"] == ""
    assert line.faults == {"uraian": reason("cell.error_value", value="#REF!")}
    (only_mapped,) = read(path, "nomor", "tanggal")
    assert only_mapped.faults == {}
    assert ROW_FAULT not in (only_mapped.payload or {})


def test_a_number_that_can_be_no_date_is_a_fault(tmp_path: Path):
    far = '<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="1"><v>-3</v></c><c r="C2" s="1"><v>9E99</v></c></row>'
    (line,) = read(hand_made(tmp_path / "a.xlsx", sheet_xml(HEAD + far)))
    assert list(line.faults) == ["tanggal", "uraian"]


def test_a_merge_downwards_fills_the_rows_that_say_something_else(tmp_path: Path):
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["nomor", "tanggal", "uraian"], [1, "2026-03-13", "a"], [2, None, "b"], [None] * 3, [3, None, "c"]):
        sheet.append(row)
    sheet.merge_cells("B2:B5")
    sheet.merge_cells("B7:C7")
    made.save(tmp_path / "a.xlsx")
    assert [(line.number, (line.payload or {})["tanggal"]) for line in read(tmp_path / "a.xlsx")] == [
        (2, "2026-03-13"),
        (3, "2026-03-13"),
        (5, "2026-03-13"),
    ]
    told = all_in_words(inspect(tmp_path / "a.xlsx", "a").warnings)
    assert told[0] == "Sel gabungan ke bawah (B2:B5): nilainya diisikan ke tiap baris yang digabung."
    assert told[1] == "Sel gabungan mendatar (B7:C7): nilainya hanya di kolom pertama."


def test_a_merged_number_never_makes_one_report_of_several(tmp_path: Path):
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["nomor", "tanggal"], [1, "2026-03-13"], [None, "2026-03-14"], [2, "2026-03-15"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    made.save(tmp_path / "a.xlsx")
    one, second, two = read(tmp_path / "a.xlsx", unique=("nomor",))
    assert (one.faults, two.faults) == ({}, {})
    assert second.faults == {"nomor": reason("cell.merged_id", range="A2:A3")}


def test_a_header_of_two_rows_is_one_with_both_names(tmp_path: Path):
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["LAPORAN 2026"])
    sheet.append(["Nomor", "Koordinat", None, "Uraian"])
    sheet.append([None, "lintang", "bujur", None])
    sheet.append([7, -7.87, 112.52, "x"])
    for area in ("A1:D1", "A2:A3", "B2:C2", "D2:D3"):
        sheet.merge_cells(area)
    made.save(tmp_path / "a.xlsx")
    found = inspect(tmp_path / "a.xlsx", "a")
    assert (found.form.header_row, found.rows) == (3, 1)
    assert found.columns == ("Nomor", "Koordinat lintang", "Koordinat bujur", "Uraian")
    assert [line.payload for line in rows(found.path, found.form)] == [
        {"Nomor": "7", "Koordinat lintang": "-7.87", "Koordinat bujur": "112.52", "Uraian": "x"}
    ]


def test_hidden_rows_and_columns_are_taken_and_told(tmp_path: Path):
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["nomor", "tanggal", "uraian"], [1, "2026-03-13", "a"], [2, "2026-03-14", "b"]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["C"].hidden = True
    made.save(tmp_path / "a.xlsx")
    found = inspect(tmp_path / "a.xlsx", "a")
    assert all_in_words(found.warnings) == [
        "1 baris tersembunyi (misalnya disaring) ikut diambil: 3.",
        "1 kolom tersembunyi ikut ditawarkan: C.",
    ]
    assert found.rows == len(read(tmp_path / "a.xlsx")) == 2


def test_a_dimension_that_claims_a_million_rows_is_not_believed(tmp_path: Path):
    path = hand_made(
        tmp_path / "a.xlsx",
        sheet_xml(HEAD + f'<row r="2">{cells("1")}</row>', before='<dimension ref="A1:XFD1048576"/>'),
    )
    assert inspect(path, "a").rows == len(read(path)) == 1


def test_gaps_and_formatted_empty_rows_are_no_rows_and_numbers_stay(tmp_path: Path):
    far = f'<row r="2" s="1" customFormat="1"/><row r="900000">{cells("1")}</row><row r="900001"><c r="A900001"/></row>'
    (line,) = read(hand_made(tmp_path / "a.xlsx", sheet_xml(HEAD + far)))
    assert (line.number, line.payload) == (900_000, {"nomor": "1", "tanggal": "", "uraian": ""})


def test_names_with_a_prefix_rich_texts_and_phonetic_ones_are_understood(tmp_path: Path):
    strings = (
        f'<x:sst xmlns:x="{MAIN}"><x:si><x:t>nomor</x:t></x:si><x:si><x:t>uraian</x:t></x:si>'
        "<x:si><x:r><x:t>Jalan </x:t></x:r><x:r><x:t>rusak_x000D_</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh></x:si>"
        "</x:sst>"
    )
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c>'
        '</x:row><x:row><x:c><x:v>1</x:v></x:c><x:c t="s"><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert payloads(hand_made(tmp_path / "a.xlsx", sheet, strings=strings)) == [
        {"nomor": "1", "uraian": "Jalan rusak\r"}
    ]


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (sheet_xml('<row r="2"/><row r="2"/>'), "baris bernomor 2"),
        (sheet_xml('<row r="1048577"/>'), "baris bernomor 1048577"),
        (sheet_xml(f'<row r="{"9" * 5000}"/>'), "baris bernomor"),
        (sheet_xml('<row r="1"><c r="XFE1"><v>1</v></c></row>'), "alamat sel"),
        (sheet_xml('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>'), "tidak berurutan"),
        (
            sheet_xml('<row r="1">' + '<c t="inlineStr"><is><t>a</t></is></c>' * 16_385 + "</row>"),
            "lebih dari 16.384 sel",
        ),
        (sheet_xml('<row r="1"><c t="s"><v>5</v></c></row>'), "teks nomor '5' tidak ada"),
        (sheet_xml('<row r="1"><c t="s"><v>-1</v></c></row>'), "teks nomor '-1' tidak ada"),
        (sheet_xml(f'<row r="1">{cells("x" * 1_000_001)}</row>'), "lebih dari 1.000.000 huruf"),
        (sheet_xml(HEAD)[:-30], "rusak atau terpotong"),
        (sheet_xml("<row><c><v>\x01</v></c></row>"), "rusak atau terpotong"),
        (sheet_xml(""), "kosong, padahal seharusnya judul kolom"),
        (sheet_xml('<row r="1">' + cells(*[f"k{n}" for n in range(501)]) + "</row>"), "501 kolom, paling banyak 500"),
        (f'<worksheet xmlns="{MAIN}" x="{"y" * 9_000_000}"/>', "rusak|terlalu besar|tidak berisi|mengembang"),
    ],
)
def test_a_sheet_that_no_spreadsheet_writes_is_refused(tmp_path: Path, sheet: str, said: str):
    with pytest.raises(BrokenTable, match=said):
        read(hand_made(tmp_path / "a.xlsx", sheet))


def test_too_many_merges_are_refused(tmp_path: Path, limit: Limit):
    limit(limits, "MERGES_MOST", 10)
    merges = "<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 11 + "</mergeCells>"
    with pytest.raises(BrokenTable, match="sel gabungan"):
        read(hand_made(tmp_path / "a.xlsx", sheet_xml(HEAD, merges)))


@pytest.mark.parametrize("merge", ["", "A1", "B2:A1", "A0:A9", "A1:XFE9", "A1:A9999999", "x" * 100, "A2:A3:A4"])
def test_a_merge_that_can_be_none_is_passed_over(tmp_path: Path, merge: str):
    path = hand_made(
        tmp_path / "a.xlsx",
        sheet_xml(HEAD + f'<row r="2">{cells("1")}</row>', f'<mergeCells><mergeCell ref="{merge}"/></mergeCells>'),
    )
    assert len(read(path)) == 1


def test_columns_right_of_the_header_are_called_after_their_letters(tmp_path: Path):
    path = hand_made(tmp_path / "a.xlsx", sheet_xml(HEAD + f'<row r="2">{cells("1", "x", "y", "z")}</row>'))
    assert inspect(path, "a").columns == ("nomor", "tanggal", "uraian", "kolom D")
    assert payloads(path) == [{"nomor": "1", "tanggal": "x", "uraian": "y", "kolom D": "z"}]


def test_a_template_s_example_is_handed_on_as_one(tmp_path: Path):
    lines = read(book(tmp_path / "a.xlsx", [["nomor", "tanggal"], ["Contoh", "2026-03-13"], ["1", "2026-03-13"]]))
    assert [(line.example, line.payload is None) for line in lines] == [(True, True), (False, False)]


def test_very_many_tiny_rows_of_a_workbook_are_read_in_bounded_memory(tmp_path: Path):
    path, count = tmp_path / "a.xlsx", 150_000
    archive(path, {})
    hand_made(path, "")
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist() if "sheet1" not in name}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, content in parts.items():
            made.writestr(name, content)
        with made.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.writelines(_sheet(count))
    form = TableForm(kind="xlsx", sheet="Laporan")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in rows(path, form)) == count
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 30


def _sheet(count: int) -> Iterator[bytes]:
    start, end = sheet_xml("<row><c><v>0</v></c></row>\n").split("\n", 1)
    yield start.encode()
    yield from (b"<row><c><v>1%d</v></c></row>" % n for n in range(count))
    yield end.encode()


@pytest.mark.parametrize(
    ("name", "place"), [("A", 0), ("Z", 25), ("aa", 26), ("XFD", 16_383), ("XFE", -1), ("", -1), ("1", -1)]
)
def test_columns_are_counted_as_a_spreadsheet_does(name: str, place: int):
    assert column_of(name) == place


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.text(st.sampled_from('<>/="c vrowtsf1AB&;\n'), max_size=60), st.integers(0, 200))
def test_whatever_a_sheet_holds_it_is_read_or_refused(tmp_path: Path, junk: str, at: int):
    whole = sheet_xml(HEAD + f'<row r="2">{cells("1", "x")}</row>', '<mergeCells><mergeCell ref="A1:A2"/></mergeCells>')
    path = hand_made(tmp_path / "a.xlsx", whole[: at + 60] + junk + whole[at + 60 :])
    with suppress(BrokenTable):
        read(path, "nomor")
