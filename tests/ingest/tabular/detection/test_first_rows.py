"""The first rows are kept by the look: what is made of them later is what reading the file would have told."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from openpyxl import Workbook

from data.domain.reasons import decode_reason, reason
from ingest.tabular.detection.first_rows import FIRST, LETTERS_MOST, TEXT_MOST, first_lines
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.rows import rows
from ingest.tabular.readers.csv_table import ROW_FAULT, BrokenTable, CsvLine
from ingest.tabular.readers.model import Sheets, TableForm
from tests.ingest.tabular.books import book, cells, hand_made, in_words, sheet_xml

COLUMNS, UNIQUE = ("NOMOR", "tanggal", "uraian"), ("NOMOR",)


def csv(path: Path) -> Sheets:
    """Blank rows, the example, one too wide and one too narrow among the others."""
    odd = [";;", "contoh;x;y", "1;2;3;4", "5;6", "", "7;8;9;;"]
    path.write_text("\n".join(["Rekap;;", "Nomor;Tanggal;Uraian", *odd, *(f"{n};a;b" for n in range(500))]))
    return inspect(path, path.name)


def xlsx(path: Path) -> Sheets:
    """Merged cells, also of numbers, a fault in a cell, the example, cells right of the header."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["REKAP"], ["Nomor", "Tanggal", "Uraian"], ["contoh"], *([n, "a", "b"] for n in range(500))):
        sheet.append(row)
    sheet["C5"], sheet["E6"], sheet["C8"] = "=1+1", "aside", "#REF!"
    for area in ("A1:C1", "A5:A6", "B4:B9", "C10:D11"):
        sheet.merge_cells(area)
    made.save(path)
    return inspect(path, path.name)


def read(sheets: Sheets) -> list[CsvLine]:
    """As the file tells it; of columns right of the header only those that are filled so far are named there."""
    every = rows(sheets.path, sheets.form, COLUMNS, unique=UNIQUE)
    return list(islice((line for line in every if line.payload is not None), FIRST))


@pytest.mark.parametrize("make", [csv, xlsx])
def test_the_kept_rows_are_those_that_the_file_tells(tmp_path: Path, make: object):
    sheets = make(tmp_path / "a")  # type: ignore[operator]
    kept, told = list(first_lines(sheets, COLUMNS, unique=UNIQUE)), read(sheets)
    assert len(kept) == FIRST
    assert [(line.number, line.faults) for line in kept] == [(line.number, line.faults) for line in told]
    for one, other in zip(kept, told, strict=True):
        assert other.payload is not None
        assert one.payload is not None
        assert other.payload.items() <= one.payload.items()
        assert not any(value for name, value in one.payload.items() if name not in other.payload)


def test_a_merged_number_is_a_fault_only_where_it_tells_rows_apart(tmp_path: Path):
    sheets = xlsx(tmp_path / "a.xlsx")
    by_number = {line.number: line for line in first_lines(sheets, COLUMNS, unique=UNIQUE)}
    assert "beberapa baris nomor yang sama" in in_words(by_number[6].faults["NOMOR"])
    assert list(by_number[5].faults) == ["uraian"]
    by_number = {line.number: line for line in first_lines(sheets, COLUMNS, unique=("uraian",))}
    assert by_number[6].faults == {}
    assert list(by_number[11].faults) == ["uraian"]


@pytest.mark.parametrize("make", [csv, xlsx])
def test_they_are_told_without_the_file(tmp_path: Path, make: object):
    sheets = make(tmp_path / "a")  # type: ignore[operator]
    sheets.path.unlink()
    assert len(list(first_lines(sheets, COLUMNS, unique=UNIQUE))) == FIRST


def test_of_huge_rows_fewer_are_kept_and_of_huge_cells_the_beginning(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [["nomor", "tanggal"], *([n, "x" * 30_000] for n in range(100))])
    assert {len(row.cells[1]) for row in inspect(path, "a").first} == {TEXT_MOST}
    path = book(tmp_path / "b.xlsx", [[f"k{n}" for n in range(100)], *([["x" * 4_000] * 100] * 5)])
    kept = inspect(path, "b").first
    assert len(kept) == 2
    assert sum(len(cell) for row in kept for cell in row.cells) < 2 * LETTERS_MOST
    wide = tmp_path / "c.csv"
    wide.write_text("nomor;tanggal\n" + ";" * 100_000 + "x\n")
    (row,) = inspect(wide, "c").first
    assert (len(row.cells), in_words(row.fault)) == (500, "baris berisi 100.001 kolom, seharusnya 2")


def test_a_row_wider_than_any_table_is_a_fault_and_not_more_columns(tmp_path: Path):
    plain = "".join(f'<row r="{n}">{cells(str(n), "x")}</row>' for n in range(2, 400))
    wide = f'<row r="400">{cells(*["v"] * 16_384)}</row><row r="401">{cells("401", "x")}</row>'
    path = hand_made(tmp_path / "a.xlsx", sheet_xml(f'<row r="1">{cells("nomor", "tanggal")}</row>{plain}{wide}'))
    *_, bad, last = rows(path, inspect(path, "a").form)
    assert bad.payload is not None
    assert decode_reason(bad.payload[ROW_FAULT]) == reason("row.too_wide", width=16_384, most=500)
    assert len(bad.payload["isi"]) == 500
    assert last.payload == {"nomor": "401", "tanggal": "x"}


def test_a_header_below_the_first_forty_rows_is_refused_by_the_look_already(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [["nomor", "tanggal"], *([n, "x"] for n in range(100))])
    with pytest.raises(BrokenTable, match="baris 60 kosong"):
        inspect(path, "a", TableForm(kind="xlsx", header_row=60))
