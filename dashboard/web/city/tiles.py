"""/kota/kondisi: the tiles; /kota/kondisi/TILE: what one means, its denominator, its months."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, g
from werkzeug.wrappers import Response

from dashboard.web.city.deps import CityDeps
from data.domain.figures.definitions import BY_CODE
from data.domain.guide.scores import CAP, COVERAGE
from data.store.db.engine import reading
from data.store.queries.guide import tiles as ask_tiles


def register(web: Blueprint, city: CityDeps) -> None:
    """Register both pages."""

    @web.get("/kota/kondisi/<code>")
    def public_tile(code: str) -> Response:
        return _tile(city, code, g.now)


def _tile(city: CityDeps, code: str, now: datetime) -> Response:
    deps = city.web
    rule = next((rule for rule in deps.config.city.tiles if rule.code == code), None)
    if rule is None:
        abort(404)

    def values() -> dict[str, object]:
        with reading(deps.engine) as conn:
            board = city.board(conn, now)
            columns = deps.context.query.columns(now)
            months = ask_tiles.history(conn, columns, deps.config.city, rule, now)
        return {
            "board": board,
            "tile": next(tile for tile in board.tiles if tile.rule.code == code),
            "definition": BY_CODE[rule.figure],
            "months": months,
            "categories": [deps.config.city.categories[each].name[g.lang] for each in rule.categories],
            "cap": CAP,
            "coverage": COVERAGE,
        }

    return city.page("web/city/tile.html", values)
