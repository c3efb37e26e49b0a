"""How a file is written, and where its header is: found out, with the evidence."""

from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.rows import rows
from ingest.tabular.known_mappings import header_signature
from ingest.tabular.readers.csv_table import ROW_FAULT, BrokenTable
from ingest.tabular.readers.model import Sheets, TableForm, letters, unique_names
from tests.ingest.tabular.books import all_in_words, book, in_words
from tests.real_data import RECORDINGS, needs_real_data

TABLE = "nomor;tanggal;uraian\n1;13/03/2026;Lubang di jalan\n2;14/03/2026;Café ‘Apel’ penuh sampah\n"


def look(path: Path, content: str | bytes, form: TableForm | None = None) -> Sheets:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return inspect(path, path.name, form)


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        (b"nomor;tanggal\n1;x\n", "utf-8", "huruf dasar"),
        (TABLE.encode(), "utf-8", "semua baris berupa UTF-8"),
        (TABLE.encode("utf-8-sig"), "utf-8", "BOM"),
        (TABLE.encode("cp1252"), "cp1252", "baris 3 bukan UTF-8, semuanya terbaca sebagai Windows-1252"),
        (TABLE.encode("utf-16"), "utf-16", "UTF-16"),
        ("\ufeff".encode("utf-16-be") + TABLE.encode("utf-16-be"), "utf-16", "UTF-16"),
    ],
)
def test_the_encoding_is_found_out_and_the_text_is_right(tmp_path: Path, content: bytes, encoding: str, said: str):
    found = look(tmp_path / "a.csv", content)
    assert found.form.encoding == encoding
    assert said in in_words(found.evidence[0])
    assert found.columns[0] == "nomor"
    if len(content) > 30:
        assert found.sample[1][2] == "Café ‘Apel’ penuh sampah"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "nomor;uraian\n1;Café\n".encode() + "2;Café\n".encode("cp1252"),
            "encoding campuran: UTF-8 di baris 2, tetapi bukan teks utf-8 di baris 3",
        ),
        ("\ufeffnomor;uraian\n".encode() + "2;Café\n".encode("cp1252"), "campuran: tanda BOM UTF-8 di awal"),
        (b"nomor;uraian\n1;\x81\x8d\n", "baris 2: bukan teks utf-8 dan bukan Windows-1252"),
        (TABLE.encode("utf-16-le"), "UTF-16 tanpa BOM"),
        (TABLE.encode("utf-32"), "UTF-32"),
        (b"nomor;uraian\n1;a\x00b\n", "baris 2: berisi karakter NUL"),
        (b"\xff\xfen\x00o\x00\x00\xd8x\x00", "bukan teks UTF-16"),
        (b'nomor;uraian\n1;"a\n2;b\n', "baris 2: tanda kutip tidak berpasangan"),
        (b"", "tidak berisi tabel"),
        (b"\n\n\n", "tidak berisi tabel"),
        (b";;\n;;\n", "tidak berisi tabel"),
        (b"a;b\n1;" + b"x" * 200_000 + b"\n", "sel terlalu panjang"),
        (b"a" * 10_000_001, "lebih dari 10.000.000 huruf|terlalu panjang|field larger"),
        (";".join(f"k{n}" for n in range(501)).encode(), "501 kolom"),
    ],
)
def test_what_is_no_table_of_one_encoding_is_refused_with_the_line(tmp_path: Path, content: bytes, said: str):
    with pytest.raises(BrokenTable, match=said):
        look(tmp_path / "a.csv", content)


@pytest.mark.parametrize(("sign", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "pipe")])
def test_the_separator_is_found_out_with_the_evidence(tmp_path: Path, sign: str, name: str):
    rows = "".join(f'{n}{sign}13/03/2026{sign}"Jl. A, no; 5|6"{sign}-7.87\n' for n in range(5))
    found = look(tmp_path / "a.csv", f"nomor{sign}tanggal{sign}alamat{sign}lintang\n{rows}")
    assert found.form.delimiter == name
    assert found.columns == ("nomor", "tanggal", "alamat", "lintang")
    assert "6 dari 6 baris pertama berisi 4 kolom" in in_words(found.evidence[1])


def test_titles_and_blank_lines_above_the_header_are_passed_over(tmp_path: Path):
    above = "LAPORAN PENGADUAN DINAS LINGKUNGAN HIDUP;;;\nBulan: Maret 2026;;;\n\n;;;\n"
    found = look(tmp_path / "a.csv", above + "No;Tgl Lapor;Jenis;Keluhan\n1;13/03/2026;sampah;x\n")
    assert (found.form.header_row, found.rows) == (5, 1)
    assert in_words(found.evidence[-1]) == "Judul kolom di baris 5. 4 baris di atasnya (judul, keterangan) dilewati."
    assert [(line.number, line.payload) for line in rows(found.path, found.form)] == [
        (6, {"No": "1", "Tgl Lapor": "13/03/2026", "Jenis": "sampah", "Keluhan": "x"})
    ]


def test_titles_above_the_header_of_a_workbook_are_passed_over(tmp_path: Path):
    path = book(
        tmp_path / "a.xlsx",
        [["PEMERINTAH KOTA BATU"], [], ["Rekap pengaduan", None, 2026], ["No", "Waktu Lapor", "Isi"], [1, "x", "y"]],
    )
    found = inspect(path, "a.xlsx")
    assert (found.form.header_row, found.columns, found.rows) == (4, ("No", "Waktu Lapor", "Isi"), 1)


def test_a_header_of_unknown_names_is_the_first_row_that_is_as_wide_as_the_table(tmp_path: Path):
    found = look(tmp_path / "a.csv", "Rekap\nalfa;beta;gama\n1;2;3\n4;5;6\n")
    assert found.columns == ("alfa", "beta", "gama")


def test_the_sheet_whose_header_says_most_is_offered_first(tmp_path: Path):
    made = Workbook()
    assert made.active is not None
    made.active.title = "Sampul"
    made.active.append(["Laporan bulan Maret"])
    table = made.create_sheet("Data")
    table.append(["nomor", "tanggal", "kategori"])
    table.append([1, "x", "y"])
    made.save(tmp_path / "a.xlsx")
    found = inspect(tmp_path / "a.xlsx", "a.xlsx")
    assert found.sheets == ("Sampul", "Data")
    assert found.form.sheet == "Data"


def test_what_a_person_wants_is_done_instead_of_guessing(tmp_path: Path):
    form = TableForm(kind="csv", encoding="cp1252", delimiter="comma", header_row=2)
    found = look(tmp_path / "a.csv", TABLE.replace(";", ",").encode("cp1252"), form)
    assert found.form == form
    assert found.columns == ("1", "13/03/2026", "Lubang di jalan")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (TableForm(kind="csv", header_row=99), "baris 99 kosong"),
        (TableForm(kind="csv", encoding="ebcdic"), "'ebcdic' tidak dikenal"),
        (TableForm(kind="csv", encoding="utf-8"), "baris 3: bukan teks utf-8"),
    ],
)
def test_a_form_that_does_not_fit_is_refused(tmp_path: Path, form: TableForm, said: str):
    with pytest.raises(BrokenTable, match=said):
        look(tmp_path / "a.csv", TABLE.encode("cp1252"), form)


def test_the_content_decides_what_a_file_is_and_not_its_name(tmp_path: Path):
    assert inspect(book(tmp_path / "a.xlsx", [["nomor", "tanggal"]]).rename(tmp_path / "a.csv"), "a.csv").kind == "xlsx"
    assert look(tmp_path / "b.xlsx", TABLE).kind == "csv"


def test_names_are_made_unique_and_it_is_told(tmp_path: Path):
    found = look(tmp_path / "a.csv", "nomor;tanggal;;Tanggal\n1;2;3;4\n")
    assert found.columns == ("nomor", "tanggal", "kolom C", "Tanggal (2)")
    assert all_in_words(found.warnings) == [
        "Kolom tanpa judul: C.",
        "Judul kolom yang muncul dua kali dibedakan: Tanggal (2).",
    ]
    assert next(rows(found.path, found.form)).payload == dict(zip(found.columns, "1234", strict=True))


def test_a_header_is_known_again_whatever_its_case_and_blanks():
    assert header_signature(["Nomor ", "TANGGAL  lapor"]) == header_signature(["nomor", "tanggal lapor"])
    assert header_signature(["a", "b"]) != header_signature(["b", "a"]) != header_signature(["ab"])
    assert len(header_signature([])) == 64


def test_columns_have_the_letters_of_a_spreadsheet():
    assert [letters(n) for n in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert unique_names(["", "kolom a", " x  y "]) == ("kolom A", "kolom a (2)", "x y")


def test_a_row_of_another_width_is_a_fault_and_a_blank_one_is_none(tmp_path: Path):
    found = look(tmp_path / "a.csv", "nomor;tanggal\n1;2\n\n1;2;3\ncontoh;x\n")
    lines = list(rows(found.path, found.form))
    assert found.rows == len(lines) == 4
    assert [line.payload is not None and ROW_FAULT in line.payload for line in lines] == [False, False, True, False]
    assert [line.example for line in lines] == [False, False, False, True]


@needs_real_data
@pytest.mark.parametrize("name", ["baltimore_311.csv", "lapor_samarinda_2024.csv"])
def test_real_tables_are_read_as_they_are(name: str):
    found = inspect(RECORDINGS / name, name)
    assert (found.form.encoding, found.form.delimiter, found.form.header_row) == ("utf-8", "comma", 1)
    assert sum(1 for _ in rows(found.path, found.form)) == found.rows


def test_a_million_tiny_rows_are_read_in_bounded_memory(tmp_path: Path):
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write("nomor;tanggal\n")
        file.writelines("1;2\n" for _ in range(1_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert inspect(path, "a.csv").rows == 1_000_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 30


def test_fifty_megabytes_without_a_line_end_are_refused_in_bounded_memory(tmp_path: Path):
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.writelines(b"x;" * 50_000 for _ in range(500))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BrokenTable):
        inspect(path, "a.csv")
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 150


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.one_of(st.binary(max_size=200), st.text(st.sampled_from('a1;,"\n\r\t|é '), max_size=80).map(str.encode)))
def test_whatever_a_file_holds_it_is_a_table_or_refused(tmp_path: Path, content: bytes):
    with suppress(BrokenTable):
        found = look(tmp_path / "any", content)
        if found.kind == "csv":
            assert sum(1 for _ in rows(found.path, found.form)) == found.rows
