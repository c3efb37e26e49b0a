"""/robots.txt and /sitemap.xml: what search engines may list."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, url_for
from markupsafe import escape
from werkzeug.wrappers import Response

from dashboard.web.city.deps import CityDeps
from data.store.db.engine import reading
from data.store.queries.guide import public_guide
from layouts.kit.words import LANGUAGES

ALLOWED = ("/kota", "/lapor$", "/web/", "/sitemap.xml")
REFUSED = ("/kota/petugas", "/kota/usaha/", "/")
PAGES = ("public_home", "public_agenda", "public_conditions", "public_places", "public_map", "public_data")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
LINK = '<xhtml:link rel="alternate" hreflang="{}" href="{}{}"/>'
OPENED = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'


def register(web: Blueprint, city: CityDeps) -> None:
    """Register both."""

    @web.get("/robots.txt")
    def public_robots() -> Response:
        is_open = city.web.config.public_page.open
        lines = ["User-agent: *"]
        if is_open:
            lines += [f"Allow: {path}" for path in ALLOWED]
        lines += [f"Disallow: {path}" for path in (REFUSED if is_open else ("/",))]
        if is_open:
            lines += ["", f"Sitemap: {city.publisher.base()}{url_for('web.public_sitemap')}"]
        return city.publisher.data((), "text/plain", lambda: "\n".join([*lines, ""]))

    @web.get("/sitemap.xml")
    def public_sitemap() -> Response:
        return city.data("application/xml", lambda: "\n".join(_lines(city)))


def _lines(city: CityDeps) -> Iterator[str]:
    base = city.publisher.base()
    yield HEAD
    yield OPENED
    for path in _paths(city):
        url = escape(f"{base}{quote(path)}")
        others = "".join(LINK.format(lang, url, "" if lang == LANGUAGES[0] else f"?lang={lang}") for lang in LANGUAGES)
        yield f"<url><loc>{url}</loc>{others}</url>"
    yield "</urlset>"


def _paths(city: CityDeps) -> Iterator[str]:
    for name in PAGES:
        yield url_for(f"web.{name}")
    for rule in city.web.config.city.tiles:
        yield url_for("web.public_tile", code=rule.code)
    with reading(city.web.engine) as conn:
        codes = public_guide.codes(conn)
    prefix = url_for("web.public_places")
    yield from (f"{prefix}/{code}" for code in codes)
