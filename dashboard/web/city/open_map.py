"""/kota/peta: reports as everybody may see them, as a list that works without script and as a map."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, request
from werkzeug.wrappers import Response

from dashboard.web.city.asked import known, page_number
from dashboard.web.city.deps import CityDeps
from data.domain.guide.open_map import FEW, OpenCase, OpenMap
from data.reference.places.villages import village_named
from data.store.db.engine import reading
from layouts.kit.words import words

PER_PAGE = 40
GEOJSON = "application/geo+json"


def register(web: Blueprint, city: CityDeps) -> None:
    """Register the page and its data."""
    pages = OpenMapPages(city)

    @web.get("/kota/peta")
    def public_map() -> Response:
        return pages.page()

    @web.get("/kota/data/laporan.geojson")
    def public_map_data() -> Response:
        now: datetime = g.now
        return city.data(GEOJSON, lambda: pages.geojson(now))


class OpenMapPages:
    """The page and its data."""

    def __init__(self, city: CityDeps) -> None:
        self._city = city

    def page(self) -> Response:
        """The list, and beside it how the city is doing."""
        rule = self._city.web.config.public_page.map_rule
        category = known(request.args.get("kategori"), (*rule.grid, *rule.villages))
        number = page_number(request.args.get("hal"))
        now: datetime = g.now

        def values() -> dict[str, Any]:
            as_of, found = self._ask(now)
            shown = [case for case in found.cases if category in ("", case.category)]
            return {
                "rows": [self._row(case, now) for case in shown[(number - 1) * PER_PAGE : number * PER_PAGE]],
                "n": len(shown),
                "number": number,
                "pages": max(1, -(-len(shown) // PER_PAGE)),
                "villages": self._by_village(found, category),
                "counted": [(code, self._category(code)) for code in _counted(found, category)],
                "category": category,
                "categories": [(code, self._category(code)) for code in (*rule.grid, *rule.villages)],
                "as_of": as_of,
                "board": self._board(now),
                "days": rule.solved_for.days,
            }

        return self._city.page("web/city/map.html", values, {"kategori": category, "hal": _beyond_first(number)})

    def geojson(self, now: datetime) -> str:
        """Each report as a point; what is only counted in its village stands beside them."""
        (as_of, found), say = self._ask(now), words(g.lang)
        licence = self._city.web.config.public_page.licence
        whole = {
            "type": "FeatureCollection",
            "as_of": as_of.astimezone(ZoneInfo(self._city.web.config.city.timezone)).isoformat(timespec="seconds"),
            "licence": licence,
            "notice": say("public.map.coarse"),
            "features": list(self._features(found)),
            "villages": [
                {"village": each.village, "category": each.category, "state": each.state, "n": each.n, "few": "<5"}
                if each.n is None
                else {"village": each.village, "category": each.category, "state": each.state, "n": each.n}
                for each in found.villages
            ],
        }
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))

    def _features(self, found: OpenMap) -> Iterator[dict[str, Any]]:
        for case in found.cases:
            yield {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [case.square.lon, case.square.lat]},
                "properties": {
                    "category": case.category,
                    "state": case.state,
                    "received": case.received.isoformat(),
                    "solved": case.solved.isoformat() if case.solved else None,
                },
            }

    def _ask(self, now: datetime) -> tuple[datetime, OpenMap]:
        with reading(self._city.web.engine) as conn:
            return self._city.reports.ask(conn, now)

    def _board(self, now: datetime) -> object:
        with reading(self._city.web.engine) as conn:
            return self._city.board(conn, now)

    def _row(self, case: OpenCase, now: datetime) -> dict[str, object]:
        """With the village of the square's middle: that of the report might be a strip of the square."""
        placed = self._city.web.context.boundaries.place(*case.square)
        village = village_named(placed.village) if placed.village else None
        today: date = now.astimezone(ZoneInfo(self._city.web.config.city.timezone)).date()
        return {
            "case": case,
            "category": self._category(case.category),
            "village": village.name if village else None,
            "days": ((case.solved or today) - case.received).days,
        }

    def _by_village(self, found: OpenMap, category: str) -> list[tuple[str, dict[tuple[str, str], str]]]:
        """Of each village the numbers as they are printed, by category and state."""
        rows: dict[str, dict[tuple[str, str], str]] = {}
        for each in found.villages:
            if category in ("", each.category):
                village = village_named(each.village)
                told = rows.setdefault(village.name if village else each.village, {})
                told[each.category, each.state] = f"<{FEW}" if each.n is None else str(each.n)
        return sorted(rows.items())

    def _category(self, code: str) -> str:
        found = self._city.web.config.city.categories.get(code)
        return found.name[g.lang] if found else code


def _beyond_first(number: int) -> int | str:
    return number if number > 1 else ""


def _counted(found: OpenMap, category: str) -> list[str]:
    """The categories that villages are counted by."""
    return sorted({each.category for each in found.villages if category in ("", each.category)})
