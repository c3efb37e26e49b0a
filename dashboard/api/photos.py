"""GET /photos/DIGEST.jpg and its thumbnail: kept photos for everybody, while config.yaml publishes them and no private
case has them. Whatever is not to be seen is answered as if it had never been there.
"""

from __future__ import annotations

from flask import Flask, Response, abort, send_file

from data.store.cases import photos
from data.store.db.engine import Engine, reading
from ingest.photos.storage import PhotoStorage

FRESH_S = 300
"""How long a browser may show a photo again without asking: a case can become private at any time."""
POLICY = "default-src 'none'; sandbox"
"""An image and nothing else, whatever a browser takes it for."""


def photo_address(base: str, digest: str) -> str:
    """Where a photo is to be had; `base` is where the server is reached, without a slash at its end."""
    return f"{base}/photos/{digest}.jpg"


def serve_gallery(app: Flask, engine: Engine, gallery: PhotoStorage, *, published: bool) -> None:
    """Bind the routes; with `published` False they have nothing to show."""

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
