from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.tabular.readers.csv_table import ROW_FAULT, BrokenTable, Table, TableFormat, inspect_csv, lines_of

COLUMNS = ("nomor", "tanggal", "uraian")
NEEDED = ("nomor", "tanggal")


def look(path: Path, content: bytes, **form: str) -> Table:
    path.write_bytes(content)
    return inspect_csv(path, TableFormat.model_validate(form), COLUMNS, NEEDED)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "tidak ada baris judul"),
        (b"1;2026-03-13;Lubang\n2;2026-03-13;Sampah\n", "tidak ada baris judul"),
        (b"nomor;uraian\n1;x\n", "kolom tidak ada: tanggal; yang ada: nomor, uraian"),
        (b"nomor,tanggal,nomor\n1,2,3\n", "dua kali: nomor"),
        (b"PK\x03\x04rest", "Excel"),
        ("nomor;tanggal\n".encode("utf-16-le"), "UTF-16 tanpa BOM"),
        ("nomor;é\n1;".encode() + "Café\n".encode("cp1252"), "encoding campuran: UTF-8 di baris 1, .* di baris 2"),
        (b"\xd0\xcf\x11\xe0rest", "Excel lama"),
        (b"nomor;tanggal\n1;a\n2;b\x00c\n", "baris 3: berisi karakter NUL"),
        (b'nomor;tanggal\n1;a\n2;"b\n3;c\n', "baris 3: tanda kutip tidak berpasangan"),
        (b"nomor;tanggal\r1;a\r", "bukan judul kolom"),
    ],
)
def test_a_broken_file_is_refused_as_a_whole_with_what_to_do(tmp_path: Path, content: bytes, said: str):
    with pytest.raises(BrokenTable, match=said):
        look(tmp_path / "x.csv", content)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_itself(tmp_path: Path, delimiter: str):
    table = look(tmp_path / "x.csv", f"nomor{delimiter}tanggal\n1{delimiter}2026-03-13\n".encode())
    assert [line.payload for line in lines_of(table)] == [{"nomor": "1", "tanggal": "2026-03-13"}]


def test_a_bom_and_other_spellings_of_the_columns_do_no_harm(tmp_path: Path):
    table = look(tmp_path / "x.csv", "\ufeff Nomor ;TANGGAL;Ekstra\n1;2;3\n".encode())
    assert table.header == ("nomor", "tanggal", "Ekstra")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("told", [False, True])
def test_text_is_read_in_its_encoding_told_or_not(tmp_path: Path, encoding: str, told: bool):
    form = {"encoding": encoding} if told else {}
    table = look(tmp_path / "x.csv", "nomor;tanggal;uraian\n1;x;Café\n".encode(encoding), **form)
    assert table.encoding == encoding
    assert [line.payload and line.payload["uraian"] for line in lines_of(table)] == ["Café"]


def test_an_encoding_that_was_told_wrongly_is_refused_with_the_line(tmp_path: Path):
    with pytest.raises(BrokenTable, match="baris 2: bukan teks utf-8"):
        look(tmp_path / "x.csv", "nomor;tanggal;uraian\n1;x;Café\n".encode("cp1252"), encoding="utf-8")


def test_titles_above_the_header_are_passed_over_and_rows_keep_their_numbers(tmp_path: Path):
    table = look(tmp_path / "x.csv", b"Rekap;;\n\nnomor;tanggal;uraian\n1;2;3\n")
    assert (table.header_row, table.rows) == (3, 1)
    assert [(line.number, line.payload) for line in lines_of(table)] == [
        (4, {"nomor": "1", "tanggal": "2", "uraian": "3"})
    ]


def test_a_template_s_example_is_no_row(tmp_path: Path):
    table = look(tmp_path / "x.csv", b"nomor;tanggal\nContoh;2\n1;2\n")
    assert [(line.example, line.payload is None) for line in lines_of(table)] == [(True, True), (False, False)]


def test_rows_are_numbered_as_a_spreadsheet_does_and_blank_ones_count(tmp_path: Path):
    content = b'nomor;tanggal;uraian\n1;a;"dua\nbaris"\n\n;;\n2;b\n3;c;d;;\n4;c;d;e\n'
    table = look(tmp_path / "x.csv", content)
    lines = list(lines_of(table))
    assert table.rows == len(lines) == 6
    assert [line.number for line in lines] == [2, 3, 4, 5, 6, 7]
    assert [line.payload is None for line in lines] == [False, True, True, False, False, False]
    assert [line.payload is not None and ROW_FAULT in line.payload for line in lines] == [False] * 3 + [
        True,
        False,
        True,
    ]


def test_reading_goes_on_after_any_row(tmp_path: Path):
    table = look(tmp_path / "x.csv", b"nomor;tanggal\n" + b"".join(b"%d;x\n" % n for n in range(10)))
    assert [line.payload and line.payload["nomor"] for line in lines_of(table, 7)] == ["7", "8", "9"]


@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_a_table_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    for start in (b"", b"nomor,tanggal\n"):
        try:
            table = look(path, start + content)
            assert sum(1 for _ in lines_of(table)) == table.rows
        except BrokenTable:
            pass
