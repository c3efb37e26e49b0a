"""Kept photos at their address: for everybody while they are published, and only those of no private case."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from dashboard.app import App, create_app
from dashboard.config.load import Config
from data.store.cases import photos
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case
from ingest.photos.sanitizing import sanitize_photo
from ingest.photos.storage import PhotoStorage
from tests.code_checks import ROOT
from tests.dashboard.conftest import a_render_context, publishing
from tests.factories import NOW, a_case, a_history, stored
from tests.ingest.photos.test_sanitizing import encoded, field

PICTURE = sanitize_photo(encoded(field()))
NOBODYS = "b" * 64


def keep(app: App, category: str = "sampah") -> str:
    """A case with the photo; the photo's name."""
    kept, owner = PhotoStorage(app.home.path).put(PICTURE), a_case(category)
    with writing(app.engine) as conn:
        stored(conn, owner, a_history(NOW))
        photos.add_received(conn, owner.code, kept, NOW)
    return kept.digest


def ask(app: App, path: str, **headers: str) -> TestResponse:
    return app.flask.test_client().get(path, headers=headers)


def test_a_photo_and_its_thumbnail_are_handed_out_as_images_and_nothing_else(public: App):
    digest = keep(public)
    for path, content in ((f"/photos/{digest}.jpg", PICTURE.jpeg), (f"/photos/{digest}/thumbnail.jpg", PICTURE.thumb)):
        answer = ask(public, path)
        assert (answer.status_code, answer.content_type, answer.data) == (200, "image/jpeg", content)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert sorted(answer.headers["Cache-Control"].split(", ")) == ["max-age=300", "private"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert Image.open(io.BytesIO(answer.data)).format == "JPEG"


def test_who_has_it_already_is_told_so_as_long_as_it_is_public(public: App):
    digest = keep(public)
    path = f"/photos/{digest}.jpg"
    tag, other = (ask(public, each).headers["ETag"] for each in (path, f"/photos/{digest}/thumbnail.jpg"))
    again = ask(public, path, If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert ask(public, path, If_None_Match=other).status_code == 200
    with writing(public.engine) as conn:
        conn.execute(case.update().values(private=True))
    assert ask(public, path, If_None_Match=tag).status_code == 404


def test_what_may_not_be_seen_is_answered_as_what_is_not_there(public: App):
    secret = keep(public, "narkoba")
    names = [secret, NOBODYS, secret.upper(), secret[:-1], secret + "0", "..%2f..%2fsecret", "%00", "x", f"{secret}%0a"]
    answers = [ask(public, path) for name in names for path in (f"/photos/{name}.jpg", f"/photos/{name}/thumbnail.jpg")]
    ((status, _, _),) = {(answer.status_code, answer.data, str(answer.headers)) for answer in answers}
    assert status == 404


def test_a_photo_of_an_open_and_of_a_private_case_is_private(public: App):
    digest = keep(public)
    assert ask(public, f"/photos/{digest}.jpg").status_code == 200
    assert keep(public, "narkoba") == digest
    for path in (f"/photos/{digest}.jpg", f"/photos/{digest}/thumbnail.jpg"):
        assert ask(public, path).status_code == 404


def test_a_photo_whose_file_is_lost_is_not_there(public: App):
    digest = keep(public)
    PhotoStorage(public.home.path).path(digest).unlink()
    assert ask(public, f"/photos/{digest}.jpg").status_code == 404
    assert ask(public, f"/photos/{digest}/thumbnail.jpg").status_code == 200


def test_a_home_that_is_told_relatively_is_found(
    public: App, config: Config, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    digest = keep(public)
    monkeypatch.chdir(public.home.path.parent)
    near = replace(public.home, path=public.home.path.relative_to(public.home.path.parent))
    app = create_app(a_render_context(publishing(config)), near, engine)
    assert ask(app, f"/photos/{digest}.jpg").data == PICTURE.jpeg


def test_a_city_that_publishes_no_photos_hands_out_none(app: App):
    digest = keep(app)
    with reading(app.engine) as conn:
        assert photos.is_public(conn, digest)
    for path in (f"/photos/{digest}.jpg", f"/photos/{digest}/thumbnail.jpg"):
        assert ask(app, path).status_code == 404


def test_as_delivered_no_photo_is_published(config: Config):
    assert config.open311.publish_photos is False
    assert "publish_photos: false" in (ROOT / "config.yaml").read_text(encoding="utf-8")
