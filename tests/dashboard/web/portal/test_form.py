"""The citizens' form without script: four pages, a draft between them, one case at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from dashboard.app import App
from dashboard.portal.intake import NAME
from dashboard.web.portal.browser import DEVICE, DRAFT
from data.domain.cases.model import EventKind, Precision
from data.store.cases import cases
from data.store.cases.cases import StoredCase
from data.store.db.engine import reading
from data.store.db.schema.cases import case, reporter
from data.store.db.schema.citizens import draft
from data.store.db.schema.intake import photo
from tests.dashboard.web.portal.reporting import WORDS, Citizen, a_photo
from tests.factories import BEJI, SISIR

IN_SISIR = {"village": "", "lat": "-7.8790", "lon": "112.5276", "origin": "gps", "accuracy": "12"}


def the_case(app: App, key: str) -> StoredCase:
    with reading(app.engine) as conn:
        found = cases.find(conn, NAME, key)
    assert found is not None
    return found


def rows(app: App, table: Any) -> list[Any]:
    with reading(app.engine) as conn:
        return list(conn.execute(table.select()).mappings())


def test_a_report_with_a_photo_becomes_one_case_with_its_photo_and_a_code(app: App, citizen: Citizen):
    citizen.fill_in(a_photo(), name="Bu Sri", phone="0812-3456 789", place={"rt": "03", "landmark": "Dekat pos ronda"})
    page = citizen.client.get("/lapor/periksa").text
    for shown in ("Sampah menumpuk", "Dekat pos ronda", "08123456789", "Bu Sri", "/lapor/foto"):
        assert shown in page
    key = citizen.key()
    first, second = citizen.send(), citizen.post("/lapor/kirim", key=key)
    assert first.headers["Location"] == second.headers["Location"]
    stored = the_case(app, key)
    assert (stored.facts.village, stored.facts.category, stored.facts.private) == (SISIR, "sampah", False)
    assert stored.facts.address == "RT 03, Dekat pos ronda"
    assert len(rows(app, case)) == 1
    [kept] = rows(app, photo)
    assert (kept["state"], kept["case_id"]) == ("stored", stored.id)
    assert citizen.client.get_cookie("batt_lapor") is None
    assert not list((app.home.path / "drafts").iterdir())
    page = citizen.client.get(first.headers["Location"]).text
    assert "Laporan diterima" in page
    assert "Bu Sri" not in page


def test_who_never_got_the_answer_comes_to_the_report_that_was_sent_and_not_to_an_empty_form(
    app: App, citizen: Citizen
):
    for path in ("/lapor/periksa", "/lapor", "/lapor/uraian"):
        citizen.fill_in()
        key = citizen.key()
        sent = citizen.send().headers["Location"]
        citizen.client.set_cookie("batt_lapor", key)
        again = citizen.client.get(path)
        assert (again.status_code, again.headers["Location"]) == (303, sent), path
        assert citizen.client.get_cookie("batt_lapor") is None
    assert citizen.client.get("/lapor").status_code == 200
    assert len(rows(app, case)) == 3


def test_each_page_says_what_is_missing_and_keeps_what_was_written(citizen: Citizen):
    answer = citizen.place(village="", landmark="Depan SDN 1")
    assert answer.status_code == 400
    assert "pilih desa" in answer.text
    assert 'value="Depan SDN 1"' in answer.text
    citizen.place()
    answer = citizen.post("/lapor/uraian", text="Dua kata")
    assert answer.status_code == 400
    assert "Pilih jenis laporan" in answer.text
    assert "paling sedikit 3 kata" in answer.text
    assert ">Dua kata<" in answer.text
    citizen.post("/lapor/uraian", category="sampah", text="Kini sudah cukup kata")
    answer = citizen.post("/lapor/kontak", phone="12", email="x@", news="1")
    assert answer.status_code == 400
    assert "8 sampai 15 angka" in answer.text
    assert citizen.client.get("/lapor/periksa").headers["Location"] == "/lapor/kontak"
    assert citizen.post("/lapor/kirim").headers["Location"] == "/lapor/kontak"


def test_a_page_that_is_opened_without_a_form_leads_to_the_first(citizen: Citizen):
    for path in ("/lapor/uraian", "/lapor/kontak", "/lapor/periksa"):
        assert citizen.client.get(path).headers["Location"] == "/lapor?mulai=1"
    assert citizen.post("/lapor/kirim").headers["Location"] == "/lapor?mulai=1"
    assert citizen.client.get("/lapor?mulai=1").status_code == 200


@pytest.mark.parametrize(
    ("place", "precision", "note"),
    [
        (IN_SISIR, Precision.EXACT, "placed.gps"),
        (IN_SISIR | {"accuracy": "900", "village": BEJI}, Precision.VILLAGE, "placed.village"),
        ({"landmark": "Seberang Balai Desa Punten"}, Precision.VILLAGE, "placed.village"),
    ],
)
def test_the_place_is_that_of_the_telephone_or_the_village_from_the_list(
    app: App, citizen: Citizen, place: dict[str, str], precision: Precision, note: str
):
    citizen.fill_in(place=place)
    key = citizen.key()
    citizen.send()
    stored = the_case(app, key)
    assert stored.facts.precision == precision
    assert stored.facts.village == (place.get("village") or SISIR)
    with reading(app.engine) as conn:
        [told] = [each.text for each in cases.events_of(conn, stored.id) if each.kind is EventKind.NOTE]
    assert note in str(told)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (IN_SISIR | {"accuracy": "900"}, "kurang tepat"),
        (IN_SISIR | {"lat": "-6.2", "lon": "106.8"}, "di luar kota"),
        (IN_SISIR | {"lat": "nan"}, "Di mana?"),
        ({"rt": "tiga"}, "angka"),
        ({"landmark": "x" * 201}, "Terlalu panjang"),
        ({"landmark": "a\x00b"}, "tidak dapat disimpan"),
        ({"website": "http://spam"}, "tersembunyi"),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_what_is_right(citizen: Citizen, form: dict[str, str], said: str):
    answer = citizen.place(**form)
    assert answer.status_code == 400
    assert said in answer.text


def test_the_position_within_a_photo_counts_where_no_other_is_told_and_is_not_kept_in_it(app: App, citizen: Citizen):
    exif = Image.Exif()
    exif[0x8825] = {1: "S", 2: (7.0, 52.0, 44.4), 3: "E", 4: (112.0, 31.0, 39.4)}
    citizen.fill_in(a_photo(exif=exif), place={"village": ""})
    key = citizen.key()
    citizen.send()
    assert the_case(app, key).facts.precision == Precision.EXACT
    [file] = (app.home.path / "photos").rglob("*[!b].jpg")
    assert not Image.open(file).getexif()


@pytest.mark.parametrize(
    "content", [b"<svg onload=alert(1)>", b"GIF89a<script>", b"\xff\xd8\xff\xe0broken", b"%PDF-1.4"]
)
def test_what_is_no_photo_is_refused_and_the_rest_is_kept(citizen: Citizen, content: bytes):
    answer = citizen.place(content, landmark="Pos ronda")
    assert answer.status_code == 400
    assert "fault-photo" in answer.text
    assert "Pos ronda" in answer.text
    assert citizen.client.get("/lapor/foto").status_code == 404


def test_a_photo_may_be_removed_again(citizen: Citizen):
    citizen.place(a_photo())
    assert citizen.client.get("/lapor/foto").mimetype == "image/jpeg"
    citizen.place(remove_photo="1")
    assert citizen.client.get("/lapor/foto").status_code == 404


def test_markup_in_words_is_shown_as_words(citizen: Citizen):
    citizen.fill_in(text="<script>alert(1)</script> tiga kata lagi <img src=x onerror=alert(2)> a < b", name='"><b>x')
    page = citizen.client.get("/lapor/periksa").text
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "a &lt; b" in page


def test_what_is_confidential_is_private_and_an_anonymous_name_is_marked(app: App, citizens: Callable[[], Citizen]):
    citizens().report(secret="1", anonymous="1", name="Pak Budi")
    citizens().report(category="narkoba", text="Ada yang menjual sabu")
    assert [each["private"] for each in rows(app, case)] == [True, True]
    assert sorted(each["anonymous"] for each in rows(app, reporter)) == [False, True]


def test_a_form_that_is_sent_too_fast_is_told_to_wait_and_kept(citizen: Citizen):
    citizen.fill_in()
    citizen.grow_older(timedelta(seconds=-10))
    answer = citizen.send()
    assert answer.status_code == 429
    assert "Terlalu cepat" in answer.text
    citizen.grow_older(timedelta(seconds=4))
    assert citizen.send().status_code == 303


def test_a_form_of_yesterday_begins_again(citizen: Citizen):
    citizen.fill_in()
    citizen.grow_older(timedelta(hours=25))
    assert citizen.client.get("/lapor/periksa").headers["Location"] == "/lapor?mulai=1"


def test_another_site_cannot_send_the_form(citizen: Citizen):
    citizen.fill_in()
    answer = citizen.client.post("/lapor/kirim", data={"key": citizen.key()}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400


def test_one_browser_has_a_limit_and_others_at_its_address_go_on(app: App, citizens: Callable[[], Citizen]):
    many, most = citizens(), app.config.portal.per_device
    for _ in range(most):
        many.report()
    many.fill_in()
    answer = many.send()
    assert answer.status_code == 429
    assert "Terlalu banyak laporan" in answer.text
    neighbour = citizens()
    neighbour.client.environ_base["REMOTE_ADDR"] = many.client.environ_base["REMOTE_ADDR"]
    assert neighbour.report()


def test_a_form_is_read_by_the_browser_that_began_it_and_contacts_under_a_key_that_nobody_gave_it(
    app: App, citizens: Callable[[], Citizen]
):
    victim, thief = citizens(), citizens()
    thief.place(landmark="Umpan")
    given = thief.key()
    victim.client.set_cookie(DRAFT, given)
    assert victim.client.get("/lapor/uraian").headers["Location"] == "/lapor?mulai=1"
    victim.place(a_photo(), landmark="Rumah saya")
    first = victim.key()
    assert first != given
    victim.client.set_cookie(DRAFT, first)
    thief.client.set_cookie(DRAFT, first)
    assert thief.client.get("/lapor/uraian").headers["Location"] == "/lapor?mulai=1"
    assert thief.client.get("/lapor/foto").status_code == 404
    thief.post("/lapor/buang")

    # A thief with the whole of a shared browser's cookies from before reads nothing that was entered since.
    device = victim.client.get_cookie(DEVICE)
    assert device is not None
    thief.client.set_cookie(DEVICE, device.value)
    thief.client.set_cookie(DRAFT, first)
    victim.post("/lapor/uraian", **WORDS)
    for _ in range(2):
        victim.client.set_cookie(DRAFT, first)
        assert victim.post("/lapor/kontak", name="Bu Sri", phone="081234567890").status_code == 303
    assert victim.key() != first
    assert "Bu Sri" not in thief.client.get("/lapor/kontak").text
    with reading(app.engine) as conn:
        assert len(conn.execute(draft.select()).all()) == 3  # the thief's own, and both of the victim's
    victim.grow_older(timedelta(seconds=10))
    sent = victim.send().headers["Location"]
    assert sent.endswith("?terkirim=1")
    thief.client.set_cookie(DRAFT, first)
    assert thief.post("/lapor/kirim", key=first).headers["Location"] == "/lapor?mulai=1"
    with reading(app.engine) as conn:
        assert [row.key for row in conn.execute(draft.select())] == [given]
    assert not list((app.home.path / "drafts").iterdir())


def test_by_https_no_other_host_can_set_the_cookies_of_the_form(citizen: Citizen):
    answer = citizen.client.post(
        "/lapor", data={"village": SISIR}, base_url="https://localhost", headers={"Sec-Fetch-Site": "same-origin"}
    )
    names = {each.partition("=")[0] for each in answer.headers.getlist("Set-Cookie")}
    assert names == {f"__Host-{DRAFT}", f"__Host-{DEVICE}"}
    assert citizen.client.get("/lapor/uraian", base_url="https://localhost").status_code == 200
    gone = citizen.client.post("/lapor/buang", base_url="https://localhost", headers={"Sec-Fetch-Site": "same-origin"})
    assert "__Host-" in gone.headers["Set-Cookie"]
    assert citizen.client.get("/lapor/uraian", base_url="https://localhost").status_code == 303


def test_a_form_that_is_thrown_away_is_gone(app: App, citizen: Citizen):
    citizen.fill_in(a_photo())
    key = citizen.key()
    citizen.post("/lapor/buang")
    assert citizen.client.get_cookie("batt_lapor") is None
    assert app.home.path / "drafts" / f"{key}.jpg" not in set((app.home.path / "drafts").iterdir())


def test_pages_and_style_stay_within_thirty_kilobytes(citizen: Citizen):
    sizes = {}
    sheet = len(citizen.client.get("/web/portal.css").data)
    script = len(citizen.client.get("/web/portal.js").data)
    citizen.fill_in(a_photo())
    for path in ("/lapor", "/lapor/uraian", "/lapor/kontak", "/lapor/periksa"):
        sizes[path] = len(citizen.client.get(path).data) + sheet
    assert max(sizes.values()) <= 30_000, sizes
    assert 0 < script <= 30_000


def test_the_map_for_the_pin_has_every_village(citizen: Citizen):
    answer = citizen.client.get("/lapor/peta.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.count("<path") == 24
    assert "<title>Sisir</title>" in answer.text
    assert len(answer.data) < 60_000
