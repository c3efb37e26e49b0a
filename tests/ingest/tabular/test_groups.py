"""Columns under a group: a header of two rows, of which the upper one says what the lower one's names are about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from openpyxl import Workbook

from ingest.tabular.detection.inspect import inspect
from ingest.tabular.proposal.proposal import propose
from tests.ingest.doors import config

ROWS = 9
REPORT = {"Tanggal": "0{n}/03/2026", "Kategori": "Sampah", "Isi": "Isi {n}"}
Groups = Mapping[str, Mapping[str, str]]


def fields(path: Path, groups: Groups) -> dict[str, str]:
    """The proposed fields by column, of a workbook with a number beside its groups; {n} counts its rows."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    place = 1
    for group, under in {"No": {"": "R/{n}/26"}, **groups}.items():
        sheet.cell(1, place, group)
        tall, wide = (2, 1) if group == "No" else (1, len(under))
        sheet.merge_cells(start_row=1, start_column=place, end_row=tall, end_column=place + wide - 1)
        for label, text in under.items():
            if label:
                sheet.cell(2, place, label)
            for n in range(1, ROWS + 1):
                sheet.cell(n + 2, place, text.format(n=n))
            place += 1
    made.save(path)
    found = propose(inspect(path, path.name), config().city)
    return {each.column: each.field for each in found.columns if each.field}


@pytest.mark.parametrize(
    ("group", "under", "expected"),
    [
        ("Identitas Pelapor", {"Nama": "Budi", "No HP": "+62 812 {n}"}, {"Nama": "reporter_name"}),
        ("Identitas Pelapor", {"Alamat": "Jl. Rumah {n}", "Umur": "{n}"}, {}),
        ("Petugas", {"Nama": "Wati", "Regu": "{n}"}, {}),
        ("Tindak lanjut", {"Tanggal selesai": "1{n}/03/2026", "Regu": "{n}"}, {"Tanggal selesai": "done"}),
        ("Rencana kerja", {"Tanggal selesai": "1{n}/03/2026", "Regu": "{n}"}, {}),
        ("Tindak lanjut", {"Tanggal selesai": "segera", "Regu": "{n}"}, {}),
    ],
)
def test_a_name_under_a_group_is_known_unless_the_group_tells_of_somebody_else_or_of_a_plan(
    tmp_path: Path, group: str, under: Mapping[str, str], expected: Mapping[str, str]
):
    found = fields(tmp_path / "a.xlsx", {"Laporan": REPORT, group: under})
    told = {column.removeprefix(f"{group} "): field for column, field in found.items() if column.startswith(group)}
    assert {label: field for label, field in told.items() if field != "reporter_phone"} == expected


def test_what_the_whole_name_says_counts_for_more(tmp_path: Path):
    groups = {
        "Laporan": REPORT,
        "Lokasi": {"Alamat": "Jl. Diponegoro {n}", "Kelurahan": "Sisir"},
        "Dinas": {"Alamat": "Jl. Kantor {n}", "Regu": "{n}"},
    }
    found = fields(tmp_path / "a.xlsx", groups)
    assert {column: field for column, field in found.items() if field in ("address", "village")} == {
        "Lokasi Alamat": "address",
        "Lokasi Kelurahan": "village",
    }
