"""Fonts and map tiles, so that a wall loads nothing from the internet."""

from __future__ import annotations

from pathlib import Path

import font_manrope
from flask import Flask, Response, abort, send_file

from data.store.geo.tiles import Tiles

YEAR_S = 31_536_000
DAY_S = 86_400
FONTS = {"Manrope.ttf": "Manrope-VariableFont_wght.ttf"}
"""File of the package by served name."""


def font_file(name: str) -> Path:
    """Raises KeyError for a font that is not served."""
    return Path(font_manrope.font_directory) / FONTS[name]


def serve_files(app: Flask, tiles: Tiles | None) -> None:
    """Register /fonts/NAME and /tiles/Z/X/Y."""

    @app.get("/fonts/<name>")
    def font(name: str) -> Response:
        if name not in FONTS:
            abort(404)
        answer = send_file(font_file(name), mimetype="font/ttf", max_age=YEAR_S)
        answer.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        return answer

    @app.get("/tiles/<int:zoom>/<int:column>/<int:row>")
    def tile(zoom: int, column: int, row: int) -> Response:
        found = tiles.tile(zoom, column, row) if tiles else None
        if found is None:
            abort(404)
        image, kind = found
        answer = Response(image, mimetype=kind)
        answer.headers["Cache-Control"] = f"public, max-age={DAY_S}"
        return answer
