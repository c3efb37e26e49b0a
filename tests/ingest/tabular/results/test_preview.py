"""The first rows as cases, and every fault by its cell; the template that leads to such rows."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from data.domain.reasons import Reason, decode_reason, encode_reason, reason
from ingest.pipeline.drafting.drafts import Drafter
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.rows import rows
from ingest.tabular.mapping.cell_errors import columns_of
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.results.preview import WHOLE_ROW, PreviewRow, preview
from ingest.tabular.results.template import template
from tests.ingest.doors import NOW, config, ground, long_calendars
from tests.ingest.tabular.books import book, cells, hand_made, in_words, sheet_xml, texts

CITY = config().city
OPD: MappingSettings = config().sources["opd_csv"].mapping  # type: ignore[attr-defined]
HEAD = (
    "nomor",
    "tanggal",
    "waktu",
    "kategori",
    "uraian",
    "desa",
    "lintang",
    "bujur",
    "opd",
    "status",
    "tanggal_selesai",
)
GOOD = dict(
    zip(HEAD, ("1", "13/03/2026", "08.30", "sampah", "x", "Sisir", "-7,87", "112,52", "", "Baru", ""), strict=True)
)


def seen(path: Path, *changes: Mapping[str, str], limit: int = 20) -> tuple[PreviewRow, ...]:
    path.write_text("\n".join([";".join(HEAD), *(";".join({**GOOD, **change}.values()) for change in changes)]))
    return looked_at(path, limit)


def looked_at(path: Path, limit: int = 20, mapping: MappingSettings = OPD) -> tuple[PreviewRow, ...]:
    drafter = Drafter(CITY, long_calendars(), ground())
    return preview(inspect(path, path.name), mapping, drafter, CITY, NOW, limit=limit)


def test_a_row_is_shown_as_the_case_that_it_becomes(tmp_path: Path):
    (row,) = seen(tmp_path / "a.csv", {"status": "Selesai", "tanggal_selesai": "14/03/2026"})
    assert (row.number, row.external_id, row.category, row.agency) == (2, "1", "sampah", "dlh")
    assert row.village is not None
    assert row.village.startswith("35.79.01")
    assert (f"{row.received_at:%d %H:%M}", row.state) == ("13 01:30", "resolved")
    assert row.faults == {}
    assert row.cells["uraian"] == "x"


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"nomor": ""}, "nomor", "kosong"),
        ({"tanggal": "31/02/2026"}, "tanggal", "tidak ada"),
        ({"tanggal": "13/03/3020"}, "tanggal", "di masa depan"),
        ({"tanggal": "13/03/1900"}, "tanggal", "sebelum hari pertama"),
        ({"tanggal": "lusa"}, "tanggal", "bukan waktu"),
        ({"kategori": ""}, "kategori", "kosong, padahal wajib diisi"),
        ({"lintang": "-97,1"}, "lintang", "bukan derajat"),
        ({"bujur": ""}, "bujur", "isi keduanya"),
        ({"opd": "Dinas Gaib"}, "opd", "bukan kode OPD"),
        ({"status": "Entah"}, "status", "tidak dikenal"),
        ({"status": "Selesai"}, "tanggal_selesai", "kosong, padahal statusnya"),
        ({"status": "Selesai", "tanggal_selesai": "01/03/2026"}, "tanggal_selesai", "mendahului"),
        ({"nomor": "9" * 201}, "nomor", "lebih dari 200"),
    ],
)
def test_a_fault_stands_at_its_cell(tmp_path: Path, change: Mapping[str, str], column: str, said: str):
    (row,) = seen(tmp_path / "a.csv", change)
    assert said in in_words(row.faults[column])
    assert row.state is None


@pytest.mark.parametrize("position", [("0", "0"), ("112,52", "-7,87"), ("52,5", "13,4")])
def test_positions_of_nothing_exchanged_or_elsewhere_are_no_faults(tmp_path: Path, position: tuple[str, str]):
    (row,) = seen(tmp_path / "a.csv", {"lintang": position[0], "bujur": position[1]})
    assert row.faults == {}


def test_all_faults_of_a_row_are_shown_at_once(tmp_path: Path):
    (row,) = seen(tmp_path / "a.csv", {"tanggal": "lusa", "lintang": "x", "opd": "Gaib", "status": "Entah"})
    assert set(row.faults) == {"tanggal", "waktu", "lintang", "status"} | set(row.faults) & {"opd"}
    (row,) = seen(tmp_path / "a.csv", {"lintang": "x", "opd": "Gaib"})
    assert set(row.faults) == {"lintang", "opd"}


def test_a_row_of_another_width_is_a_fault_of_the_row(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text(";".join(HEAD) + "\n" + ";".join(GOOD.values()) + ";zuviel\n")
    (row,) = looked_at(path)
    assert row.faults == {WHOLE_ROW: reason("row.wrong_width", width=12, expected=11)}


def test_a_fault_of_a_workbook_s_cell_is_shown_there(tmp_path: Path):
    row = f'<row r="2">{cells("1", "13/03/2026", "", "sampah", "x")}<c t="e"><v>#REF!</v></c></row>'
    path = hand_made(tmp_path / "a.xlsx", sheet_xml(f'<row r="1">{cells(*HEAD)}</row>' + row))
    (found,) = looked_at(path)
    assert list(found.faults) == ["desa"]
    assert "#REF!" in in_words(found.faults["desa"])


def test_only_the_first_rows_are_shown_and_blank_ones_and_the_example_are_none(tmp_path: Path):
    rows = [{"nomor": "contoh"}, dict.fromkeys(HEAD, ""), *({"nomor": str(n)} for n in range(50))]
    assert [row.external_id for row in seen(tmp_path / "a.csv", *rows, limit=3)] == ["0", "1", "2"]


def a_fault(*columns: str) -> Reason:
    return reason("cell.not_a_time", columns=columns, value="x", fault=reason("moment.impossible"))


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (a_fault("a"), ("a",)),
        (a_fault("b", "a"), ("a", "b")),
        (reason("row.cells", faults=(a_fault("a"), a_fault("b"))), ("a", "b")),
        (a_fault("c dan d", "e"), ("c dan d",)),
        (reason("record.field", field="received_at", fault=reason("record.fault.missing")), ("b",)),
        (reason("record.in_future", field="events.0.at", at="x"), ("c dan d",)),
        (reason("record.ended_before_receipt", n=0, kind="x", ended="x", received="x"), ("c dan d",)),
        (reason("cell.no_id", most=200), ("a",)),
        (reason("record.field", field="demo", fault="x"), ()),
        ("kolom a: x", ()),
        ("", ()),
    ],
)
def test_a_reason_says_which_columns_it_is_about(why: Reason | str, expected: tuple[str, ...]):
    mapping = MappingSettings.model_validate(
        {
            "times": {"zone": "Asia/Jakarta"},
            "id": "a",
            "received": "b",
            "category": {"constant": "sampah"},
            "events": {"done": {"kind": "resolved", "at": "c dan d"}},
        }
    )
    assert columns_of(why, ("a", "b", "c dan d"), mapping) == expected
    assert columns_of(decode_reason(encode_reason(why)), ("a", "b", "c dan d"), mapping) == expected


def opened(content: bytes) -> Any:
    return load_workbook(BytesIO(content))


def test_a_template_has_the_mapping_s_columns_and_an_example_that_is_not_taken(tmp_path: Path):
    path = tmp_path / "t.xlsx"
    path.write_bytes(template(OPD, CITY, "Berkas OPD"))
    assert set(texts(path)[0]) >= {"nomor", "tanggal", "kategori", "desa", "status", "tanggal_selesai"}
    assert texts(path)[1][0] == "contoh"
    found = inspect(path, "t.xlsx")
    assert found.sheets == ("Laporan", "Petunjuk")
    assert [line.payload for line in rows(path, found.form)] == [None]
    assert "Petunjuk: Berkas OPD" in texts(path, "Petunjuk")[0]


def test_a_template_that_was_filled_in_becomes_cases(tmp_path: Path):
    made = opened(template(OPD, CITY, "x"))
    sheet = made["Laporan"]
    head = [cell.value for cell in sheet[1]]
    for row in (2, 3):
        for column, name in enumerate(head, 1):
            sheet.cell(row + 1, column, sheet.cell(2, column).value if name != "nomor" else f"LP-{row}")
    made.save(tmp_path / "a.xlsx")
    found = looked_at(tmp_path / "a.xlsx")
    assert [(row.number, row.external_id, row.faults) for row in found] == [(3, "LP-2", {}), (4, "LP-3", {})]


def test_a_template_offers_lists_and_checks_dates():
    sheet = opened(template(OPD, CITY, "x"))["Laporan"]
    head = {cell.value: cell.column_letter for cell in sheet[1]}
    checks = {str(check.sqref).split(":")[0]: check for check in sheet.data_validations.dataValidation}
    for name in ("kategori", "desa", "opd", "status"):
        assert checks[f"{head[name]}3"].type == "list"
        assert checks[f"{head[name]}3"].formula1.startswith("daftar!")
    assert checks[f"{head['tanggal']}3"].type == "date"


def test_a_mapping_with_values_of_its_own_offers_those():
    lapor: MappingSettings = config().sources["sp4n_lapor"].mapping  # type: ignore[attr-defined]
    made = opened(template(lapor, CITY, "x"))
    choices = {cell.value for row in made["daftar"].iter_rows() for cell in row if cell.value}
    assert {"Dinas Perhubungan", "Pengaduan Berkadar Pengawasan", "Ditutup oleh Sistem"} <= choices
    assert made["daftar"].sheet_state == "hidden"


def test_every_source_with_a_mapping_has_a_template(tmp_path: Path):
    for name, source in config().sources.items():
        mapping = getattr(source, "mapping", None)
        if isinstance(mapping, MappingSettings):
            assert opened(template(mapping, CITY, name))["Laporan"].max_row == 2


def test_a_workbook_is_previewed_as_a_csv_file_is(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [list(HEAD), list(GOOD.values())])
    assert looked_at(path) == seen(tmp_path / "a.csv", {})
