"""Pages of a long file: words of the whole of it, a preview that costs nothing, and each page in its own language."""

from __future__ import annotations

import json
import re
from datetime import datetime
from html import unescape

import pytest

from data import clock
from data.store.db.engine import Engine, reading, writing
from data.store.intake import uploads
from ingest.tabular.proposal.listed_values import VALUES_MOST
from layouts.kit.words import words
from tests.dashboard.web.conftest import Desk, told
from tests.dashboard.web.upload_user import UploadUser, an_upload_user, column, form_of, state_of, workbook

HEADER = ("No. Aduan", "Tgl Masuk", "Jenis", "Soal", "Uraian")
KIND = "v:category:"


@pytest.fixture
def user(desk: Desk) -> UploadUser:
    return an_upload_user(desk)


def long(*soal: str) -> bytes:
    """A workbook of a row for each word in its column Soal, behind thirty rows that say nothing new there."""
    at, every = datetime(2026, 11, 2), enumerate(["sampah"] * 30 + list(soal))
    return workbook([(f"A-{n}", at, "sampah", word, f"x{n}") for n, word in every], HEADER)


def picked(user: UploadUser, content: bytes, lang: str = "id") -> tuple[str, str]:
    """Handed over, Soal chosen for the category, counted: the address, and the page."""
    user.desk.client.get(f"/sumber/unggah?lang={lang}")
    address = user.asked(content)
    page = user.desk.get(address)
    form = form_of(page) | {column(page, "Jenis"): "", column(page, "Soal"): "category"}
    page = user.desk.done(f"{address}/pemetaan", **form)
    assert words(lang)("uploads.counting") in page
    assert 'data-every="1"' in page
    user.work()
    return address, user.desk.get(address)


def test_after_another_column_is_chosen_its_words_are_those_of_the_whole_file(user: UploadUser, engine: Engine):
    address, page = picked(user, long("Hantu", "Gaib", "Hantu"))
    shown = unescape(told(page))
    assert "Kategori di kolom Soal 2 tidak dikenal" in shown
    assert re.search(r"Hantu 2 baris .* Gaib 1 baris", shown)
    assert {name for name in form_of(page) if name.startswith(KIND)} == {f"{KIND}Hantu", f"{KIND}Gaib"}
    page = user.desk.done(f"{address}/pemetaan", **form_of(page) | {f"{KIND}Hantu": "longsor"})
    assert "Kategori di kolom Soal 1 tidak dikenal" in told(page)
    assert form_of(page)[f"{KIND}Hantu"] == "longsor"
    user.desk.done(f"{address}/impor", **form_of(page) | {"agency_for_all": "-"})
    user.work()
    assert state_of(engine, address).counts["baru"] == 33


def test_of_very_many_words_three_hundred_are_shown_and_the_rest_is_a_number(user: UploadUser):
    _, page = picked(user, long(*(f"kata {n}" for n in range(330))))
    assert sum(name.startswith(KIND) for name in form_of(page)) == VALUES_MOST
    assert "330 tidak dikenal" in told(page)
    assert "Selain ini 30 kata lain yang tidak dikenal" in told(page)


def test_many_words_are_searched_and_what_was_chosen_meanwhile_is_kept(user: UploadUser):
    words = [f"{what} {n}" for what in ("Lampu", "Got") for n in range(75)]
    address, page = picked(user, long(*words))
    assert "150 dari 150 kata tampil" in told(page)
    form = form_of(page) | {f"{KIND}Got 3": "sampah", "find_category": "LAMPU", "find": "category"}
    answer = user.desk.post(f"{address}/pemetaan", **form)
    assert answer.headers["Location"] == f"{address}?find_category=LAMPU#kata-category"
    page = user.desk.get(f"{address}?find_category=LAMPU")
    assert "75 dari 149 kata tampil" in told(page)
    assert {name for name in form_of(page) if name.startswith(KIND)} == {f"{KIND}Lampu {n}" for n in range(75)}
    assert 'name="find_category" value="LAMPU"' in page
    assert f"{KIND}Got 3" in form_of(user.desk.get(address))
    assert "0 dari 149 kata tampil" in told(user.desk.get(f"{address}?find_category=gaib"))


def test_all_the_words_that_are_shown_are_given_one_meaning(user: UploadUser, engine: Engine):
    words = [f"{what} {n}" for what in ("Lampu", "Got") for n in range(75)]
    address, _ = picked(user, long(*words))
    form = form_of(user.desk.get(f"{address}?find_category=lampu"))
    form |= {"find_category": "lampu", "all": "category", "all:category": "longsor"}
    page = user.desk.done(f"{address}/pemetaan", **form)
    assert "75 tidak dikenal" in told(page)
    assert "75 kata lain yang sudah diartikan" in told(page)
    user.desk.done(f"{address}/impor", **form_of(page) | {"agency_for_all": "-"})
    user.work()
    with reading(engine) as conn:
        found = conn.exec_driver_sql("""SELECT count(*) FROM "case" WHERE category = 'longsor'""")
        assert found.scalar_one() == 75


def test_few_words_need_no_search(user: UploadUser):
    _, page = picked(user, long("Hantu", "Gaib"))
    assert "find_category" not in page


def test_of_more_words_than_are_counted_the_number_is_called_the_least(user: UploadUser):
    rows = "".join(f"A-{n};02/11/2026;sampah;kata {n};x\n" for n in range(10_200))
    _, page = picked(user, (";".join(HEADER) + "\n" + rows).encode(), "en")
    assert "at least 9,701 more words are not known" in told(page)


def test_a_form_with_a_fault_shows_no_words_of_a_column_that_was_not_counted(user: UploadUser):
    address = user.asked(long("Hantu"))
    page = user.desk.get(address)
    wrong = {column(page, "Jenis"): "", column(page, "Soal"): "category", column(page, "Tgl Masuk"): ""}
    answer = user.desk.post(f"{address}/pemetaan", **form_of(page) | wrong)
    assert answer.status_code == 422
    assert KIND not in answer.text


def test_the_page_is_drawn_without_the_file(user: UploadUser):
    address, page = picked(user, long("Hantu"))
    user.job.storage.input(address.rpartition("/")[2]).unlink()
    again = user.desk.get(address)
    assert "A-19" in again.partition('id="pratinjau"')[2]
    assert told(again) == told(page)


def test_an_english_page_tells_what_was_found_in_english(user: UploadUser):
    user.desk.client.get("/sumber/unggah?lang=en")
    content = workbook([("A-1", "31/02/2026", "sampah", "x", "y"), ("A-2", "03/04/2026", "gaib", "x", "y")], HEADER)
    page = user.desk.get(user.asked(content))
    for part in ("heading &#39;Jenis&#39;", "The headings are in row 1", "day first", "column Tgl Masuk"):
        assert part in page
    for part in ("judul &#39;", "Judul kolom", "hari dahulu", "kolom Tgl Masuk", '<span lang="id">'):
        assert part not in page


def test_a_sentence_that_an_earlier_build_kept_is_marked_as_indonesian(user: UploadUser, engine: Engine):
    user.desk.client.get("/sumber/unggah?lang=en")
    address = user.asked(long("Hantu"))
    with writing(engine) as conn:
        upload = uploads.get(conn, address.rpartition("/")[2])
        assert upload is not None
        form = json.loads(upload.form or "") | {"warnings": ["Kolom tanpa judul: C."]}
        assert uploads.change(conn, upload.id, clock.now(), only_in={"asking"}, form=json.dumps(form))
    assert '<span lang="id">Kolom tanpa judul: C.</span>' in user.desk.get(address)


def test_a_file_that_cannot_be_read_says_so_in_the_page_s_language(user: UploadUser):
    user.desk.client.get("/sumber/unggah?lang=en")
    page = user.desk.get(user.asked(b"%PDF-1.7 \x00\x01", "laporan.pdf"))
    assert re.search(r'<p class="why" lang="en">this is a PDF', page)
