"""/kota/tempat: places and small businesses by kind and village; /kota/tempat/CODE: one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, g, request, url_for
from werkzeug.wrappers import Response

from dashboard.config.load import Config
from dashboard.web.city.asked import known, page_number
from dashboard.web.city.deps import CityDeps
from dashboard.web.city.open_data import linked
from dashboard.web.city.shown import PlaceRow, condition_rows, event_row, in_language, open_now, village_name
from data.domain.guide.business import read_pirt
from data.domain.guide.nouns import Place, PlaceKind
from data.domain.guide.settings import PlaceCategory
from data.reference.places.villages import VILLAGES, by_code
from data.store.db.engine import Connection, reading
from data.store.guide import conditions, occurrences
from data.store.guide.public import public_by_code
from data.store.queries.guide import public_guide
from data.store.queries.guide.public_guide import PlaceQuestion
from layouts.kit.words import words

PER_PAGE = 40
AHEAD = timedelta(days=60)
CODE_MOST = 32


def register(web: Blueprint, city: CityDeps) -> None:
    """Register both pages."""
    pages = PlacePages(city)

    @web.get("/kota/tempat")
    def public_places() -> Response:
        return pages.all_of()

    @web.get("/kota/tempat/<code>")
    def public_place(code: str) -> Response:
        return pages.one(code)


def place_rows(places: Iterable[Place], config: Config, now: datetime) -> list[PlaceRow]:
    """As lists show them."""
    return [
        PlaceRow(
            place, open_now(place, config.city, now), village_name(place.village), category_name(config, place.category)
        )
        for place in places
    ]


def categories_of(config: Config) -> Mapping[str, PlaceCategory]:
    """Of places, by code."""
    return config.city.guide.categories


def category_name(config: Config, code: str) -> str:
    """In the reader's language; a code that config.yaml does not know stands for itself."""
    found = categories_of(config).get(code)
    return found.name[g.lang] if found is not None else code


class PlacePages:
    """The pages."""

    def __init__(self, city: CityDeps) -> None:
        self._city, self._config = city, city.web.config

    def all_of(self) -> Response:
        """Some of the places, by name."""
        now: datetime = g.now
        question = PlaceQuestion(
            known(request.args.get("jenis"), tuple(PlaceKind)),
            known(request.args.get("kategori"), categories_of(self._config)),
            known(request.args.get("desa"), by_code),
        )
        number = page_number(request.args.get("hal"))
        filters = {"jenis": question.kind, "kategori": question.category, "desa": question.village}

        def values() -> Mapping[str, Any]:
            with reading(self._city.web.engine) as conn:
                found = self._city.places.page(conn, question, number, PER_PAGE)
                facets = self._city.places.facets(conn)
            return {
                "rows": place_rows(found.places, self._config, now),
                "total": found.total,
                "number": number,
                "pages": max(1, -(-found.total // PER_PAGE)),
                "question": question,
                "filters": {name: value for name, value in filters.items() if value},
                "kinds": [(kind, facets.kinds[kind]) for kind in PlaceKind if facets.kinds[kind]],
                "categories": self._categories(facets, question.kind),
                "villages": [(it, facets.villages[it.code]) for it in VILLAGES if facets.villages[it.code]],
                "linked": self._linked(found.places),
            }

        return self._city.page("web/city/places.html", values, {**filters, "hal": number if number > 1 else ""})

    def _categories(self, facets: public_guide.Facets, kind: str) -> list[tuple[str, str]]:
        codes = {category for of, category in facets.categories if kind in ("", of)}
        return sorted(((code, category_name(self._config, code)) for code in codes), key=lambda each: each[1].lower())

    def one(self, code: str) -> Response:
        """What is known of one place; 404 for what is not published, whatever it is."""
        self._city.check_open()
        if len(code) > CODE_MOST:
            abort(404)
        with reading(self._city.web.engine) as conn:
            found = public_by_code(conn, code)
        if found is None:
            abort(404)
        now: datetime = g.now

        def values() -> Mapping[str, Any]:
            with reading(self._city.web.engine) as conn:
                return self._values(conn, found, now)

        return self._city.page("web/city/place.html", values)

    def _values(self, conn: Connection, place: Place, now: datetime) -> Mapping[str, Any]:
        zone, say = ZoneInfo(self._config.city.timezone), words(g.lang)
        mine = {place.id: (place.code, place.name)}
        events = occurrences.between(conn, now, now + AHEAD, place_id=place.id, most=50)
        text = in_language(place.text, g.lang)
        url = self._city.publisher.base() + url_for("web.public_place", code=place.code)
        pirt = read_pirt(place.business.pirt) if place.business and place.business.pirt else None
        return {
            "row": place_rows([place], self._config, now)[0],
            "text": text,
            "conditions": condition_rows(conditions.of_place(conn, place.id, now), mine, now),
            "events": [event_row(event, mine, say, zone, now) for event in events],
            "pirt_over": pirt is not None and pirt.expires < now.astimezone(zone).year,
            "pirt": pirt,
            "web_address": place.url if place.url and place.url.startswith(("http://", "https://")) else None,
            "credit": self._config.public_page.credits.get(place.source, ""),
            "linked": linked.script(linked.of_place(place, url, self._config.city.name, text.text if text else "")),
        }

    def _linked(self, places: Iterable[Place]) -> Any:
        base, name = self._city.publisher.base(), self._config.city.name
        urls = ((place, base + url_for("web.public_place", code=place.code)) for place in places)
        return linked.script(*(linked.of_place(place, url, name, "") for place, url in urls))
