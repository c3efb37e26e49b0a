"""An upload's whole road: looked through, corrected by a person, imported, its result handed back."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pydantic import ValidationError

from data.store.cases import reconciliation
from data.store.db.engine import Engine, reading, writing
from data.store.intake import sources, taken_files, uploads
from ingest.uploads import TooBig, UnknownColumns, WrongState, uploader
from tests.conftest import Limit
from tests.ingest.doors import NOW, all_cases, config
from tests.ingest.tabular.books import HEADER, all_in_words, book, in_words
from tests.ingest.uploads.desk import Desk, results, rows, strange
from tests.real_data import RECORDINGS, needs_real_data


@pytest.mark.both_engines
def test_a_csv_file_takes_the_whole_road_and_every_row_is_told_what_became_of_it(desk: Desk):
    broken = "3;;;sampah;;;;Baru;;\n;;;;;;;;;\ncontoh;12/03/2026;;sampah;;;;;;\n"
    upload_id = desk.hand_in(rows(1, 2) + broken.encode(), "C:\\Users\\a\\Rekap Maret.csv")
    fresh = desk.get(upload_id)
    assert (fresh.state, fresh.name, fresh.rows) == ("looking", "Rekap Maret.csv", None)
    assert desk.work() == 1
    look = desk.look(upload_id)
    assert (desk.state(upload_id), look.rows, look.form.kind, look.form.delimiter) == ("asking", 5, "csv", "semicolon")
    assert not look.known
    assert {each.column: each.field for each in look.proposals}["nomor"] == "id"
    assert look.first[0].cells[:2] == ("1", "12/03/2026")
    assert [row.external_id for row in desk.uploader.preview(upload_id, NOW)] == ["1", "2", "3"]
    assert desk.ids() == []
    assert desk.uploader.enqueue(upload_id, NOW)
    assert desk.work() == 1
    done = desk.get(upload_id)
    assert (done.state, done.done, done.rows) == ("done", 5, 5)
    assert results(done) == {"baru": 2, "ditolak": 1, "kosong": 1, "dilewati": 1}
    assert done.counts["default_class"] == 2
    assert desk.words(upload_id) == ["baru", "baru", "ditolak", "kosong", "dilewati"]
    assert "tanggal, waktu: kosong" in desk.told(upload_id)[2][11]
    assert desk.ids() == ["1", "2"]
    assert desk.work() == 0


def test_a_workbook_with_a_title_above_takes_the_whole_road(desk: Desk, tmp_path: Path):
    plain = ["12/03/2026", "08.30", "sampah", "TPS penuh", "x", "Sisir", "Baru", "", ""]
    path = book(tmp_path / "a.xlsx", [["REKAP DINAS"], [], list(HEADER), ["1", *plain], ["2", *plain]], "Maret")
    upload_id = desk.imported(path.read_bytes(), "Rekap.xlsx")
    look = desk.look(upload_id)
    assert (look.form.kind, look.form.sheet, look.form.header_row, look.sheets) == ("xlsx", "Maret", 3, ("Maret",))
    told = load_workbook(desk.uploader.storage.result(upload_id))["Maret"]
    assert [told.cell(4, 11).value, told.cell(5, 11).value] == ["baru", "baru"]
    assert desk.ids() == ["1", "2"]


def test_a_file_of_a_strange_header_gets_a_proposal_and_a_person_s_mapping_is_known_again(desk: Desk):
    first = desk.asked(strange("A-1", "A-2"))
    look = desk.look(first)
    assert look.form.mapping is not None
    assert look.form.mapping.id.columns == ("No Tiket",)
    corrected = look.form.mapping.model_dump(mode="json")
    corrected["category"] = {"columns": ["Jenis Aduan"], "values": {"Lampu mati": "pju"}}
    told = desk.uploader.confirm(first, corrected, NOW)
    assert told.form.mapping is not None
    assert told.form.mapping.category.values == {"Lampu mati": "pju"}
    assert desk.look(first) == told
    assert [row.category for row in desk.uploader.preview(first, NOW)] == ["pju", "pju"]

    second = desk.asked(strange("A-3"), "bulan depan.csv")
    again = desk.look(second)
    assert again.known
    assert again.form.mapping == told.form.mapping
    assert {each.column: each.field for each in again.proposals} == {
        "No Tiket": "id",
        "Tgl Lapor": "received",
        "Jenis Aduan": "category",
        "Isi Aduan": "text",
        "Kelurahan": "village",
    }
    for upload_id in (first, second):
        assert desk.uploader.enqueue(upload_id, NOW)
    assert desk.work() == 2
    assert [(each["external_id"], each["category"]) for each in all_cases(desk.engine)] == [
        ("A-1", "pju"),
        ("A-2", "pju"),
        ("A-3", "pju"),
    ]


def test_a_mapping_that_is_known_again_reads_the_dates_of_each_file_by_what_that_file_tells(desk: Desk):
    def dated(*days: str) -> bytes:
        lines = strange(*range(len(days))).decode().splitlines()
        rows = [line.split(";") for line in lines[1:]]
        return "\n".join(
            [lines[0], *(";".join([row[0], day, *row[2:]]) for row, day in zip(rows, days, strict=True))]
        ).encode()

    def formats(upload_id: str) -> tuple[str, ...]:
        mapping = desk.look(upload_id).form.mapping
        assert mapping is not None
        return tuple(each for each in mapping.times.formats if each.endswith("%Y"))

    first = desk.asked(dated("03/14/2026", "03/04/2026"))
    mapping = desk.look(first).form.mapping
    assert mapping is not None
    desk.uploader.confirm(first, mapping.model_dump(mode="json"), NOW)
    assert formats(first) == ("%m/%d/%Y",)

    other = desk.look(second := desk.asked(dated("14/03/2026", "03/04/2026"), "b.csv"))
    assert (other.known, formats(second)) == (True, ("%d/%m/%Y",))
    assert "Tanggal hari dahulu: 1 tanggal hanya dapat dibaca begitu." in map(in_words, other.notes)

    unclear = desk.look(third := desk.asked(dated("04/03/2026", "03/04/2026"), "c.csv"))
    assert formats(third) == ("%m/%d/%Y",)
    assert "dipakai bulan dahulu, seperti pada unggahan sebelumnya" in in_words(*unclear.ambiguous)

    torn = desk.look(desk.asked(dated("14/03/2026", "03/14/2026"), "d.csv"))
    assert "campuran: 1 tanggal hari dahulu, 1 tanggal bulan dahulu; diusulkan bulan" in in_words(*torn.ambiguous)


def test_a_mapping_that_is_none_or_names_columns_that_are_not_there_is_not_kept(quick_desk: Desk):
    upload_id = quick_desk.asked(strange("A-1"))
    good = quick_desk.look(upload_id).form.mapping
    assert good is not None
    with pytest.raises(UnknownColumns, match="Kolom Gaib"):
        quick_desk.uploader.confirm(upload_id, good.model_dump(mode="json") | {"title": "Kolom Gaib"}, NOW)
    with pytest.raises(ValidationError, match="received"):
        quick_desk.uploader.confirm(upload_id, {"times": {"zone": "Asia/Jakarta"}, "id": "No Tiket"}, NOW)
    assert quick_desk.look(upload_id).form.mapping == good
    assert not quick_desk.look(quick_desk.asked(strange("A-2"))).known


def test_a_person_says_how_a_file_is_to_be_read(quick_desk: Desk, tmp_path: Path):
    other = [["Bulan ini"], ["no", "catatan"], [1, "x"]]
    path = book(tmp_path / "a.xlsx", [list(HEADER), ["1", "12/03/2026", "", "sampah"]], "Maret")
    made = load_workbook(path)
    sheet = made.create_sheet("Catatan")
    for row in other:
        sheet.append(row)
    made.save(path)
    upload_id = quick_desk.asked(path.read_bytes())
    assert quick_desk.look(upload_id).form.sheet == "Maret"
    assert quick_desk.uploader.inspect_again(upload_id, NOW, sheet="Catatan")
    assert quick_desk.state(upload_id) == "looking"
    quick_desk.work()
    look = quick_desk.look(upload_id)
    assert (look.form.sheet, look.form.header_row, look.columns) == ("Catatan", 2, ("no", "catatan"))
    assert (look.asked, look.guess_header) == (None, False)
    assert quick_desk.uploader.inspect_again(upload_id, NOW, header_row=30)
    quick_desk.work()
    assert "Tidak dapat dibaca seperti yang diminta" in in_words(quick_desk.look(upload_id).warnings[0])
    assert quick_desk.look(upload_id).columns == ("no", "catatan")
    with pytest.raises(ValidationError):
        quick_desk.uploader.inspect_again(upload_id, NOW, header_row=0)


def test_a_csv_file_is_read_in_the_encoding_that_a_person_names(quick_desk: Desk):
    upload_id = quick_desk.asked(rows(1).decode().replace("penuh", "café").encode("cp1252"))
    assert "café" in quick_desk.look(upload_id).first[0].cells[4]
    assert quick_desk.uploader.inspect_again(upload_id, NOW, encoding="cp1252", delimiter="comma")
    quick_desk.work()
    look = quick_desk.look(upload_id)
    assert (look.form.encoding, look.form.delimiter, len(look.columns)) == ("cp1252", "comma", 1)


def test_the_same_content_again_is_told_and_brings_nothing_twice(desk: Desk):
    first = desk.imported(rows(1, 2))
    second = desk.asked(rows(1, 2), "lagi.csv")
    assert any("sudah pernah diambil" in warning for warning in all_in_words(desk.look(second).warnings))
    with reading(desk.engine) as conn:
        same = uploads.same_content(conn, "opd_csv", desk.get(second).digest, second)
        assert same is not None
        assert same.id == first
        assert taken_files.is_taken(conn, "opd_csv", same.digest)
    assert desk.uploader.enqueue(second, NOW)
    desk.work()
    assert results(desk.get(second)) == {"sama": 2}
    assert desk.ids() == ["1", "2"]


def test_cursor_and_health_of_the_source_are_left_alone(desk: Desk):
    with writing(desk.engine) as conn:
        sources.set_cursor(conn, "opd_csv", '{"digest": "x", "rows": 5}')
        sources.failed(conn, "opd_csv", NOW - timedelta(hours=1), "folder tidak dapat dibaca")
    desk.imported(rows(1, 2))
    with reading(desk.engine) as conn:
        state = sources.state_of(conn, "opd_csv")
    assert (state.cursor, state.error) == ('{"digest": "x", "rows": 5}', "folder tidak dapat dibaca")
    assert (state.delivered, state.last_record_at, state.last_success_at) == (2, NOW, None)


@needs_real_data
def test_an_export_of_the_national_platform_is_listed_to_be_reconciled(engine: Engine, tmp_path: Path):
    desk = Desk(engine, tmp_path, sp4n_lapor={"enabled": True})
    content = (RECORDINGS / "lapor_samarinda_2024.csv").read_bytes()
    upload_id = desk.imported(content, source="sp4n_lapor")
    assert desk.get(upload_id).done == 240
    with reading(engine) as conn:
        assert reconciliation.reconcile(conn, "sp4n_lapor").listed == 240
    assert {each["demo"] for each in all_cases(engine)} == {False}


def test_folders_that_are_switched_on_take_uploads_and_recordings_do_not(sqlite_engine: Engine, tmp_path: Path):
    assert Desk(sqlite_engine, tmp_path).uploader.sources == ("opd_csv",)
    desk = Desk(sqlite_engine, tmp_path, lapor={"enabled": True}, baltimore={"enabled": True})
    assert desk.uploader.sources == ("opd_csv",)
    desk = Desk(sqlite_engine, tmp_path, sp4n_lapor={"enabled": True})
    assert desk.uploader.sources == ("opd_csv", "sp4n_lapor")
    for source in ("baltimore", "nobody"):
        with pytest.raises(KeyError):
            desk.hand_in(rows(1), source=source)
        with pytest.raises(KeyError):
            desk.uploader.template(source)
    assert desk.folders() == []


def test_what_cannot_be_done_now_is_not_done(desk: Desk):
    uploader = desk.uploader
    upload_id = desk.hand_in(rows(1))
    assert not uploader.enqueue(upload_id, NOW)
    assert not uploader.inspect_again(upload_id, NOW, header_row=1)
    for ask in (lambda: uploader.preview(upload_id, NOW), lambda: uploader.confirm(upload_id, {}, NOW)):
        with pytest.raises(WrongState):
            ask()
    desk.work()
    mapping = desk.look(upload_id).form.mapping
    assert mapping is not None
    assert uploader.enqueue(upload_id, NOW)
    assert not uploader.enqueue(upload_id, NOW)
    with pytest.raises(WrongState):
        uploader.confirm(upload_id, mapping.model_dump(mode="json"), NOW)
    with writing(desk.engine) as conn:
        assert uploads.change(conn, upload_id, NOW, only_in={"queued"}, state="importing")
    assert not uploader.discard(upload_id)
    desk.work()
    assert uploader.discard(upload_id)
    for missing in (lambda: uploader.discard(upload_id), lambda: uploader.enqueue(upload_id, NOW)):
        with pytest.raises(KeyError):
            missing()
    assert (desk.folders(), desk.ids()) == ([], ["1"])


def test_a_file_that_is_too_big_leaves_nothing_behind(quick_desk: Desk, limit: Limit):
    limit(uploader, "UPLOAD_MOST", 100)
    with pytest.raises(TooBig, match="bagi menjadi beberapa berkas"):
        quick_desk.hand_in(rows(1, 2))
    with reading(quick_desk.engine) as conn:
        assert uploads.latest(conn, None, 10) == []
    assert quick_desk.folders() == []


def test_a_long_name_is_cut_and_one_without_letters_has_another(quick_desk: Desk):
    assert quick_desk.get(quick_desk.hand_in(b"x", "a" * 500)).name == "a" * 200
    assert quick_desk.get(quick_desk.hand_in(b"x", "../../\x00")).name == "berkas"


@pytest.mark.both_engines
def test_uploads_go_when_they_have_rested_for_thirty_days_and_their_files_with_them(desk: Desk):
    old = [desk.imported(rows(1)), desk.hand_in(b""), desk.asked(rows(3))]
    assert desk.state(old[1]) == "failed"
    desk.now = NOW + timedelta(days=20)
    young = desk.imported(rows(4))
    desk.now = NOW + timedelta(days=30, seconds=1)
    desk.work()
    with reading(desk.engine) as conn:
        assert [each.id for each in uploads.latest(conn, None, 10)] == [young]
    assert desk.folders() == [young]
    assert desk.ids() == ["1", "4"]


def test_a_file_whose_row_was_never_written_goes_after_a_day(quick_desk: Desk):
    kept = quick_desk.hand_in(rows(1))
    lone, _ = quick_desk.uploader.storage.save(io.BytesIO(b"x"), 10)
    made = quick_desk.uploader.storage.input(lone).parent.stat().st_mtime
    quick_desk.now = NOW.fromtimestamp(made, NOW.tzinfo) + timedelta(hours=23)
    quick_desk.work()
    assert lone in quick_desk.folders()
    quick_desk.now += timedelta(hours=2)
    quick_desk.work()
    assert quick_desk.folders() == [kept]


def test_a_source_s_template_has_its_columns(quick_desk: Desk, tmp_path: Path):
    (tmp_path / "t.xlsx").write_bytes(quick_desk.uploader.template("opd_csv"))
    header = next(load_workbook(tmp_path / "t.xlsx")["Laporan"].iter_rows(max_row=1, values_only=True))
    assert header[0] == "nomor"
    assert {"tanggal", "kategori", "desa"} <= set(header)


def test_what_was_found_is_kept_as_json_whole(quick_desk: Desk):
    upload = quick_desk.get(quick_desk.asked(strange("A-1")))
    assert upload.form is not None
    assert json.loads(upload.form)["columns"] == ["No Tiket", "Tgl Lapor", "Jenis Aduan", "Isi Aduan", "Kelurahan"]
    assert config().sources["opd_csv"].enabled
