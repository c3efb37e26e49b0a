"""The style sheets, scripts and icons of the pages; their URLs change with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, request

from dashboard.server.static_files import YEAR_S
from layouts.kit.theme import css

FOLDER = Path(__file__).resolve().parent / "static"
KINDS: Mapping[str, str] = {".css": "text/css", ".js": "application/javascript", ".svg": "image/svg+xml"}
SHEETS: Mapping[str, tuple[str, ...]] = {
    "web.css": (
        *("reset", "page", "navigation", "forms", "accounts", "sources", "hours", "rejected"),
        *("uploads", "upload-steps", "definitions", "desk", "desk-case", "outbox", "market-officer", "city-officer"),
    ),
    "portal.css": ("reset", "portal", "portal-form", "portal-status", "portal-behalf"),
    "city.css": ("reset", "portal", "portal-form", "city", "city-lists"),
    "tani.css": ("reset", "portal", "portal-form", "tani"),
}
"""The style sheets: the walls' colours, then the files of the folder `sheets` in this order."""


@cache
def content(name: str) -> bytes:
    """A file of the folder, or a style sheet. Raises KeyError for another."""
    if name in SHEETS:
        parts = ((FOLDER / "sheets" / f"{part}.css").read_bytes() for part in SHEETS[name])
        return b"\n".join([css().encode(), *parts])
    path = FOLDER / name
    if path.suffix not in KINDS or path.parent != FOLDER or not path.is_file():
        raise KeyError(name)
    return path.read_bytes()


def address(name: str) -> str:
    """The URL of a file."""
    return f"/web/{name}?m={hashlib.sha256(content(name)).hexdigest()[:12]}"


def serve(app: Flask) -> None:
    """Register /web/NAME. These files need no token."""

    @app.get("/web/<name>")
    def web_static(name: str) -> Response:
        try:
            body = content(name)
        except KeyError:
            abort(404)
        answer = Response(body, mimetype=KINDS[Path(name).suffix])
        lasting = f"public, max-age={YEAR_S}, immutable" if "m" in request.args else "no-cache"
        answer.headers["Cache-Control"] = lasting
        return answer
