"""Photos through the whole door: kept without their tags, or refused with a reason, and the report is there anyway."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import pytest
from defusedxml.ElementTree import fromstring
from sqlalchemy import event

from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data.store.accounts import api_keys
from data.store.cases import photos
from data.store.db.engine import Engine, reading, writing
from data.texts import texts
from ingest.photos.storage import PhotoStorage
from ingest.source import Raw
from tests.dashboard.api.open311.open311_client import V2, rows
from tests.dashboard.conftest import a_render_context, publishing
from tests.factories import DAY, NOW
from tests.ingest.one_record import write_one
from tests.ingest.photos.test_sanitizing import SCRIPT, encoded, field, header_of_png, tags_in_pieces, taken_at
from tests.ingest.sources.feed.feed import FEED, a_delivery, a_payload, a_pipeline, old
from tests.photo_rows import PhotoRow, photos_of

WHERE = taken_at((7.0, 52.0, 16.8), "S", (112.0, 31.0, 37.2), "E")
PLACE = {"lat": "-7.87", "long": "112.52"}
ID = "service_request_id"
NOTICE = "Simpan nomor ini untuk menanyakan perkembangannya."


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


def post(app: App, key: str, *contents: bytes, **changes: str) -> dict[str, str]:
    """What is said to whoever posts these photos."""
    media = [(io.BytesIO(content), "foto.jpg") for content in contents]
    form: dict[str, object] = {"api_key": key, "service_code": "sampah", "media": media, **changes}
    answer = app.flask.test_client().post(f"{V2}/requests.json", data=form)
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = (answer.json or [])[0]
    return told


def a_key(app: App) -> str:
    with writing(app.engine) as conn:
        return api_keys.add(conn, "warga", NOW)


def media(app: App) -> dict[str, str | None]:
    """What GET requests gives as media_url, by code."""
    return {each[ID]: each["media_url"] for each in app.flask.test_client().get(f"{V2}/requests.json").json or []}


def about_photos(app: App, act: Callable[[], object]) -> list[str]:
    """The statements about photos that the store gets meanwhile."""
    found: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        found.extend([statement] if "photo" in statement else [])

    event.listen(app.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(app.engine, "before_cursor_execute", note)
    return found


def its_photos(app: App, case_id: int) -> list[PhotoRow]:
    with reading(app.engine) as conn:
        return photos_of(conn, case_id)


def test_a_posted_photo_tells_the_place_and_is_kept_without_telling_it(app: App, key: str):
    assert post(app, key, WHERE)["service_notice"] == NOTICE
    (case,) = rows(app)
    assert (round(case["lat"], 3), round(case["lon"], 3)) == (-7.871, 112.527)
    (kept,) = its_photos(app, case["id"])
    assert kept.digest is not None
    assert b"Exif" not in PhotoStorage(app.home.path).path(kept.digest).read_bytes()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(SCRIPT, "berkas ini bukan foto; yang diterima: JPEG, PNG, WebP atau GIF", id="script"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "berkas ini bukan foto", id="svg"),
        pytest.param(b"%PDF-1.7" + WHERE, "berkas ini bukan foto", id="a photo behind something else"),
        pytest.param(WHERE[: len(WHERE) // 2], "foto rusak atau terpotong; kirim ulang fotonya", id="cut off"),
        pytest.param(header_of_png(30_000, 30_000), "foto terlalu besar; paling banyak 60 juta piksel", id="pixels"),
        pytest.param(header_of_png(9_000, 8_000), "foto terlalu besar (9000 x 8000)", id="pixels, fewer"),
        pytest.param(tags_in_pieces(3000), "foto ini tersusun tidak wajar", id="tags in thousands of pieces"),
    ],
)
def test_what_is_no_photo_costs_the_photo_and_not_the_report_and_the_answer_says_why(
    app: App, key: str, content: bytes, why: str
):
    told = post(app, key, content, **PLACE)["service_notice"]
    assert told.startswith(f"{NOTICE} Foto tidak disimpan: {why}")
    (refused,) = its_photos(app, rows(app)[0]["id"])
    assert (refused.state, refused.digest) == ("refused", None)
    assert texts("id").stored_sentence(refused.reason) in told
    assert [each for each in PhotoStorage(app.home.path).path("0" * 64).parents[1].rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("behind", [SCRIPT, b"<html>" + SCRIPT, b"PK\x03\x04" + SCRIPT], ids=["script", "page", "zip"])
def test_of_a_polyglot_what_is_handed_out_is_the_picture_alone(public: App, behind: bytes):
    key = a_key(public)
    assert post(public, key, WHERE + behind)["service_notice"] == NOTICE
    (kept,) = its_photos(public, rows(public)[0]["id"])
    answer = public.flask.test_client().get(f"/photos/{kept.digest}.jpg")
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert SCRIPT not in answer.data
    assert b"PK\x03\x04" not in answer.data


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_of_a_moving_picture_one_still_is_handed_out(public: App, form: str):
    moving = encoded(field((64, 64)), form, save_all=True, append_images=[field((64, 64), "red")], duration=40)
    assert post(public, a_key(public), moving, **PLACE)["service_notice"] == NOTICE
    (kept,) = its_photos(public, rows(public)[0]["id"])
    answer = public.flask.test_client().get(f"/photos/{kept.digest}.jpg")
    assert (answer.content_type, answer.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")


def test_a_request_gives_the_address_of_its_first_photo_in_both_formats(public: App):
    key = a_key(public)
    pictures = SCRIPT, WHERE, encoded(field(colour="red"))
    code = post(public, key, *pictures, **PLACE, media_url="https://a.example/1.jpg")[ID]
    plain = post(public, key, **PLACE, media_url="https://a.example/2.jpg")[ID]
    none = post(public, key, **PLACE)[ID]
    first, _ = (each for each in its_photos(public, rows(public)[0]["id"]) if each.state == "stored")
    address = f"http://localhost/photos/{first.digest}.jpg"
    assert media(public) == {code: address, plain: "https://a.example/2.jpg", none: None}
    client = public.flask.test_client()
    one = client.get(f"{V2}/requests/{code}.xml")
    assert fromstring(one.data).findtext("request/media_url") == address
    assert (client.get(f"{V2}/requests/{code}.json").json or [])[0]["media_url"] == address
    assert client.get(address).status_code == 200


def test_the_address_begins_as_the_city_says_that_it_is_reached(config: Config, home: Home, engine: Engine):
    app = create_app(a_render_context(publishing(config, "https://pusat.batukota.go.id/batt/")), home, engine)
    code = post(app, a_key(app), WHERE)[ID]
    assert str(media(app)[code]).startswith("https://pusat.batukota.go.id/batt/photos/")


def test_a_city_that_publishes_no_photos_gives_no_address_of_one(app: App, key: str):
    code = post(app, key, WHERE, media_url="https://a.example/1.jpg")[ID]
    assert media(app) == {code: None}
    assert rows(app)[0]["media_url"] == "https://a.example/1.jpg"


def test_a_photo_that_a_private_case_has_too_is_given_by_no_request(public: App):
    key = a_key(public)
    code = post(public, key, WHERE)[ID]
    assert media(public)[code] is not None
    post(public, key, WHERE, service_code="narkoba")
    assert media(public) == {code: None}


def test_a_page_costs_one_question_for_all_its_photos_and_none_while_they_are_not_published(public: App, app: App):
    key = a_key(public)
    for _ in range(3):
        post(public, key, WHERE)
    assert len(about_photos(public, partial(media, public))) == 1
    assert about_photos(app, partial(media, app)) == []


def test_a_report_without_a_photo_asks_nothing_about_photos(public: App):
    key = a_key(public)
    assert about_photos(public, partial(post, public, key, **PLACE)) == []
    assert about_photos(public, partial(post, public, key, WHERE, **PLACE)) != []


def test_what_a_source_points_to_is_wanted_once_live_and_in_bulk(app: App):
    pipeline, link = a_pipeline(app.engine), "https://laporan.example/1.jpg"
    live, recorded = Raw("1", a_payload("1", media_url=link)), old("2", media_url=link)
    for _ in range(2):
        write_one(pipeline, FEED, live, NOW)
        pipeline.write_history(FEED, a_delivery(recorded, old("3")), NOW)
    with reading(app.engine) as conn:
        assert [each.url for each in photos.due(conn, NOW + DAY, 10)] == [link, link]
