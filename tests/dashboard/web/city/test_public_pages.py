"""The public pages: what they say, in both languages, and how they are answered."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar

from dashboard.app import App
from data import clock
from data.domain.guide.nouns import AgendaState, Business, ConditionKind, ConditionState, PlaceState
from data.store.db.engine import writing
from tests.dashboard.web.conftest import told
from tests.factories import DAY, HOUR, MINUTE, a_case, a_history, stored
from tests.guide_rows import a_business, a_condition, a_place, an_event

PAGES = (
    *("/kota", "/kota/agenda", "/kota/kondisi", "/kota/tempat", "/kota/peta", "/kota/data", "/kota/usaha"),
    "/kota/kondisi/tepat_waktu",
)
HOSTILE = "</script><img src=x onerror=alert(1)> & \"'"
FILES = (
    *("tempat.csv", "tempat.geojson", "agenda.csv", "agenda.geojson", "agenda.ics", "kondisi.csv"),
    *("kondisi.geojson", "peringatan.csv", "peringatan.geojson", "penilaian.csv", "laporan.geojson"),
)


@pytest.fixture
def reader(app: App) -> FlaskClient:
    return app.flask.test_client()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_page_without_anything_says_so_in_both_languages(reader: FlaskClient, path: str, lang: str):
    answer = reader.get(f"{path}?lang={lang}")
    assert answer.status_code == 200
    assert f'<html lang="{lang}"' in answer.text
    assert "public." not in told(answer.text)


def a_living_city(app: App) -> dict[str, str]:
    """Two places, a business, an event now, a full car park; the codes."""
    now = clock.now()
    with writing(app.engine) as conn:
        square = a_place(conn, now=now, opening_hours="24/7")
        park = a_place(conn, "Parkir Pasar", category="parkir", now=now)
        shop = a_business(conn, now=now)
        an_event(conn, at=now - MINUTE, place="Alun-Alun Kota", expected=500)
        a_condition(conn, "Parkir Pasar", state=ConditionState.FULL, at=now - MINUTE, free=0, capacity=80)
    return {"square": square.code, "park": park.code, "shop": shop.code}


def test_the_first_page_tells_what_is_on_and_what_is_full(app: App, reader: FlaskClient):
    codes = a_living_city(app)
    page = reader.get("/kota").text
    shown = told(page)
    assert "Pasar bunga" in shown
    assert "sedang berlangsung" in shown
    assert "Perkiraan 500 orang" in shown
    assert "Penuh" in shown
    assert f"/kota/tempat/{codes['square']}" in page
    assert "Buka sekarang" in shown
    assert "Ada tidaknya peringatan tidak diketahui" in shown


def test_a_business_tells_no_telephone_and_no_address_without_consent(app: App, reader: FlaskClient):
    codes = a_living_city(app)
    for path in (f"/kota/tempat/{codes['shop']}", "/kota/data/tempat.csv", "/kota/data/tempat.geojson", "/kota/tempat"):
        assert "081234567890" not in reader.get(path).text
        assert "Jalan Rumah" not in reader.get(path).text


def test_a_telephone_with_consent_is_shown(app: App, reader: FlaskClient):
    with writing(app.engine) as conn:
        shop = a_business(conn, permits=Business(phone_consent_at=clock.now(), pirt="2063579010001-20"))
    page = told(reader.get(f"/kota/tempat/{shop.code}").text)
    assert "081234567890" in page
    assert "habis masa berlakunya 2020" in page
    assert "Belum diperiksa petugas" in page


@pytest.mark.parametrize("state", [PlaceState.DOUBTFUL, PlaceState.DRAFT, PlaceState.WITHDRAWN])
def test_what_is_not_published_is_not_there(app: App, reader: FlaskClient, state: PlaceState):
    with writing(app.engine) as conn:
        place = a_place(conn, "Rahasia", state=state)
    assert reader.get(f"/kota/tempat/{place.code}").status_code == 404
    for path in ("/kota/tempat", "/kota/data/tempat.csv", "/sitemap.xml", "/kota"):
        assert "Rahasia" not in reader.get(path).text
        assert place.code not in reader.get(path).text


def test_an_old_observation_is_not_known_and_tells_no_number(app: App, reader: FlaskClient):
    with writing(app.engine) as conn:
        a_condition(conn, "Parkir Tua", at=clock.now() - HOUR, free=17, capacity=80)
    page = told(reader.get("/kota/kondisi").text)
    assert "Tidak diketahui sejak" in page
    assert "17 dari 80" not in page
    assert ",17,80," not in reader.get("/kota/data/kondisi.csv").text


def test_a_closed_car_park_is_not_full(app: App, reader: FlaskClient):
    with writing(app.engine) as conn:
        a_condition(conn, "Parkir Acara", state=ConditionState.CLOSED, at=clock.now())
        a_condition(conn, "Jalan Bagus", ConditionKind.ROAD, at=clock.now())
    page = told(reader.get("/kota/kondisi").text)
    assert "Tutup" in page
    assert "Penuh" not in page
    assert "Jalan Bagus" not in page


@pytest.mark.parametrize("path", ["/kota", "/kota/tempat", "/kota/agenda", "PLACE"])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_html_in_names_is_harmless(app: App, reader: FlaskClient, path: str, lang: str):
    with writing(app.engine) as conn:
        place = a_place(conn, HOSTILE, address=HOSTILE, text={"id": HOSTILE}, now=clock.now())
        a_condition(conn, HOSTILE[:100], state=ConditionState.FULL, at=clock.now(), note=HOSTILE)
        an_event(conn, "Acara & </script>", at=clock.now())
    page = reader.get((f"/kota/tempat/{place.code}" if path == "PLACE" else path) + f"?lang={lang}").text
    assert "<img src=x" not in page
    assert page.count("</script>") == page.count("<script")
    linked = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[0])
    assert linked["@context"] == "https://schema.org"


def test_a_link_that_is_a_script_is_none(app: App, reader: FlaskClient):
    with writing(app.engine) as conn:
        place = a_place(conn, url="javascript:alert(1)")
    assert 'href="javascript' not in reader.get(f"/kota/tempat/{place.code}").text


@pytest.mark.parametrize(
    "path",
    [
        "/kota/tempat?jenis=<script>&desa=../../etc&kategori=" + "x" * 500,
        "/kota/tempat?hal=99999999999999999999",
        "/kota/tempat?hal=-1",
        "/kota/agenda?dari=9999-99-99",
        "/kota/agenda?dari=" + "1" * 2000,
        "/kota/peta?kategori=narkoba",
        "/kota?lang=xx",
        "/kota?" + "a=1&" * 500,
    ],
)
def test_an_odd_query_is_left_out(reader: FlaskClient, path: str):
    assert reader.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/kota/tempat/TIDAK-ADA",
        "/kota/tempat/" + "x" * 3000,
        "/kota/tempat/..%2f..%2fetc%2fpasswd",
        "/kota/kondisi/tidak_ada",
        "/kota/data/tidak.csv",
        "/kota/data/..%2fconfig.yaml",
        "/kota/usaha?tempat=TIDAK-ADA",
    ],
)
def test_what_is_not_there_is_404(reader: FlaskClient, path: str):
    assert reader.get(path).status_code == 404


def test_an_answer_is_kept_for_seconds_and_asked_for_by_its_mark(reader: FlaskClient):
    first = reader.get("/kota/data")
    assert re.fullmatch(r"public, max-age=\d+", first.headers["Cache-Control"])
    assert "Cookie" in first.headers["Vary"]
    assert "Set-Cookie" not in first.headers
    again = reader.get("/kota/data", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert reader.get("/kota/data?lang=en").headers["ETag"] != first.headers["ETag"]


def test_search_engines_find_each_page_in_each_language(app: App, reader: FlaskClient):
    codes = a_living_city(app)
    page = reader.get("/kota?lang=en").text
    assert '<link rel="canonical" href="http://localhost/kota?lang=en">' in page
    assert '<link rel="alternate" hreflang="id" href="http://localhost/kota">' in page
    assert '<meta name="robots" content="index,follow">' in page
    assert f"http://localhost/kota/tempat/{codes['square']}" in reader.get("/sitemap.xml").text
    robots = reader.get("/robots.txt").text
    assert "Allow: /kota\n" in robots
    assert "Disallow: /kota/petugas\n" in robots


def test_a_place_is_a_sight_to_search_engines(app: App, reader: FlaskClient):
    codes = a_living_city(app)
    page = reader.get(f"/kota/tempat/{codes['square']}").text
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    (place,) = json.loads(text)["@graph"]
    assert place["@type"] == "TouristAttraction"
    assert place["geo"]["latitude"] == -7.8713
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', reader.get("/kota").text, re.S)
    assert [it["@type"] for it in json.loads(text)["@graph"]] == ["City", "Event"]


@pytest.mark.parametrize("name", FILES)
def test_open_data_says_of_when_it_is(app: App, reader: FlaskClient, name: str):
    a_living_city(app)
    answer = reader.get(f"/kota/data/{name}")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    if name.endswith(".geojson"):
        whole: Any = json.loads(answer.text)
        assert whole["type"] == "FeatureCollection"
        assert whole["licence"] == "CC-BY-4.0"
        assert whole["as_of"]
    elif name.endswith(".csv"):
        assert answer.text.partition("\r\n")[0].endswith("as_of")
    else:
        assert "BEGIN:VEVENT" in answer.text
        assert "SUMMARY:Pasar bunga" in answer.text


@pytest.mark.parametrize("name", ["=1+1", "+62", "-3", "@SUM(A1)", " =1", "\t=1"])
def test_no_cell_of_a_table_is_a_formula(app: App, reader: FlaskClient, name: str):
    with writing(app.engine) as conn:
        a_place(conn, name)
    assert f",'{name.strip()[:2]}" in reader.get("/kota/data/tempat.csv").text.replace("' ", "'").replace("'\t", "'")


def test_the_open_map_tells_neither_text_nor_place_of_a_report(app: App, reader: FlaskClient):
    now = clock.now()
    with writing(app.engine) as conn:
        stored(conn, a_case(title="Lubang depan rumah Bu Tini"), a_history(now - DAY, dispatched=MINUTE), now)
        stored(conn, a_case("narkoba"), a_history(now - DAY, "bnn", dispatched=MINUTE), now)
        stored(conn, a_case(private=True), a_history(now - DAY, dispatched=MINUTE), now)
        stored(conn, a_case("sampah"), a_history(now - DAY, "dlh", dispatched=MINUTE), now)
    page, data = reader.get("/kota/peta").text, json.loads(reader.get("/kota/data/laporan.geojson").text)
    assert "1 laporan" in told(page)
    assert "<5" in reader.get("/kota/peta").text.replace("&lt;", "<")
    (feature,) = data["features"]
    assert set(feature["properties"]) == {"category", "state", "received", "solved"}
    assert feature["geometry"]["coordinates"] != [112.5276, -7.8696]
    for text in (page, json.dumps(data)):
        assert "Tini" not in text
        assert "AW-" not in text
        assert "narkoba" not in text.lower()


def test_the_calendar_is_read_by_other_programs_whatever_is_in_it(app: App, reader: FlaskClient):
    at = clock.now().replace(microsecond=0) + DAY
    title = "Pawai; bunga, " + "panjang " * 20 + "\nBEGIN:VEVENT"
    with writing(app.engine) as conn:
        an_event(conn, title, at=at, text="Baris satu\nBaris, dua; \\ tiga")
    (event,) = Calendar.from_ical(reader.get("/kota/data/agenda.ics").text).walk("VEVENT")
    assert str(event["SUMMARY"]).startswith("Pawai; bunga, panjang")
    assert str(event["DESCRIPTION"]) == "Baris satu\nBaris, dua; \\ tiga"
    assert event.start == at


def test_pages_are_listed_forty_at_a_time(app: App, reader: FlaskClient):
    with writing(app.engine) as conn:
        for n in range(41):
            a_place(conn, f"Tempat {n:02}")
    first, second = reader.get("/kota/tempat").text, reader.get("/kota/tempat?hal=2").text
    assert "Tempat 39" in first
    assert "Tempat 40" not in first
    assert 'rel="next"' in first
    assert "Tempat 40" in second


def test_closed_pages_are_not_there(app: App):
    object.__setattr__(app.config.public_page, "open", False)
    try:
        for path in ("/kota", "/kota/data/tempat.csv", "/kota/usaha", "/sitemap.xml"):
            assert app.flask.test_client().get(path).status_code == 404
        assert "Disallow: /\n" in app.flask.test_client().get("/robots.txt").text
    finally:
        object.__setattr__(app.config.public_page, "open", True)


def test_an_event_that_is_cancelled_says_so(app: App, reader: FlaskClient):
    with writing(app.engine) as conn:
        an_event(conn, "Konser", at=clock.now() + timedelta(hours=1), state=AgendaState.CANCELLED)
    page = reader.get("/kota/agenda").text
    assert 'data-state="cancelled"' in page
    assert "Dibatalkan" in page
