"""What every answer of the server carries: headers that keep a page to itself, compression, caching."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, request
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SMALLEST = 1400
"""Bytes below which compressing saves no packet."""
TEXTUAL = ("text/", "application/json", "application/javascript", "font/ttf", "image/svg")
PIECE = 65_536
"""Bytes of an answer that a client must take at once; whoever takes 2 kB a second does."""
YEAR_S = 31_536_000


def dress(app: Flask, policy: str) -> None:
    """Let every answer be dressed; `policy` is the Content-Security-Policy of pages that bring none of their own."""

    @app.after_request
    def after(answer: Response) -> Response:
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        if answer.mimetype == "text/html":
            answer.headers.setdefault("Content-Security-Policy", policy)
            answer.headers["Cache-Control"] = "no-store"
        if request.path.startswith("/wall/assets/") and "m" in request.args:
            answer.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        return _compressed(answer)


def in_pieces(app: WSGIApplication) -> WSGIApplication:
    """The app, whose answers come in pieces so small that a slow client takes each within the server's time for one."""

    def served(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        parts: Any = app(environ, start_response)
        if isinstance(parts, environ["wsgi.file_wrapper"]):  # the server sends it by pieces itself
            return cast("Iterable[bytes]", parts)
        small = (part[at : at + PIECE] for part in parts for at in range(0, len(part), PIECE))
        return ClosingIterator(small, [parts.close] if hasattr(parts, "close") else None)

    return served


def content_policy(script_hashes: list[str], tiles: str | None) -> str:
    """Only what this server serves, and tiles from where config.yaml says; inline scripts by their hash."""
    images = "'self' data: blob:" + (f" {'/'.join(tiles.split('/')[:3])}" if tiles and tiles.startswith("http") else "")
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": images,
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _compressed(answer: Response) -> Response:
    if (
        answer.status_code != 200
        or "Content-Encoding" in answer.headers
        or not (answer.mimetype or "").startswith(TEXTUAL)
        or not request.accept_encodings.quality("gzip")
    ):
        return answer
    answer.direct_passthrough = False
    body = answer.get_data()
    if len(body) < SMALLEST:
        return answer
    lasting = "max-age" in answer.headers.get("Cache-Control", "")
    answer.set_data(_kept(body) if lasting else gzip.compress(body, 5))
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers.add("Vary", "Accept-Encoding")
    return answer


@lru_cache(maxsize=128)
def _kept(body: bytes) -> bytes:
    """Files that never change under their address are compressed once."""
    return gzip.compress(body, 9)
