"""What the public pages share, and the pages' frame."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, g, render_template
from werkzeug.wrappers import Response

from dashboard.web.city.publishing import PageCache, Publisher, address, in_language
from dashboard.web.deps import WebDeps
from data.domain.guide.scores import TileBoard
from data.store.db.engine import Connection
from data.store.queries.guide.open_map import ResidentOpenMap
from data.store.queries.guide.public_guide import ResidentList
from data.store.queries.guide.tiles import ResidentTiles
from layouts.kit.words import LANGUAGES


@dataclass(frozen=True, slots=True)
class CityDeps:
    """One object for all public pages."""

    web: WebDeps
    publisher: Publisher
    tiles: ResidentTiles
    reports: ResidentOpenMap
    places: ResidentList

    @classmethod
    def of(cls, deps: WebDeps) -> CityDeps:
        """With a cache of its own."""
        publisher = Publisher(PageCache(deps.config.public_page.fresh), deps.config.server.public_url)
        city, settings = deps.config.city, deps.config.public_page
        return cls(deps, publisher, ResidentTiles(city), ResidentOpenMap(city, settings.map_rule), ResidentList())

    def board(self, conn: Connection, now: datetime) -> TileBoard:
        """All tiles, at most a minute old."""
        return self.tiles.ask(conn, self.web.context.query.columns, now)

    def page(
        self, template: str, values: Callable[[], Mapping[str, Any]], query: Mapping[str, object] | None = None
    ) -> Response:
        """A page; `query`: what of the address's query counts, read and bounded. 404 while the pages are closed."""
        self.check_open()
        told = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        return self.publisher.page(_key(told), lambda: self._drawn(template, values(), told))

    def data(
        self,
        mimetype: str,
        make: Callable[[], str],
        *,
        name: str | None = None,
        query: Mapping[str, object] | None = None,
    ) -> Response:
        """A file of open data."""
        self.check_open()
        headers = {"Access-Control-Allow-Origin": "*"}
        if name is not None:
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return self.publisher.data(_key(query or {}), mimetype, make, headers)

    def check_open(self) -> None:
        """404 while the pages are closed."""
        if not self.web.config.public_page.open:
            abort(404)

    def _drawn(self, template: str, values: Mapping[str, Any], query: Mapping[str, object]) -> str:
        base = self.publisher.base()
        frame = {
            "to": address,
            "canonical": in_language(base, g.lang, **query),
            "languages": {lang: in_language(base, lang, **query) for lang in LANGUAGES},
            "linked": None,
            "notice": self.web.config.public_page.licence,
        }
        return render_template(template, **{**frame, **values})


def _key(query: Mapping[str, object]) -> Hashable:
    return tuple(sorted((name, str(value)) for name, value in query.items()))
