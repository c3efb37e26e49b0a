"""What search engines read: schema.org as JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from dashboard.web.payloads import visible
from data.domain.guide.nouns import AgendaState, Occurrence, Place, PlaceKind
from data.domain.guide.opening import DAYS, parse
from data.reference.places.villages import village_named

_TYPES: Mapping[PlaceKind, str] = {
    PlaceKind.TOURISM: "TouristAttraction",
    PlaceKind.NATURE: "TouristAttraction",
    PlaceKind.BUSINESS: "LocalBusiness",
    PlaceKind.SERVICE: "CivicStructure",
}
_STATUS = {AgendaState.CANCELLED: "https://schema.org/EventCancelled"}
_SCHEDULED = "https://schema.org/EventScheduled"
_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def script(*things: Mapping[str, Any]) -> Markup:
    """As the content of a <script>: nothing in it ends the element, whatever somebody is called."""
    whole: Any = {"@context": "https://schema.org", "@graph": list(things)}
    return Markup(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED))


def of_place(place: Place, url: str, city: str, text: str) -> dict[str, Any]:
    """A place or a business."""
    found: dict[str, Any] = {
        "@type": _TYPES[place.kind],
        "@id": url,
        "url": url,
        "name": visible(place.name),
        "description": visible(text) or None,
        "address": _address(place.address, place.village, city),
        "geo": _geo(place.lat, place.lon),
        "telephone": place.phone,
        "openingHours": _hours(place.opening_hours),
    }
    if place.kind is PlaceKind.TOURISM and place.ticket_rupiah is not None:
        found["isAccessibleForFree"] = place.ticket_rupiah == 0
    return {name: value for name, value in found.items() if value is not None}


def of_event(event: Occurrence, url: str, city: str, zone: ZoneInfo) -> dict[str, Any]:
    """One taking place."""
    start, end = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    where = {"@type": "Place", "name": visible(event.place_name or city), "geo": _geo(event.lat, event.lon)}
    found: dict[str, Any] = {
        "@type": "Event",
        "name": visible(event.title),
        "startDate": start.date().isoformat() if event.all_day else start.isoformat(),
        "endDate": end.isoformat(),
        "eventStatus": _STATUS.get(event.state, _SCHEDULED),
        "description": visible(event.text) if event.text else None,
        "location": {
            **{name: value for name, value in where.items() if value is not None},
            "address": _address(None, event.village, city),
        },
        "url": url,
        "inLanguage": event.lang,
    }
    return {name: value for name, value in found.items() if value is not None}


def of_site(city: str, url: str, places: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The first page: the city, and what stands on the page."""
    return ({"@type": "City", "name": city, "url": url}, *places)


def _address(address: str | None, village: str | None, city: str) -> dict[str, str]:
    known = village_named(village) if village else None
    found = {"@type": "PostalAddress", "addressLocality": city, "addressRegion": "Jawa Timur", "addressCountry": "ID"}
    if known is not None:
        found["addressLocality"] = f"{known.name}, {city}"
    if address:
        found["streetAddress"] = visible(address)
    return found


def _geo(lat: float | None, lon: float | None) -> dict[str, Any] | None:
    return None if lat is None or lon is None else {"@type": "GeoCoordinates", "latitude": lat, "longitude": lon}


def _hours(text: str | None) -> list[str] | None:
    """schema.org's form is the simple part of OpenStreetMap's; what has other parts is left out."""
    hours = parse(text) if text else None
    if hours is None:
        return None
    found = []
    for day, spans in zip(DAYS, hours.week, strict=True):
        found += [f"{day} {_clock(span.start)}-{_clock(span.end)}" for span in spans or ()]
    return found or None


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"
