"""Photos that come along with a report are handed on once it is stored, and never cost the report."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from dashboard.api.open311 import form as forms
from dashboard.api.open311.csv_export import CsvDownloads
from dashboard.api.open311.intake import Open311Intake
from dashboard.api.open311.routes import open311_http_error, serve_open311
from dashboard.api.open311.service import Open311Service, PhotoPosition
from dashboard.api.rate_limits import DailyQuotas, Open311Access, RateLimit
from dashboard.app import App
from dashboard.auth.api_keys import ApiKeyCache
from tests.conftest import Limit
from tests.dashboard.api.open311.open311_client import V2, faults, rows

PICTURE = b"\x89PNG whatever"
NOTICE = "Simpan nomor ini untuk menanyakan perkembangannya."


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


class Album:
    """Where photos go."""

    def __init__(self, fall: Exception | None = None, refuses: dict[bytes, str] | None = None) -> None:
        self.kept: list[tuple[str, bytes]] = []
        self._fall, self._refuses = fall, refuses or {}

    def __call__(self, code: str, content: bytes) -> str | None:
        if self._fall:
            raise self._fall
        self.kept.append((code, content))
        return self._refuses.get(content)


def serving(app: App, album: Album, place: PhotoPosition | None = None) -> Flask:
    """The Open311 server alone, with somewhere to put photos."""
    flask, config = Flask("photos", static_folder=None), app.config
    flask.config["MAX_CONTENT_LENGTH"] = 1_000_000
    gate = Open311Access(
        config.open311, ApiKeyCache(app.engine), DailyQuotas(app.engine, config.city.timezone), RateLimit()
    )
    downloads, door = CsvDownloads(app.engine, config.city, {}), Open311Intake(config.city)
    serve_open311(flask, Open311Service(app.engine, gate, app.pipeline, config, door, downloads, print, album, place))
    flask.register_error_handler(HTTPException, open311_http_error)
    return flask


def send(flask: Flask, key: str, *photos: bytes, **changes: str) -> TestResponse:
    form: dict[str, object] = {"api_key": key, "service_code": "sampah", "lat": "-7.87", "long": "112.52"}
    media = [(io.BytesIO(content), f"../foto {n}.php") for n, content in enumerate(photos)]
    return flask.test_client().post(f"{V2}/requests.json", data={**form, **changes, "media": media})


def notice(answer: TestResponse) -> str:
    """What is said to whoever reported."""
    assert answer.status_code == 200, answer.text
    told: str = (answer.json or [])[0]["service_notice"]
    return told


def test_photos_are_handed_on_with_the_number_of_their_report(app: App, key: str):
    album = Album()
    answer = send(serving(app, album), key, PICTURE, b"", PICTURE * 300_000)
    assert answer.status_code == 200, answer.text
    code = (answer.json or [])[0]["service_request_id"]
    assert album.kept == [(code, PICTURE), (code, PICTURE * 300_000)]


def test_a_photo_too_many_or_too_large_is_refused_with_its_report(app: App, key: str, limit: Limit):
    album = Album()
    flask = serving(app, album)
    many = send(flask, key, *[PICTURE] * 6)
    assert (many.status_code, faults(many)) == (400, ["media is there 6 times; at most 5"])
    limit(forms, "MEDIA_BYTES", 5)
    large = send(flask, key, PICTURE)
    assert (large.status_code, faults(large)) == (413, ["media is larger than 5 bytes"])
    assert (album.kept, rows(app)) == ([], [])


def test_a_disk_that_is_full_costs_the_photo_and_not_the_report(app: App, key: str):
    answer = send(serving(app, Album(OSError("disk full"))), key, PICTURE)
    assert notice(answer) == f"{NOTICE} Foto tidak disimpan: server sedang tidak dapat menyimpannya."
    assert len(rows(app)) == 1


def test_of_several_photos_the_answer_says_which_were_not_kept_and_why(app: App, key: str):
    flask = serving(app, Album(refuses={b"2": "kosong", b"3": "rusak"}))
    assert notice(send(flask, key, PICTURE, PICTURE)) == NOTICE
    told = f"{NOTICE} Foto ke-2 tidak disimpan: kosong. Foto ke-3 tidak disimpan: rusak."
    assert notice(send(flask, key, PICTURE, b"2", b"3", PICTURE)) == told
    assert notice(send(flask, key, b"2")) == f"{NOTICE} Foto tidak disimpan: kosong."
    assert notice(send(flask, key)) == NOTICE


def test_a_report_without_a_place_is_where_its_photo_was_taken(app: App, key: str):
    flask = serving(app, Album(), lambda content: (-7.9, 112.53) if content == PICTURE else None)
    nowhere = {"lat": "", "long": ""}
    assert send(flask, key, b"other", PICTURE, **nowhere).status_code == 200
    assert (rows(app)[0]["lat"], rows(app)[0]["lon"]) == (-7.9, 112.53)
    assert send(flask, key, PICTURE).status_code == 200
    assert rows(app)[1]["lat"] == -7.87
    placeless = send(flask, key, b"other", **nowhere)
    assert (placeless.status_code, faults(placeless)[0][:20]) == (400, "the place is missing")
