"""Photos through the whole door: kept without their tags, or refused with a reason, and the report is there anyway."""

from __future__ import annotations

import io

import pytest

from dashboard.app import App
from data.store import photos
from data.store.engine import reading
from data.store.photos import Shown
from ingest.photos.gallery import Gallery
from ingest.source import Raw
from tests.dashboard.open311_client import V2, rows
from tests.factories import DAY, NOW
from tests.ingest.feed import FEED, a_delivery, a_payload, a_pipeline, old
from tests.ingest.photos.test_picture import SCRIPT, taken_at

WHERE = taken_at((7.0, 52.0, 16.8), "S", (112.0, 31.0, 37.2), "E")


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


def post(app: App, key: str, content: bytes, **place: str) -> int:
    form = {"api_key": key, "service_code": "sampah", "media": (io.BytesIO(content), "foto.jpg"), **place}
    return app.flask.test_client().post(f"{V2}/requests.json", data=form).status_code


def its_photos(app: App, case_id: int) -> list[Shown]:
    with reading(app.engine) as conn:
        return photos.of_case(conn, case_id)


def test_a_posted_photo_tells_the_place_and_is_kept_without_telling_it(app: App, key: str):
    assert post(app, key, WHERE) == 200
    (case,) = rows(app)
    assert (round(case["lat"], 3), round(case["lon"], 3)) == (-7.871, 112.527)
    (kept,) = its_photos(app, case["id"])
    assert kept.digest is not None
    assert b"Exif" not in Gallery(app.home.path).path(kept.digest).read_bytes()


def test_a_script_costs_the_photo_and_not_the_report(app: App, key: str):
    assert post(app, key, SCRIPT, lat="-7.87", long="112.52") == 200
    (refused,) = its_photos(app, rows(app)[0]["id"])
    assert (refused.state, refused.digest) == ("refused", None)
    assert "bukan foto" in str(refused.reason)


def test_what_a_source_points_to_is_wanted_once_live_and_in_bulk(app: App):
    pipeline, link = a_pipeline(app.engine), "https://laporan.example/1.jpg"
    live, recorded = Raw("1", a_payload("1", media_url=link)), old("2", media_url=link)
    for _ in range(2):
        pipeline.take(FEED, live, NOW)
        pipeline.take_batch(FEED, a_delivery(recorded, old("3")), NOW)
    with reading(app.engine) as conn:
        assert [each.url for each in photos.due(conn, NOW + DAY, 10)] == [link, link]
