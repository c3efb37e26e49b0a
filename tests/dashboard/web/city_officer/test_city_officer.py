"""The city's officer: doubtful places are corrected, every edit is kept, and nobody overwrites another unseen."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dashboard.app import App
from data import clock
from data.domain.access.roles import Role
from data.domain.guide.nouns import Doubt, PlaceState
from data.store.db.engine import reading, writing
from data.store.guide import places
from data.store.guide.told import Position
from data.store.guide.writing import PLACE_NOUN, edits
from tests.dashboard.conftest import logged_in
from tests.dashboard.web.conftest import Desk, told
from tests.guide_rows import a_place, an_event

PLACE: dict[str, Any] = {
    "name": "Taman Baru",
    "kind": "tourism",
    "category": "rekreasi",
    "state": "published",
    "lat": "-7.8713",
    "lon": "112,5267",
    "text_id": "Taman kota",
    "opening_hours": "tiap hari 08.00-17.00",
    "ticket_rupiah": "15.000",
    "version": "0",
}
EVENT: dict[str, Any] = {
    "title": "Pentas seni",
    "time": "19.00",
    "end_time": "21.00",
    "state": "confirmed",
    "version": "0",
}


@pytest.fixture
def officer(app: App) -> Desk:
    return Desk(app, logged_in(app, Role.CITY_OFFICER))


def day_ahead() -> str:
    return f"{clock.now():%Y-%m}-28"


def the_form(page: str) -> dict[str, str]:
    """What the page's inputs hold."""
    found = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', page))
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    return {name: value.strip() for name, value in found.items() if name != "csrf"}


def test_a_new_place_is_public_with_what_was_typed(app: App, officer: Desk):
    page = officer.done("/kota/petugas/tempat-baru", **PLACE)
    assert "Sudah ditambahkan" in told(page)
    (code,) = re.findall(r"TP-\d{4}-\d{4}", told(page))[:1]
    public = told(app.flask.test_client().get(f"/kota/tempat/{code}").text)
    for text in ("Taman Baru", "Taman kota", "Mo-Su 08:00-17:00", "15.000"):
        assert text in public


def test_a_doubtful_place_is_listed_and_shown_once_it_is_corrected(app: App, officer: Desk):
    with writing(app.engine) as conn:
        place = a_place(conn, "Goa Misteri", state=PlaceState.DOUBTFUL, doubt=Doubt.NO_POINT, position=Position())
    assert "Goa Misteri" in officer.get("/kota/petugas")
    assert "Tidak ada titik" in told(officer.get("/kota/petugas"))
    path = f"/kota/petugas/tempat/{place.code}"
    form = the_form(officer.get(path)) | {"lat": "-7.8713", "lon": "112.5267", "why": "Titik dari lapangan"}
    page = told(officer.done(path, **form))
    assert "Titik dari lapangan" in page
    assert app.flask.test_client().get(f"/kota/tempat/{place.code}").status_code == 200
    assert "Goa Misteri" not in officer.get("/kota/petugas")


def test_of_two_who_edit_one_sees_what_the_other_did_and_keeps_what_was_typed(app: App, officer: Desk):
    with writing(app.engine) as conn:
        place = a_place(conn)
    path = f"/kota/petugas/tempat/{place.code}"
    seen = the_form(officer.get(path))
    other = Desk(app, logged_in(app, Role.SUPERVISOR))
    other.done(path, **(seen | {"name": "Alun-Alun Batu"}))
    answer = officer.post(path, **(seen | {"text_id": "Catatan panjang saya"}))
    assert answer.status_code == 409
    shown = told(answer.text)
    assert "Sementara itu sudah diubah orang lain" in shown
    assert "Alun-Alun Kota → Alun-Alun Batu" in shown
    assert "Catatan panjang saya" in answer.text
    officer.done(path, **the_form(answer.text))
    with reading(app.engine) as conn:
        found = places.by_code(conn, place.code)
        assert found is not None
        assert found.text == {"id": "Catatan panjang saya"}
        assert len(edits(conn, PLACE_NOUN, place.id)) == 2


def test_a_withdrawn_place_is_gone_for_the_public_and_stays_here(app: App, officer: Desk):
    with writing(app.engine) as conn:
        place = a_place(conn)
    path = f"/kota/petugas/tempat/{place.code}"
    officer.done(path, **(the_form(officer.get(path)) | {"state": "withdrawn"}))
    assert app.flask.test_client().get(f"/kota/tempat/{place.code}").status_code == 404
    assert "Ditarik" in told(officer.get("/kota/petugas?cari=alun"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": ""}, "name"),
        ({"kind": "x"}, "kind"),
        ({"category": "x"}, "category"),
        ({"lat": "112.5", "lon": "-7.8"}, "lat"),
        ({"lat": "nan"}, "lat"),
        ({"lat": ""}, "lat"),
        ({"ticket_rupiah": "murah"}, "ticket_rupiah"),
        ({"opening_hours": "kapan saja"}, "opening_hours"),
        ({"nib": "1"}, "nib"),
        ({"url": "ftp://x"}, "url"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(officer: Desk, changes: dict[str, str], fault: str):
    answer = officer.post("/kota/petugas/tempat-baru", **(PLACE | changes))
    assert answer.status_code == 400
    assert f'id="fault-{fault}"' in answer.text
    assert "Taman kota" in answer.text


def test_an_event_is_added_edited_cancelled_and_withdrawn(app: App, officer: Desk):
    public = app.flask.test_client()
    page = officer.done("/kota/petugas/agenda-baru", **EVENT, day=(day_ahead()))
    (code,) = re.findall(r"AG-\d{4}-\d{4}", told(page))[:1]
    path = f"/kota/petugas/agenda/{code}"
    officer.done(path, **(the_form(page) | {"title": "Pentas seni besar", "expected": "2.000"}), do="save")
    page = officer.done(path, **(the_form(officer.get(path)) | {"state": "cancelled"}), do="save")
    assert "Pentas seni → Pentas seni besar" in told(page)
    assert public.get("/kota/data/agenda.ics").text.count("STATUS:CANCELLED") == 1
    page = officer.done(path, **the_form(page), do="withdraw")
    assert "ditarik" in told(page)
    assert "Pentas seni besar" not in public.get("/kota/data/agenda.csv").text


def test_an_event_that_repeats_is_seen_each_time(app: App, officer: Desk):
    officer.done("/kota/petugas/agenda-baru", **EVENT, day=day_ahead(), repeat="daily", times="3")
    assert app.flask.test_client().get("/kota/data/agenda.csv").text.count("Pentas seni") == 3


def test_of_another_source_an_event_may_be_cancelled_but_not_rewritten(app: App, officer: Desk):
    with writing(app.engine) as conn:
        code = an_event(conn, "Konser", at=clock.now())
    path = f"/kota/petugas/agenda/{code}"
    form = the_form(officer.get(path)) | {"title": "Bukan konser", "state": "cancelled"}
    page = told(officer.done(path, **form, do="save"))
    assert "Bukan konser" not in page
    assert "Dibatalkan" in told(app.flask.test_client().get("/kota/agenda").text)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"title": ""}, "title"),
        ({"day": ""}, "day"),
        ({"day": "2026-13-40"}, "day"),
        ({"last_day": "2020-01-01"}, "last_day"),
        ({"end_time": "18.00"}, "end_time"),
        ({"time": "pagi"}, "time"),
        ({"repeat": "daily"}, "times"),
        ({"expected": "banyak"}, "expected"),
    ],
)
def test_an_event_that_cannot_be_read_is_told(officer: Desk, changes: dict[str, str], fault: str):
    answer = officer.post("/kota/petugas/agenda-baru", **(EVENT | {"day": day_ahead()} | changes))
    assert answer.status_code == 400
    assert f'id="fault-{fault}"' in answer.text


def test_a_condition_is_noted_and_counts_for_its_time(app: App, officer: Desk):
    with writing(app.engine) as conn:
        place = a_place(conn, "Parkir Pasar", category="parkir")
    form = {"what": "parking:full", "place": "Parkir Pasar", "free": "0", "capacity": "80"}
    officer.done("/kota/petugas/kondisi", **form)
    public = told(app.flask.test_client().get("/kota/kondisi").text)
    assert "Penuh 0 dari 80 kosong" in public
    assert place.code in app.flask.test_client().get("/kota/data/kondisi.csv").text


@pytest.mark.parametrize(
    "form",
    [
        {"what": "parking:full", "place": "x", "free": "81", "capacity": "80"},
        {"what": "parking:full", "place": "x", "free": "5"},
        {"what": "parking:busy", "place": "x"},
        {"what": "x", "place": "x"},
        {"what": "parking:open", "place": ""},
        {"what": "parking:open", "place": "x", "free": "-1", "capacity": "80"},
    ],
)
def test_a_condition_that_cannot_be_is_told(officer: Desk, form: dict[str, str]):
    assert officer.post("/kota/petugas/kondisi", **form).status_code == 400


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FARMER, Role.MARKET_OFFICER, Role.ADMINISTRATOR])
def test_others_do_not_come_in(app: App, role: Role):
    assert logged_in(app, role).get("/kota/petugas").status_code == 403


def test_a_stranger_is_led_to_the_login(app: App):
    assert app.flask.test_client().get("/kota/petugas").headers["Location"].startswith("/masuk")


def test_without_the_token_nothing_is_changed(app: App, officer: Desk):
    assert officer.client.post("/kota/petugas/tempat-baru", data=PLACE).status_code == 400
