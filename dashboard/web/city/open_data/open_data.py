"""/kota/data: places, agenda, conditions, warnings, tiles and reports as files, each with its moment and licence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, g
from icalendar import vText
from icalendar.parser import Contentline
from werkzeug.wrappers import Response

from dashboard.web.city.deps import CityDeps
from dashboard.web.city.open_data.csv_text import csv_text
from dashboard.web.city.shown import village_name
from dashboard.web.payloads import visible
from data.domain.guide.nouns import Condition, Occurrence, Place
from data.domain.warnings.nouns import PublicWarning
from data.store.db.engine import Connection, reading
from data.store.guide import conditions, occurrences
from data.store.queries.guide import public_guide
from data.store.queries.warnings.in_force import in_force
from layouts.kit.words import words

AHEAD, MOST = timedelta(days=90), 10_000
GEOJSON, CSV, ICS = "application/geo+json", "text/csv", "text/calendar"
BMKG = "BMKG"
PLACE_COLUMNS = (
    *("code", "kind", "category", "name", "village_code", "village", "is_outside", "lat", "lon", "address"),
    *("opening_hours", "ticket_rupiah", "phone", "url", "capacity", "nib", "kbli", "pirt", "halal", "checked_at"),
    *("updated_at", "source", "credit", "demo", "as_of"),
)
EVENT_COLUMNS = (
    *("uid", "title", "starts_at", "ends_at", "all_day", "state", "place", "village_code", "village", "lat", "lon"),
    *("expected", "url", "lang", "heard_at", "source", "credit", "demo", "as_of"),
)
CONDITION_COLUMNS = (
    *("kind", "name", "place_code", "state", "state_as_observed", "observed_at", "expires_at", "observed_by", "free"),
    *("capacity", "note", "lat", "lon", "source", "credit", "demo", "as_of"),
)
WARNING_COLUMNS = (
    *("identifier", "sender", "event", "headline", "area", "villages", "severity", "urgency", "certainty"),
    *("effective_at", "onset_at", "expires_at", "sent_at", "source", "credit", "demo", "as_of"),
)
TILE_COLUMNS = (
    *("code", "name", "figure", "score", "value", "n", "target", "missing", "first_day", "last_day", "as_of"),
)


def register(web: Blueprint, city: CityDeps) -> None:
    """Register the list of files, and the files."""

    @web.get("/kota/data")
    def public_data() -> Response:
        return city.page("web/city/data.html", lambda: {"files": sorted(FILES), "credits": _credits(city)})

    @web.get("/kota/data/<name>")
    def public_file(name: str) -> Response:
        if name not in FILES:
            abort(404)
        now: datetime = g.now
        mimetype, make = FILES[name]
        return city.data(mimetype, lambda: make(OpenData(city, now)), name=None if name.endswith(".geojson") else name)


def _credits(city: CityDeps) -> Mapping[str, str]:
    return city.web.config.public_page.credits


@dataclass(frozen=True, slots=True)
class OpenData:
    """Makes the files of one moment."""

    city: CityDeps
    now: datetime

    def places_csv(self) -> str:
        with self._reading() as conn:
            return csv_text(PLACE_COLUMNS, self._places(conn))

    def places_geojson(self) -> str:
        with self._reading() as conn:
            return self._geojson(self._places(conn))

    def agenda_csv(self) -> str:
        with self._reading() as conn:
            return csv_text(EVENT_COLUMNS, map(self._event, self._events(conn)))

    def agenda_geojson(self) -> str:
        with self._reading() as conn:
            return self._geojson(map(self._event, self._events(conn)))

    def agenda_ics(self) -> str:
        """Each taking place as an event of its own. Written line by line: a calendar of the library's own objects takes
        twenty times as long."""
        head = ("PRODID:-//Among Kota//BATT//ID", "VERSION:2.0", _line("X-WR-CALNAME", f"Agenda {self._name}"))
        lines = ["BEGIN:VCALENDAR", *head, _line("X-LICENCE", self.city.web.config.public_page.licence)]
        with self._reading() as conn:
            for event in self._events(conn):
                lines += self._vevent(event)
        return "\r\n".join([*lines, "END:VCALENDAR", ""])

    @property
    def _name(self) -> str:
        return self.city.web.config.city.name

    def conditions_csv(self) -> str:
        with self._reading() as conn:
            return csv_text(CONDITION_COLUMNS, self._conditions(conn))

    def conditions_geojson(self) -> str:
        with self._reading() as conn:
            return self._geojson(self._conditions(conn))

    def warnings_csv(self) -> str:
        with self._reading() as conn:
            return csv_text(WARNING_COLUMNS, map(self._warning, in_force(conn, self.now)))

    def warnings_geojson(self) -> str:
        with self._reading() as conn:
            found = in_force(conn, self.now)
        features = [_feature(self._warning(each), each.geometry) for each in found]
        return self._collection(features, [BMKG] if found else [])

    def tiles_csv(self) -> str:
        with self._reading() as conn:
            board = self.city.board(conn, self.now)
        rows = (
            {
                "code": tile.rule.code,
                "name": tile.rule.name[g.lang],
                "figure": tile.rule.figure,
                "score": None if tile.score is None else round(tile.score, 4),
                "value": None if tile.value is None else round(tile.value, 6),
                "n": tile.n,
                "target": tile.target,
                "missing": tile.missing,
                "first_day": tile.period.first.isoformat(),
                "last_day": tile.period.last.isoformat(),
                "as_of": self._local(board.as_of),
            }
            for tile in board.tiles
        )
        return csv_text(TILE_COLUMNS, rows)

    def _reading(self) -> Any:
        return reading(self.city.web.engine)

    def _local(self, at: datetime | None) -> str | None:
        zone = ZoneInfo(self.city.web.config.city.timezone)
        return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")

    def _credit(self, source: str) -> str:
        return _credits(self.city).get(source, "")

    def _origin(self, source: str, *, demo: bool) -> dict[str, object]:
        return {"source": source, "credit": self._credit(source), "demo": demo, "as_of": self._local(self.now)}

    def _places(self, conn: Connection) -> Iterator[dict[str, object]]:
        for place in public_guide.everything(conn):
            yield self._place(place)

    def _place(self, place: Place) -> dict[str, object]:
        same = ("code", "name", "category", "is_outside", "lat", "lon", "address", "opening_hours", "ticket_rupiah")
        permits = {name: getattr(place.business, name, None) for name in ("nib", "kbli", "pirt", "halal")}
        return {
            **{name: getattr(place, name) for name in (*same, "phone", "url", "capacity")},
            **permits,
            "kind": place.kind.value,
            "village_code": place.village,
            "village": village_name(place.village),
            "checked_at": self._local(place.checked_at),
            "updated_at": self._local(place.updated_at),
            **self._origin(place.source, demo=place.demo),
        }

    def _events(self, conn: Connection) -> list[Occurrence]:
        return occurrences.between(conn, self.now, self.now + AHEAD, most=MOST)

    def _event(self, event: Occurrence) -> dict[str, object]:
        same = ("uid", "title", "all_day", "lat", "lon", "expected", "url", "lang")
        return {
            **{name: getattr(event, name) for name in same},
            "starts_at": self._local(event.starts_at),
            "ends_at": self._local(event.ends_at),
            "state": event.state.value,
            "place": event.place_name,
            "village_code": event.village,
            "village": village_name(event.village),
            "heard_at": self._local(event.heard_at),
            **self._origin(event.source, demo=event.demo),
        }

    def _vevent(self, event: Occurrence) -> Iterator[str]:
        zone = ZoneInfo(self.city.web.config.city.timezone)
        start, end = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
        yield "BEGIN:VEVENT"
        yield f"UID:{event.agenda_id}-{int(event.starts_at.timestamp())}@batt"
        yield f"DTSTAMP:{_utc(event.heard_at or self.now)}"
        yield f"DTSTART;VALUE=DATE:{start:%Y%m%d}" if event.all_day else f"DTSTART:{_utc(start)}"
        yield f"DTEND;VALUE=DATE:{end:%Y%m%d}" if event.all_day else f"DTEND:{_utc(end)}"
        yield _line("SUMMARY", event.title)
        yield f"STATUS:{event.state.value.upper()}"
        for name, text in (("DESCRIPTION", event.text), ("LOCATION", event.place_name)):
            if text:
                yield _line(name, text)
        if event.lat is not None and event.lon is not None:
            yield f"GEO:{event.lat};{event.lon}"
        yield "END:VEVENT"

    def _conditions(self, conn: Connection) -> Iterator[dict[str, object]]:
        found = conditions.current(conn, self.now)
        places = public_guide.known(conn, [each.place_id for each in found])
        for each in found:
            yield self._condition(each, *places.get(each.place_id or 0, (None, None)))

    def _condition(self, each: Condition, code: str | None, name: str | None) -> dict[str, object]:
        """What has expired is not known: the old number of free places is not told."""
        state = each.current(self.now)
        is_known = self.now < each.expires_at
        return {
            "kind": each.kind.value,
            "name": name or each.name,
            "place_code": code,
            "state": state.value,
            "state_as_observed": each.state.value,
            "observed_at": self._local(each.observed_at),
            "expires_at": self._local(each.expires_at),
            "observed_by": each.observed_by,
            "free": each.free if is_known else None,
            "capacity": each.capacity,
            "note": each.note if is_known else None,
            "lat": each.lat,
            "lon": each.lon,
            **self._origin(each.source, demo=each.demo),
        }

    def _warning(self, each: PublicWarning) -> dict[str, object]:
        said = each.words.get(g.lang) or next(iter(each.words.values()))
        same = ("identifier", "sender", "event", "urgency", "certainty")
        return {
            **{name: getattr(each, name) for name in same},
            "headline": said.headline or said.event,
            "area": said.area,
            "villages": " ".join(each.villages),
            "severity": each.severity.value,
            **{
                name: self._local(getattr(each, name)) for name in ("effective_at", "onset_at", "expires_at", "sent_at")
            },
            **self._origin(each.source, demo=each.demo),
        }

    def _geojson(self, rows: Iterable[dict[str, object]]) -> str:
        features, credits = [], set()
        for row in rows:
            lat, lon = row.pop("lat"), row.pop("lon")
            point = None if lat is None or lon is None else {"type": "Point", "coordinates": [lon, lat]}
            credits.add(str(row["credit"]))
            features.append(_feature({name: value for name, value in row.items() if name != "as_of"}, point))
        return self._collection(features, sorted(credits - {""}))

    def _collection(self, features: list[dict[str, Any]], credits: list[str]) -> str:
        whole = {
            "type": "FeatureCollection",
            "as_of": self._local(self.now),
            "licence": self.city.web.config.public_page.licence,
            "attribution": [self.city.web.config.city.name, *credits],
            "notice": words(g.lang)("public.data.notice"),
            "features": features,
        }
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _line(name: str, text: str) -> str:
    """Escaped, and folded where it is long."""
    line = Contentline(f"{name}:{vText(visible(text)).to_ical().decode()}")  # type: ignore[no-untyped-call]
    return str(line.to_ical().decode())  # type: ignore[no-untyped-call]


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _feature(properties: Mapping[str, object], geometry: object) -> dict[str, Any]:
    """Texts from outside are texts: who shows them escapes them."""
    told = {name: value for name, value in properties.items() if value is not None}
    return {"type": "Feature", "geometry": geometry, "properties": told}


FILES: Mapping[str, tuple[str, Callable[[OpenData], str]]] = {
    "tempat.csv": (CSV, OpenData.places_csv),
    "tempat.geojson": (GEOJSON, OpenData.places_geojson),
    "agenda.csv": (CSV, OpenData.agenda_csv),
    "agenda.geojson": (GEOJSON, OpenData.agenda_geojson),
    "agenda.ics": (ICS, OpenData.agenda_ics),
    "kondisi.csv": (CSV, OpenData.conditions_csv),
    "kondisi.geojson": (GEOJSON, OpenData.conditions_geojson),
    "peringatan.csv": (CSV, OpenData.warnings_csv),
    "peringatan.geojson": (GEOJSON, OpenData.warnings_geojson),
    "penilaian.csv": (CSV, OpenData.tiles_csv),
}
"""By name: what it is, and how it is made."""
