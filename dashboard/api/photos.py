"""GET /photos/DIGEST.jpg and its thumbnail: stored photos for everybody, when config.yaml publishes photos and no
private case has this one. Everything else is a 404, as if it did not exist.
"""

from __future__ import annotations

from flask import Flask, Response, abort, send_file

from data.store.cases import photos
from data.store.db.engine import Engine, reading
from ingest.photos.storage import PhotoStorage

FRESH_S = 300
"""Cached by browsers for so long only: a case can become private at any time."""
POLICY = "default-src 'none'; sandbox"
"""No script may run, whatever a browser takes the image for."""


def photo_address(base: str, digest: str) -> str:
    """The URL of a photo; `base` is the server's URL without a slash at its end."""
    return f"{base}/photos/{digest}.jpg"


def serve_photos(app: Flask, engine: Engine, gallery: PhotoStorage, *, published: bool) -> None:
    """Register the routes; all are 404 when `published` is False."""

    @app.get("/photos/<digest>.jpg")
    def photo(digest: str) -> Response:
        return shown(digest, thumb=False)

    @app.get("/photos/<digest>/thumbnail.jpg")
    def thumbnail(digest: str) -> Response:
        return shown(digest, thumb=True)

    def shown(digest: str, *, thumb: bool) -> Response:
        if not (published and PhotoStorage.knows(digest) and _is_public(engine, digest)):
            abort(404)
        try:
            path = gallery.path(digest, thumb=thumb).absolute()
            answer = send_file(path, mimetype="image/jpeg", etag=path.stem, max_age=FRESH_S)
        except FileNotFoundError:
            abort(404)
        answer.cache_control.public, answer.cache_control.private = False, True
        answer.headers["Content-Security-Policy"] = POLICY
        return answer


def _is_public(engine: Engine, digest: str) -> bool:
    with reading(engine) as conn:
        return photos.is_public(conn, digest)
