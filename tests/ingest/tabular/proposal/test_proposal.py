"""What is proposed for a table that nobody has mapped, and that it holds for its rows."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.domain.reasons import reason
from ingest.source import Record, Unreadable
from ingest.tabular.detection.inspect import inspect
from ingest.tabular.detection.rows import rows
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.proposal.proposal import MappingProposal, columns_by, propose
from ingest.tabular.raw_rows import in_batches, read_raw
from tests.ingest.doors import config
from tests.ingest.tabular.books import all_in_words, book, in_words
from tests.real_data import RECORDINGS, needs_real_data

CITY = config().city
YES, NO = reason("column.kept"), reason("column.not_kept")
SCARCE: dict[str, str] = {
    "No Tiket": "LP-{n}",
    "Tgl Lapor": "{d}/03/2026 08.30",
    "Jenis": "jalan rusak",
    "Keluhan": "Lubang besar di depan pasar nomor {n}",
}


def table(path: Path, columns: dict[str, str], count: int = 20) -> Path:
    """A CSV of `count` rows; {n} counts, {d} is a day of the month."""
    lines = [
        ";".join(columns),
        *(";".join(v.format(n=n, d=n % 28 + 1) for v in columns.values()) for n in range(count)),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def proposed(path: Path, base: MappingSettings | None = None) -> MappingProposal:
    return propose(inspect(path, path.name), CITY, base)


def fields(found: MappingProposal) -> dict[str, str]:
    return {each.column: each.field for each in found.columns if each.field}


def words(found: MappingProposal, field: str) -> AbstractSet[tuple[str, int]]:
    """Of a list what needs somebody's word, with its rows."""
    return {(word.text, word.rows) for word in found.lists[field].words}


def records(path: Path, mapping: Any) -> list[Record]:
    reader = TableMapping(MappingSettings.model_validate(mapping), CITY.agencies)
    lines = rows(path, inspect(path, path.name).form, reader.columns)
    return [read_raw(raw, reader) for batch in in_batches(lines, "d" * 64, reader) for _, raw in batch if raw]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            "No Tiket;Tanggal Pengaduan;Jam;Kategori Aduan;Perihal;Isi Laporan;Lokasi Kejadian;Kelurahan",
            "id received time category title text address village",
        ),
        (
            "Nomor Laporan;Waktu Lapor;Jenis Masalah;Uraian;TKP;Lintang;Bujur;Dinas;Status;Tgl Selesai;Tindak Lanjut",
            "id received category text address lat lon agency status done note",
        ),
        (
            "ticket_number,created_at,category,description,address,latitude,longitude,agency_responsible,updatedAt,photo",
            "id received category text address lat lon agency updated media_url",
        ),
        ("NO_REGISTRASI;TGL. MASUK;KLASIFIKASI;NAMA PELAPOR;NO. HP;E-MAIL", "id received service_class reporter_name "
         "reporter_phone reporter_email"),
        (
            "No Tiket;Tanggal Lapor;Tanggal Ditanggapi;Tanggal Selesai;Tanggapan",
            "id received answered done note",
        ),
        ("Ticket ID,Created,First response at,Closed,Resolution", "id received answered done note"),
        ("Nomer Tiket;Tangal Lapor;Kategory;Keluhann", "id received category text"),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_names(tmp_path: Path, columns: str, expected: str):
    (tmp_path / "a.csv").write_text(columns + "\n")
    found = proposed(tmp_path / "a.csv")
    assert [each.field for each in found.columns] == expected.split()
    assert all(in_words(each.reason) for each in found.columns)


def test_columns_of_strange_names_are_known_by_what_stands_in_them(tmp_path: Path):
    columns = {
        "a": "LP-{n}",
        "b": "{d}/03/2026",
        "c": "jalan rusak",
        "d": "Sisir",
        "e": "-7,87",
        "f": "112,52",
        "g": "DPUPR",
        "h": "0812345678{n}",
        "i": "x{n}@test.id",
        "j": "selesai",
        "k": "Ada lubang besar di tengah jalan depan pasar",
    }
    found = proposed(table(tmp_path / "a.csv", columns))
    assert " ".join(fields(found).values()) == (
        "id received category village lat lon agency reporter_phone reporter_email status text"
    )
    assert found.columns[4].reason == reason("column.holds_lat")


def test_the_proposal_reads_its_own_table(tmp_path: Path):
    columns = SCARCE | {"Koordinat": "-7.87, 112.52", "OPD": "Dinas Perhubungan", "Status": "Selesai"}
    path = table(tmp_path / "a.csv", columns | {"Tgl Selesai": "28/03/2026"})
    found = proposed(path)
    json.dumps(found.mapping)
    first = records(path, found.mapping)[0]
    assert (first.external_id, first.category, first.agency) == ("LP-0", "jalan rusak", "dishub")
    assert (first.lat, first.lon) == (-7.87, 112.52)
    assert [str(event.kind) for event in first.events] == ["acknowledged", "resolved"]


def test_the_first_answer_is_read_from_its_column(tmp_path: Path):
    path = table(tmp_path / "a.csv", SCARCE | {"Tanggal Ditanggapi": "{d}/03/2026 10.00", "Status": "Baru"})
    path.write_text(path.read_text() + "LP-x;01/03/2026 08.30;sampah;y;;Baru\n")
    found = proposed(path)
    assert fields(found)["Tanggal Ditanggapi"] == "answered"
    first, *_, last = records(path, found.mapping)
    assert [(str(each.kind), str(each.actor_kind), f"{each.at:%H:%M}") for each in first.events] == [
        ("answered", "agency", "03:00")
    ]
    assert last.events == ()
    kept = MappingSettings.model_validate(found.mapping)
    assert {each.column: each.field for each in columns_by(kept, SCARCE | {"Tanggal Ditanggapi": ""}, YES, NO)}[
        "Tanggal Ditanggapi"
    ] == "answered"


@pytest.mark.parametrize(("last", "field"), [("20/04/2026", None), ("{d}/04/2026", "done")])
def test_one_and_the_same_day_in_every_row_is_no_day_of_completion(tmp_path: Path, last: str, field: str | None):
    columns = {"Fecha": "{d}/03/2026", "Fecha límite": last, "Estado": "selesai", "Clase": "sampah"}
    assert fields(proposed(table(tmp_path / "a.csv", columns))).get("Fecha límite") == field


def test_an_answer_that_is_written_out_is_a_note_and_one_that_is_a_date_is_none(tmp_path: Path):
    columns = SCARCE | {"Status": "Selesai", "Tanggapan": "Sudah kami angkut"}
    assert fields(proposed(table(tmp_path / "a.csv", columns)))["Tanggapan"] == "note"
    columns["Tanggapan"] = "{d}/03/2026 10.00"
    assert fields(proposed(table(tmp_path / "b.csv", columns))).get("Tanggapan") != "note"


def test_links_to_pages_are_no_photos(tmp_path: Path):
    page = {"Foto": "https://kota.test/laporan/{n}", "Tautan": "https://kota.test/laporan/{n}/foto"}
    found = proposed(table(tmp_path / "a.csv", SCARCE | page))
    assert "media_url" not in found.mapping
    assert [in_words(each.reason) for each in found.columns[-2:]] == [
        "isinya bukan tautan ke gambar; tidak diambil",
        "tidak dikenali; tidak diambil",
    ]
    both = SCARCE | page | {"Berkas": "https://kota.test/unggahan/{n}.jpg"}
    assert fields(proposed(table(tmp_path / "b.csv", both)))["Berkas"] == "media_url"


def test_every_row_belongs_to_the_agency_of_all(tmp_path: Path):
    path = table(tmp_path / "a.csv", SCARCE | {"OPD": ""})
    path.write_text(path.read_text() + "LP-x;01/03/2026 08.30;sampah;y;DLH\n")
    mapping = {**proposed(path).mapping, "agency_for_all": "dpupr"}
    assert [record.agency for record in records(path, mapping)] == ["dpupr"] * 21


def test_a_row_number_is_no_report_s_number(tmp_path: Path):
    path = table(tmp_path / "a.csv", {"No": "{n}"} | {k: v for k, v in SCARCE.items() if k != "No Tiket"})
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *(f"{n}{line[line.index(';') :]}" for n, line in enumerate(lines[1:], 1))]))
    found = proposed(path)
    assert found.mapping["id"]["columns"] == ["Tgl Lapor", "No"]
    assert "hanya nomor urut baris" in in_words(found.ambiguous[0])
    assert len({record.external_id for record in records(path, found.mapping)}) == 20


def test_a_row_number_beside_a_real_one_is_not_taken(tmp_path: Path):
    path = table(tmp_path / "a.csv", {"No": "{n}"} | SCARCE)
    assert fields(proposed(path)).get("No Tiket") == "id"


def test_what_is_missing_is_said_and_the_mapping_is_valid_all_the_same(tmp_path: Path):
    (tmp_path / "a.csv").write_text("alfa;beta\nx;y\nz;w\n")
    found = proposed(tmp_path / "a.csv")
    told = all_in_words(found.ambiguous)
    assert told[0].startswith("Kolom tanggal laporan tidak ditemukan;")
    assert told[1].startswith("Kolom kategori tidak ditemukan: kategori dibaca dari kata-kata laporan;")
    assert found.mapping["category"] == {"constant": "lainnya"}
    MappingSettings.model_validate(found.mapping)


def test_latitude_and_longitude_that_are_exchanged_are_put_right_and_said(tmp_path: Path):
    path = table(tmp_path / "a.csv", SCARCE | {"Lintang": "112,52", "Bujur": "-7,87"})
    found = proposed(path)
    assert found.mapping["position"] == {"lat": "Bujur", "lon": "Lintang", "decimal": ","}
    assert any("Lintang dan bujur tertukar" in told for told in all_in_words(found.ambiguous))
    assert (records(path, found.mapping)[0].lat, records(path, found.mapping)[0].lon) == (-7.87, 112.52)


def test_the_whole_column_decides_and_not_the_first_rows(tmp_path: Path):
    path = table(tmp_path / "a.csv", SCARCE | {"Tgl Lapor": "03/04/2026"}, 500)
    assert any("diusulkan cara Indonesia" in told for told in all_in_words(proposed(path).ambiguous))
    path.write_text(path.read_text() + "LP-x;04/13/2026;jalan rusak;y\n")
    found = proposed(path)
    assert found.mapping["times"]["formats"] == ["%m/%d/%Y"]
    assert not any("hari dahulu" in told for told in all_in_words(found.ambiguous))


def test_values_are_proposed_where_they_are_alike_and_never_between_two(tmp_path: Path):
    kinds = ["Sampah", "sampah berserakan", "Jalann Rusak", "Penerangan Jalan Umum", "sampah dan longsor", "Hantu"]
    lines = [f"{n};13/03/2026;{kind};x" for n, kind in enumerate(kinds, 1)]
    (tmp_path / "a.csv").write_text("\n".join(["No Tiket;Tanggal;Kategori;Isi", *lines]))
    found = proposed(tmp_path / "a.csv")
    values = found.mapping["category"]["values"]
    assert values["sampah berserakan"] == "sampah"
    assert values["Jalann Rusak"] == "jalan_rusak"
    assert "Sampah" not in values
    assert words(found, "category") >= {"sampah dan longsor": 1, "Hantu": 1}.items()
    assert found.mapping["category"]["otherwise"] == "="


def test_agencies_that_are_none_of_ours_are_left_to_our_rules(tmp_path: Path):
    path = table(tmp_path / "a.csv", SCARCE | {"OPD": "Dinas Lingkungan Hidup Kota Batu"})
    path.write_text(path.read_text() + "LP-x;01/03/2026;sampah;y;Dinas Gaib\nLP-y;01/03/2026;sampah;y;DLH\n")
    found = proposed(path)
    assert words(found, "agency") == {("Dinas Gaib", 1), ("Dinas Lingkungan Hidup Kota Batu", 20)}
    last, own = records(path, found.mapping)[-2:]
    assert (last.agency, own.agency) == (None, "dlh")


def test_ten_thousand_categories_are_bounded_and_said(tmp_path: Path):
    path = table(tmp_path / "a.csv", SCARCE | {"Jenis": "jenis ke-{n}"}, 10_500)
    found = proposed(path)
    kinds = found.lists["category"]
    assert (len(kinds.words), kinds.more, kinds.too_many) == (300, 9_701, True)
    assert len(found.mapping["category"].get("values", {})) <= 300
    assert any("10.000 nilai berbeda" in told for told in all_in_words(found.ambiguous))


def test_repeated_numbers_are_said(tmp_path: Path):
    path = table(tmp_path / "a.csv", SCARCE)
    path.write_text(path.read_text() + "LP-1;01/03/2026;sampah;y\n")
    assert any(told.startswith("1 baris mengulang nomor") for told in all_in_words(proposed(path).ambiguous))


def test_the_source_s_own_mapping_is_proposed_where_all_its_columns_are(tmp_path: Path):
    base: MappingSettings = config().sources["opd_csv"].mapping  # type: ignore[attr-defined]
    path = table(tmp_path / "a.csv", {"NOMOR": "{n}", "Tanggal": "{d}.03.2026", "kategori": "sampah", "uraian": "x"})
    found = proposed(path, base)
    assert MappingSettings.model_validate(found.mapping).id.columns == ("nomor",)
    assert "%d.%m.%Y" in found.mapping["times"]["formats"]
    assert len(records(path, found.mapping)) == 20
    assert {each.confidence for each in found.columns} == {1.0}


def test_date_cells_of_a_workbook_are_read_beside_texts(tmp_path: Path):
    head = ["No Tiket", "Tanggal", "Jam", "Kategori", "Isi"]
    path = book(
        tmp_path / "a.xlsx",
        [head, ["a", datetime(2026, 3, 13), "08.30", "sampah", "x"], ["b", 46094.5, None, "sampah", "y"],
         ["c", "13 Maret 2026", None, "sampah", "z"]],
    )  # fmt: skip
    found = proposed(path)
    assert [f"{record.received_at:%d %H:%M}" for record in records(path, found.mapping)] == [
        "13 01:30",
        "13 05:00",
        "12 17:00",
    ]


@needs_real_data
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lapor_samarinda_2024.csv", {"laporan_no": "id", "tanggal_laporan_masuk": "received", "kelurahan": "village"}),
        ("baltimore_311.csv", {"CreatedDate": "received", "CloseDate": "done", "Latitude": "lat", "Longitude": "lon"}),
    ],
)
def test_real_tables_are_understood(name: str, expected: dict[str, str]):
    assert expected.items() <= fields(proposed(RECORDINGS / name)).items()


@pytest.mark.parametrize(
    "name", ["due date", "DueDate", "expected", "Tanggal janji", "SLA date", "expected_datetime", "Batas waktu"]
)
def test_what_a_table_promises_is_recognised_by_its_column(tmp_path: Path, name: str):
    found = proposed(table(tmp_path / "a.csv", SCARCE | {name: "{d}/04/2026"}))
    assert fields(found)[name] == "promised"
    first = records(tmp_path / "a.csv", found.mapping)[0]
    assert first.promised_at == datetime(2026, 4, 1, 16, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "reason_"),
    [
        ("Closed (Duplicate)", "duplicate"),
        ("Open (Duplicate)", "duplicate"),
        ("(Duplicate)", "duplicate"),
        ("Duplikat", "duplicate"),
        ("Closed (Transferred)", "not_ours"),
        ("(Transferred)", "not_ours"),
        ("Referred", "not_ours"),
        ("Invalid", None),
    ],
)
def test_a_status_that_ends_a_report_is_not_open(tmp_path: Path, status: str, reason_: str | None):
    dated = table(tmp_path / "a.csv", SCARCE | {"Status": status, "Tgl Selesai": "{d}/04/2026"}, 1)
    [record] = records(dated, proposed(dated).mapping)
    assert [(event.kind, event.reason) for event in record.events] == [("rejected", reason_)]
    undated = table(tmp_path / "b.csv", SCARCE | {"Status": status}, 1)
    [record] = records(undated, proposed(undated).mapping)
    assert [(event.kind, event.reason) for event in record.events] == [("rejected", "undated")]


@pytest.mark.parametrize("status", ["Menguap", "Closed (Menguap)", "Selesai (baru)"])
def test_a_status_that_nobody_knows_is_never_taken_for_an_open_one(tmp_path: Path, status: str):
    path = table(tmp_path / "a.csv", SCARCE | {"Status": status}, 3)
    found = proposed(path)
    assert words(found, "status") == {(status, 3)}
    with pytest.raises(Unreadable):
        records(path, found.mapping)


CELL = st.text(st.sampled_from("aB1 /-.,:2026ÿ\u00a0"), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(CELL.filter(str.strip), min_size=1, max_size=6),
    st.lists(st.lists(CELL, min_size=6, max_size=6), max_size=5),
)
def test_whatever_a_table_holds_the_proposal_is_valid(tmp_path: Path, head: list[str], cells: list[list[str]]):
    path = book(tmp_path / "a.xlsx", [["nomor", *head], *cells])
    found = proposed(path)
    MappingSettings.model_validate(found.mapping)
    json.dumps(found.mapping)
