"""What an officer fills in of a place: read into columns, every fault by its field; what was typed stays."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from dashboard.portal.form import Form, Page
from dashboard.web.city.business_form import PERMITS
from data.domain.guide import opening
from data.domain.guide.nouns import Place, PlaceKind, PlaceState

NAME_MOST, TEXT_MOST, LINE_MOST, WHY_MOST = 200, 3000, 200, 300
LANGS = ("id", "en")
STATES = (PlaceState.PUBLISHED, PlaceState.DOUBTFUL, PlaceState.WITHDRAWN)
LINES = ("address", "opening_hours", "phone", "url", "nib", "kbli", "pirt", "halal")
NUMBERS = ("ticket_rupiah", "capacity")
MOST = 2_000_000_000


def shown(place: Place | None) -> dict[str, str]:
    """A place as the form shows it; None: a new one."""
    if place is None:
        return dict.fromkeys((*LINES, *NUMBERS, "name", "category", "text_id", "text_en", "lat", "lon", "why"), "") | {
            "kind": PlaceKind.TOURISM.value,
            "state": PlaceState.PUBLISHED.value,
            "version": "0",
            "phone_consent": "",
        }
    business = place.business
    own = ("name", "category", "address", "phone", "url", "lat", "lon", "opening_hours", "version", *NUMBERS)
    values = {name: _text(getattr(place, name)) for name in own}
    values |= {name: _text(getattr(business, name, None)) for name in PERMITS}
    values |= {f"text_{lang}": (place.text or {}).get(lang, "") for lang in LANGS}
    consent = business is not None and business.phone_consent_at is not None
    chosen = {"kind": place.kind.value, "state": place.state.value, "phone_consent": "1" if consent else ""}
    return values | chosen | {"why": ""}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def read(form: Form, categories: Collection[str], place: Place | None, now: datetime) -> tuple[Page, dict[str, Any]]:
    """The page with its faults, and the columns that it tells."""
    page, columns = Page(), dict[str, Any]()
    columns["name"] = page.text(form, "name", NAME_MOST)
    if not columns["name"]:
        page.faults.setdefault("name", "name")
    _choice(page, form, columns, "kind", [kind.value for kind in PlaceKind])
    _choice(page, form, columns, "category", categories)
    _choice(page, form, columns, "state", [state.value for state in PlaceState])
    if place is not None and columns.get("state") == place.state:
        del columns["state"]  # who leaves it leaves it to the rules: a doubt that is gone publishes it
    texts = {lang: text for lang in LANGS if (text := page.text(form, f"text_{lang}", TEXT_MOST))}
    columns["text"] = texts or None
    for name in LINES:
        columns[name] = page.text(form, name, LINE_MOST) or None
    _check_lines(page, columns)
    for name in NUMBERS:
        columns[name] = _whole(page, form, name)
    _read_position(page, form, columns)
    _read_consent(page, form, columns, place, now)
    page.text(form, "why", WHY_MOST)
    page.values["version"] = form.get("version", "0")[:12]
    return page, columns


def _choice(page: Page, form: Form, columns: dict[str, Any], name: str, known: Collection[str]) -> None:
    typed = form.get(name, "")
    page.values[name] = typed if typed in known else ""
    if typed in known:
        columns[name] = typed
    else:
        page.faults[name] = name


def _check_lines(page: Page, columns: dict[str, Any]) -> None:
    hours = columns["opening_hours"]
    if hours:
        columns["opening_hours"] = opening.as_typed(hours)
        if columns["opening_hours"] is None:
            page.faults.setdefault("opening_hours", "opening_hours")
    readers: Mapping[str, Callable[[str], str | None]] = PERMITS
    for name, readable in readers.items():
        if columns[name]:
            columns[name] = readable(columns[name])
            if columns[name] is None:
                page.faults.setdefault(name, name)
    url = columns["url"]
    if url and not url.startswith(("https://", "http://")):
        page.faults.setdefault("url", "url")


def _whole(page: Page, form: Form, name: str) -> int | None:
    typed = page.text(form, name, 20).replace(".", "").replace(" ", "").removeprefix("Rp")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit()) or int(typed) > MOST:
        page.faults[name] = "number"
        return None
    return int(typed)


def _read_position(page: Page, form: Form, columns: dict[str, Any]) -> None:
    """Both or neither, in degrees; latitude and longitude that were exchanged are told."""
    typed = [page.text(form, name, 24).replace(",", ".") for name in ("lat", "lon")]
    if not any(typed):
        columns |= {"lat": None, "lon": None}
        return
    lat, lon = (_degrees(each) for each in typed)
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        is_swapped = lat is not None and lon is not None and abs(lat) > 90 and abs(lon) <= 90
        page.faults["lat"] = "swapped" if is_swapped else "position"
        return
    columns |= {"lat": lat, "lon": lon}


def _degrees(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return round(number, 6) if math.isfinite(number) else None


def _read_consent(page: Page, form: Form, columns: dict[str, Any], place: Place | None, now: datetime) -> None:
    """A consent keeps the date on which it was given; without one the telephone is not shown."""
    agreed = form.get("phone_consent") == "1"
    page.values["phone_consent"] = "1" if agreed else ""
    before = place.business.phone_consent_at if place is not None and place.business is not None else None
    columns["phone_consent_at"] = (before or now.replace(microsecond=0)) if agreed else None
