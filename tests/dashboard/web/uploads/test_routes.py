"""/sumber/unggah and /unggahan: a user's file from being handed over to its result, and what may go wrong between."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from openpyxl import load_workbook

from data import clock
from data.store.db.engine import Engine, reading, writing
from data.store.intake import uploads as kept
from ingest.uploads import UPLOAD_MOST, findings_of
from tests.dashboard.conftest import Unread
from tests.dashboard.web.conftest import SOURCE, Desk, told
from tests.dashboard.web.upload_user import (
    HEADER,
    ROWS,
    UploadUser,
    an_upload_user,
    column,
    form_of,
    state_of,
    workbook,
)


@pytest.fixture
def user(desk: Desk) -> UploadUser:
    return an_upload_user(desk)


def cases(engine: Engine) -> list[tuple[str, str, str]]:
    """(number, category, state) of all cases."""
    with reading(engine) as conn:
        found = conn.exec_driver_sql('SELECT external_id, category, state FROM "case" ORDER BY external_id')
        return [(row[0], row[1], row[2]) for row in found]


def test_the_list_says_where_to_begin_and_what_came_of_the_last(user: UploadUser):
    page = told(user.desk.get("/sumber/unggah"))
    assert "Berkas dari OPD Unggah berkas Unduh templat Excel" in page
    assert "Unggahan terakhir" not in page
    user.upload(workbook())
    page = user.desk.get("/sumber/unggah")
    assert "aduan.xlsx Berkas dari OPD diperiksa – –" in told(page)
    assert 'data-every="2"' in page
    user.work()
    assert "menunggu Anda 5" in told(user.desk.get("/sumber/unggah", **{"X-Fragment": "1"}))


def test_the_sources_page_offers_the_upload_and_the_template(user: UploadUser):
    page = user.desk.get(f"/sumber/{SOURCE}")
    assert f'href="/sumber/{SOURCE}/unggah"' in page
    assert f'href="/sumber/{SOURCE}/templat"' in page
    assert "/unggah" not in user.desk.get("/sumber/open311").partition("<main>")[2]


def test_a_source_that_takes_no_files_has_no_such_pages(user: UploadUser):
    for address in ("/sumber/open311/unggah", "/sumber/none/unggah", "/sumber/open311/templat"):
        user.desk.get(address, 404)
    assert user.post(workbook(), source="open311").status_code == 404


def test_the_template_is_a_workbook_that_can_be_handed_over_again(user: UploadUser):
    answer = user.desk.client.get(f"/sumber/{SOURCE}/templat")
    assert f"templat-{SOURCE}.xlsx" in answer.headers["Content-Disposition"]
    assert load_workbook(io.BytesIO(answer.data)).sheetnames[0] == "Laporan"
    page = user.desk.get(user.asked(answer.data, "templat.xlsx"))
    assert 'id="pratinjau"' in page


def test_while_it_is_looked_through_the_page_says_so_and_looks_again(user: UploadUser):
    page = user.desk.get(user.upload(workbook()))
    assert "Berkas sedang diperiksa" in told(page)
    assert 'data-every="1"' in page
    assert 'http-equiv="refresh"' in page


def test_what_was_found_is_shown_with_its_evidence_and_what_is_wrong_in_words(user: UploadUser):
    page = user.desk.get(user.asked(workbook()))
    words = unescape(told(page))
    assert "Lembar 'Sheet': 5 baris di bawah judul kolom." in words
    assert "Judul kolom di baris 1." in words
    fields = form_of(page)
    taken = [fields[column(page, name)] for name in HEADER]
    assert taken == ["id", "received", "category", "text", "village", "agency", "status"]
    assert "A-1" in words
    assert "jalan bolong" in words
    assert "Menguap" in words
    assert "3 dari 5 baris pertama akan ditolak" in words  # a status that nobody knows is one of them
    assert "31/02/2026" in words.partition("Baris pertama sebagai laporan")[2]
    assert len(re.findall('class="fault-cell"', page)) == 3
    assert "di berkas: jalan bolong" in words
    assert "Impor 5 baris" in words


def test_a_corrected_mapping_changes_the_preview_and_is_remembered(user: UploadUser, engine: Engine):
    address = user.asked(workbook())
    page = user.desk.get(address)
    form = form_of(page) | {"v:category:jalan bolong": "jalan_rusak", "v:status:Menguap": "refused"}
    after = user.desk.done(f"{address}/pemetaan", **form)
    assert "Disimpan, dan diingat" in after
    assert "di berkas: jalan bolong" not in told(after)
    assert "A-2 3 Nov 00:00 Jalan_Rusak DPUPR Temas" in told(after).replace(" Nov 2026 ", " Nov ")
    assert form_of(after) == form
    look = findings_of(state_of(engine, address))
    assert look is not None
    assert look.form.mapping is not None
    mapping = look.form.mapping
    assert mapping.category.values == {"jalan bolong": "jalan_rusak"}
    again = user.desk.get(user.asked(workbook(ROWS[:2])))
    assert "sudah pernah dipastikan" in again
    assert "di berkas: jalan bolong" not in told(again)


@pytest.mark.parametrize(("done", "said"), [(3, "3 dari 5 baris tersimpan"), (5, "berkas hasil sedang ditulis")])
def test_while_it_is_imported_the_page_says_how_far_it_came(user: UploadUser, engine: Engine, done: int, said: str):
    address = user.asked(workbook())
    with writing(engine) as conn:
        upload_id = state_of(engine, address).id
        assert kept.change(conn, upload_id, clock.now(), only_in={"asking"}, state="importing", done=done)
    page = user.desk.get(address)
    assert said in told(page)
    assert f'<progress max="5" value="{done}"' in page


def test_an_import_goes_from_the_button_to_the_result(user: UploadUser, engine: Engine):
    address = user.asked(workbook())
    page = user.desk.done(f"{address}/impor", **form_of(user.desk.get(address)))
    assert "Menunggu giliran untuk diimpor" in told(page)
    assert '<progress max="5" value="0"' in page
    user.work()
    page = user.desk.get(address)
    assert "Selesai. 3 baris ditolak. baru 2 ditolak 3" in told(page)
    assert f'href="/sumber/{SOURCE}/ditolak"' in page
    assert [case[:2] for case in cases(engine)] == [("A-1", "sampah"), ("A-2", "jalan_rusak")]
    answer = user.desk.client.get(f"{address}/hasil.xlsx")
    assert "aduan.hasil.xlsx" in answer.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert [row[-2] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        *("baru", "baru", "ditolak", "ditolak", "ditolak")
    ]


def test_nothing_is_imported_that_was_not_looked_at(user: UploadUser, engine: Engine):
    address = user.asked(workbook())
    form = form_of(user.desk.get(address)) | {"v:category:jalan bolong": "jalan_rusak"}
    page = user.desk.done(f"{address}/impor", **form)
    assert "Lihat pratinjaunya dahulu, lalu impor." in page
    assert state_of(engine, address).state == "asking"
    user.desk.done(f"{address}/impor", **form)
    user.work()
    assert ("A-2", "jalan_rusak") in [case[:2] for case in cases(engine)]


def test_pressed_twice_or_in_two_tabs_it_is_imported_once(user: UploadUser, engine: Engine):
    address = user.asked(workbook())
    form = form_of(user.desk.get(address))
    user.desk.done(f"{address}/impor", **form)
    user.work()
    for action in ("impor", "pemetaan", "bentuk"):
        page = user.desk.done(f"{address}/{action}", **form)
        assert state_of(engine, address).state in ("done", "queued")
        if action != "impor":
            assert "unggahan ini sudah berlanjut" in page
    assert len(cases(engine)) == 2


def test_the_same_file_once_more_is_told_of(user: UploadUser):
    content = workbook()
    address = user.asked(content)
    user.desk.done(f"{address}/impor", **form_of(user.desk.get(address)))
    again = user.desk.get(user.asked(content))
    assert "Berkas yang sama persis sudah diserahkan" in again
    assert f'href="{address}"' in again


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Tgl Masuk": ""}, "Pilih kolom dengan tanggal diterima"),
        ({"Dinas": "village"}, "Kolom Kelurahan, Dinas dipilih untuk isi yang sama"),
        ({"Uraian": "lat"}, "Lintang dan bujur harus dipilih keduanya"),
        ({"Status": "", "Uraian": "note"}, "Kolom Uraian hanya berarti bersama kolom status"),
    ],
)
def test_a_choice_that_cannot_be_is_told_and_stays_to_be_corrected(
    user: UploadUser, changes: dict[str, str], said: str
):
    address = user.asked(workbook())
    page = user.desk.get(address)
    form = form_of(page) | {column(page, name): field for name, field in changes.items()}
    for action in ("pemetaan", "impor"):
        answer = user.desk.post(f"{address}/{action}", **form)
        assert answer.status_code == 422
        assert said in answer.text
        assert form_of(answer.text).items() <= (form | {"agency_for_all": ""}).items()
        assert all(form_of(answer.text)[name] == form[name] for name in form if name.startswith("c"))
    assert form_of(user.desk.get(address)) == form_of(page)


def test_a_file_without_agencies_is_asked_once_whose_it_is(user: UploadUser, engine: Engine):
    rows = [row[:5] for row in ROWS[:2]]
    address = user.asked(workbook(rows, HEADER[:5]))
    page = user.desk.get(address)
    assert "Semua baris milik" in told(page)
    assert form_of(page)["agency_for_all"] == ""
    page = user.desk.done(f"{address}/pemetaan", **form_of(page) | {"agency_for_all": "bpbd"})
    assert "A-1 2 Nov 00:00 Sampah BPBD Sisir" in told(page).replace(" Nov 2026 ", " Nov ")
    assert form_of(page)["agency_for_all"] == "bpbd"
    user.desk.done(f"{address}/impor", **form_of(page))
    user.work()
    with reading(engine) as conn:
        assert {row[0] for row in conn.exec_driver_sql('SELECT agency FROM "case"')} == {"bpbd"}
    address = user.asked(workbook([("A-9", *row[1:]) for row in rows], HEADER[:5]))
    again = form_of(user.desk.get(address))
    assert again["agency_for_all"] == ""
    refused = user.desk.post(f"{address}/impor", **again)
    assert (refused.status_code, "Pilih milik siapa baris-baris ini" in told(refused.text)) == (422, True)
    page = user.desk.done(f"{address}/pemetaan", **again | {"agency_for_all": "-"})
    assert form_of(page)["agency_for_all"] == "-"
    user.desk.done(f"{address}/impor", **form_of(page))
    user.work()
    with reading(engine) as conn:
        assert conn.exec_driver_sql("SELECT agency FROM \"case\" WHERE external_id = 'A-9'").scalar() != "bpbd"
    assert "Semua baris milik" not in told(user.desk.get(user.asked(workbook())))


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (("Baru", "Proses", "Selesai"), "2 terbuka, 2 di antaranya sudah terlambat"),
        (("Baru", "Selesai"), "1 terbuka, sudah terlambat"),
        (("Selesai",), "Tidak ada yang terbuka"),
    ],
)
def test_beside_the_button_stands_how_many_are_open_and_late(user: UploadUser, statuses: tuple[str, ...], said: str):
    rows = [(f"A-{n}", datetime(2026, 3, 2), "sampah", "x", "Sisir", "DLH", each) for n, each in enumerate(statuses)]
    page = user.desk.get(user.asked(workbook(rows)))
    assert said in told(page).partition("Impor")[2]


def test_open_and_late_are_told_in_english_with_the_right_plural(user: UploadUser):
    user.desk.client.get("/sumber/unggah?lang=en")
    rows = [(f"A-{n}", datetime(2026, 3, 2), "sampah", "x", "Sisir", "DLH", "Baru") for n in range(2)]
    new = ("B-1", clock.now().replace(tzinfo=None) - timedelta(hours=8), "sampah", "x", "Sisir", "DLH", "Selesai")
    assert "2 open, 2 of them overdue already" in told(user.desk.get(user.asked(workbook([*rows, new]))))
    assert "1 open, overdue already" in told(user.desk.get(user.asked(workbook(rows[:1]))))
    assert "None is open" in told(user.desk.get(user.asked(workbook([new]))))


def test_a_column_that_is_taken_for_something_else_is_read_as_that(user: UploadUser, engine: Engine):
    rows = [("A-9", datetime(2026, 11, 2), "DLH", "Sampah", "Sisir", "sampah", "Baru")]
    address = user.asked(workbook(rows, ("No. Aduan", "Tgl Masuk", "Pelaksana", "Uraian", "Kelurahan", "Soal", "Ket")))
    page = user.desk.get(address)
    choice = {"Pelaksana": "agency", "Soal": "category", "Ket": "status", "Uraian": "text"}
    form = form_of(page) | {column(page, name): field for name, field in choice.items()}
    page = user.desk.done(f"{address}/pemetaan", **form)
    assert "A-9 2 Nov 00:00 Sampah DLH Sisir" in told(page).replace(" Nov 2026 ", " Nov ")
    user.desk.done(f"{address}/impor", **form_of(page))
    user.work()
    assert [case[:2] for case in cases(engine)] == [("A-9", "sampah")]


def test_a_person_says_how_the_file_is_to_be_read(user: UploadUser, engine: Engine):
    content = b"Rekap;2026;;\n;;;\nnomor;tanggal;kategori;uraian\n1;02/11/2026;sampah;penuh\n"
    address = user.asked(content, "rekap.csv")
    assert 'value="3">' in user.desk.get(address)
    user.desk.done(f"{address}/bentuk", encoding="cp1252", delimiter="semicolon", header_row="1")
    assert state_of(engine, address).state == "looking"
    user.work()
    look = findings_of(state_of(engine, address))
    assert look is not None
    form = look.form
    assert (form.encoding, form.header_row) == ("cp1252", 1)
    user.desk.done(f"{address}/bentuk", encoding="utf-8", delimiter="semicolon", header_row="3")
    user.work()
    assert "1 2 Nov 00:00 Sampah" in told(user.desk.get(address)).replace(" Nov 2026 ", " Nov ")
    assert "cara membaca itu tidak mungkin" in user.desk.done(f"{address}/bentuk", encoding="utf-8", header_row="0")


def test_5_2_2_a_file_that_is_none_says_what_is_wrong_and_can_be_thrown_away(user: UploadUser):
    address = user.asked(b"%PDF-1.7 \x00\x01", "laporan.pdf")
    page = user.desk.get(address)
    assert "Berkas ini tidak dapat dibaca" in page
    assert "Coba lagi" not in told(page)
    assert "laporan.pdf Berkas dari OPD gagal" in told(user.desk.get("/sumber/unggah"))
    assert "laporan.pdf" not in user.desk.done(f"{address}/buang")
    assert "Unggahan ini tidak ada" in user.desk.get(address, 404)


def test_an_import_that_stopped_can_be_tried_again(user: UploadUser, engine: Engine):
    address = user.asked(workbook())
    user.desk.done(f"{address}/impor", **form_of(user.desk.get(address)))
    path = user.job.storage.input(address.rpartition("/")[2])
    path.rename(path.with_name("fort"))
    user.work()
    page = user.desk.get(address)
    assert "Impor terhenti" in page
    assert "berkasnya tidak ada" in page
    path.with_name("fort").rename(path)
    user.desk.done(f"{address}/impor")
    user.work()
    assert "Selesai. 3 baris ditolak." in user.desk.get(address)
    assert len(cases(engine)) == 2


def test_what_is_thrown_away_leaves_the_cases_and_no_file(user: UploadUser, engine: Engine):
    address = user.asked(workbook())
    user.desk.done(f"{address}/impor", **form_of(user.desk.get(address)))
    user.work()
    folder = user.job.storage.input(address.rpartition("/")[2]).parent
    assert folder.exists()
    assert "aduan.xlsx" not in user.desk.done(f"{address}/buang")
    assert not folder.exists()
    assert len(cases(engine)) == 2
    assert "aduan.xlsx" not in user.desk.done(f"{address}/buang")


@pytest.mark.parametrize("address", ["/unggahan/1", "/unggahan/" + "0" * 32])
def test_an_upload_that_is_gone_is_told_kindly(user: UploadUser, address: str):
    assert "Unggahan ini tidak ada" in user.desk.get(address, 404)
    assert "Unggahan ini tidak ada" in user.desk.get(f"{address}/hasil.xlsx", 404)
    for action in ("bentuk", "pemetaan", "impor"):
        assert user.desk.post(f"{address}/{action}").status_code == 303
    assert user.desk.client.get(address, headers={"X-Fragment": "1"}).status_code == 404


def test_a_result_that_is_not_written_yet_is_not_there(user: UploadUser):
    user.desk.get(f"{user.asked(workbook())}/hasil.xlsx", 404)


@pytest.mark.parametrize("content", [None, b""])
def test_an_empty_post_says_what_to_do(user: UploadUser, content: bytes | None):
    answer = user.post(content)
    assert answer.status_code == 400
    assert "Pilih berkas Excel atau CSV." in answer.text


def test_a_file_that_is_too_big_is_refused_with_the_limit(user: UploadUser, engine: Engine):
    answer = user.post(b"nomor\n" + b"1\n" * (UPLOAD_MOST // 2), "besar.csv")
    assert answer.status_code == 413
    assert "lebih dari 50 MB" in answer.text
    answer = user.post(b"nomor\n" + b"1\n" * (UPLOAD_MOST // 2 + 100_000), "lebih.csv")
    assert answer.status_code == 413
    assert "lebih dari 50 MB" in answer.text
    with reading(engine) as conn:
        assert kept.latest(conn, None, 10) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\a.xlsx", "a.xlsx"),
        ("<script>alert(1)</script>.xlsx", "script&gt;.xlsx"),
        ("x\u202exslx.exe", "xxslx.exe"),
        ("é" * 300, "é" * 200),
        ("a'; rm -rf.xlsx", "a&#39;; rm -rf.xlsx"),
    ],
)
def test_5_3_2_a_hostile_name_is_shown_and_given_back_without_harm(user: UploadUser, name: str, shown: str):
    address = user.asked(workbook(), name)
    page = user.desk.get(address)
    assert shown in page
    assert "<script>alert" not in page
    assert "<script>alert" not in user.desk.get("/sumber/unggah")
    user.desk.done(f"{address}/impor", **form_of(page))
    user.work()
    answer = user.desk.client.get(f"{address}/hasil.xlsx")
    assert answer.status_code == 200
    assert "\n" not in answer.headers["Content-Disposition"]


def test_hostile_cells_and_columns_come_back_as_they_are(user: UploadUser, engine: Engine):
    evil = '"><script>alert(1)</script>'
    rows = [("A-1", datetime(2026, 11, 2), evil, "x", "Sisir", "DLH", "Baru")]
    address = user.asked(workbook(rows, (*HEADER[:3], f"Uraian {evil}", *HEADER[4:])))
    page = user.desk.get(address)
    assert "<script>alert" not in page
    form = form_of(page) | {f"v:category:{evil}": "sampah"}
    page = user.desk.done(f"{address}/pemetaan", **form)
    assert form_of(page) == form
    assert "A-1 2 Nov 00:00 Sampah" in told(page).replace(" Nov 2026 ", " Nov ")


def test_the_pages_hold_nothing_inline(user: UploadUser):
    address = user.asked(workbook())
    for path in ("/sumber/unggah", f"/sumber/{SOURCE}/unggah", address):
        page = user.desk.get(path)
        assert not re.findall(r"<style|style=|<script(?! src)|\son\w+=", page), path


def test_the_pages_speak_english_too(user: UploadUser):
    user.desk.client.get("/sumber/unggah?lang=en")
    address = user.asked(workbook())
    page = told(user.desk.get(address))
    assert "Which column is what" in page
    assert "3 of the first 5 rows will be rejected" in page
    assert "Import 5 rows" in page


def test_of_an_upload_by_a_stranger_or_without_the_token_of_its_page_nothing_is_read(user: UploadUser):
    stranger, token = user.desk.app.flask.test_client(), user.desk.csrf_token()
    for client, query, status in (
        (stranger, f"?csrf={token}", 403),
        (user.desk.client, "", 400),
        (user.desk.client, "?csrf=wrong", 400),
    ):
        body = Unread(b"")
        answer = client.post(
            f"/sumber/{SOURCE}/unggah{query}",
            input_stream=body,
            content_length=40_000_000,
            content_type="multipart/form-data; boundary=x",
        )
        assert (answer.status_code, body.reads) == (status, 0)


def test_the_name_of_a_file_turns_nothing_on_the_pages(user: UploadUser):
    page = user.upload(workbook(), "aduan\u202excod.\u2067a\u200f.xlsx")
    for path in (page, "/sumber/unggah"):
        text = user.desk.get(path)
        assert "aduanxcod.a.xlsx" in text
        assert not set(text) & set("\u202e\u2067\u200f"), path
