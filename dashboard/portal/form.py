"""What a citizen fills in, page by page: read, cleaned, and every fault by its field.

The values are those of a draft, as JSON keeps them. Without faults they are the payload of a report.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.api.open311.form import has_invalid_characters, without_html
from data.domain.city.model import City
from data.reference.boundaries.areas import Boundaries
from data.reference.places.villages import village_named
from data.store.citizens.on_behalf import CHANNELS, NONE, PHONES_OF

GPS, PIN, PHOTO, VILLAGE = "gps", "pin", "photo", "village"
ORIGINS = frozenset({GPS, PIN})
"""Where a position comes from that the browser sends."""
ACCURACY_MOST = 100.0
"""Meters; a position that is less exact needs a pin or a village."""
TEXT_MOST, LANDMARK_MOST, NAME_MOST, EMAIL_MOST = 4000, 200, 100, 200
WORDS_LEAST = 3
_RT = re.compile(r"\d{1,3}", re.ASCII)
PHONE = re.compile(r"\+?\d{8,15}", re.ASCII)
EMAIL = re.compile(r"[\w.+-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,5}", re.ASCII | re.IGNORECASE)
_BETWEEN_DIGITS = re.compile(r"[\s().-]+")
Form = Mapping[str, str]
CONTACT = ("name", "phone", "email")


@dataclass(slots=True)
class Page:
    """A page as it was filled in."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    """By field, the text `portal.fault.CODE`."""

    def text(self, form: Form, name: str, most: int) -> str:
        """A text without tags; what is none, or too long, is a fault. It is kept as it was typed, to be mended."""
        typed = form.get(name, "").replace("\r\n", "\n").strip()
        if has_invalid_characters(typed):
            self.faults[name] = "characters"
            typed = "".join(letter for letter in typed if not has_invalid_characters(letter))
        text = without_html(typed)
        if len(text) > most:
            self.faults[name] = "too_long"
        self.values[name] = text[: 2 * most]
        return text


def read_place(form: Form, boundaries: Boundaries, photo_at: tuple[float, float] | None) -> Page:
    """The first page: by position, else by village, else by what the photo says of its place."""
    page = Page()
    page.text(form, "landmark", LANDMARK_MOST)
    for name in ("rt", "rw"):
        if (number := page.text(form, name, 3)) and not _RT.fullmatch(number):
            page.faults[name] = "rt"
    village = form.get("village", "")
    found = village_named(village) if village else None
    page.values["village"] = found.code if found else ""
    position, accuracy = _position(form), _number(form.get("accuracy", ""))
    is_rough = form.get("origin") == GPS and accuracy is not None and accuracy > ACCURACY_MOST
    if position is not None and not (is_rough and found):
        _take_position(page, position, form, boundaries, accuracy)
        if is_rough:
            page.faults["place"] = "inaccurate"
    elif found is not None:
        page.values["origin"] = VILLAGE
    elif photo_at is not None and boundaries.place(*photo_at).inside_city:
        page.values |= {"lat": photo_at[0], "lon": photo_at[1], "origin": PHOTO}
    else:
        page.faults["place"] = "no_place"
    return page


def _take_position(
    page: Page, position: tuple[float, float], form: Form, boundaries: Boundaries, accuracy: float | None
) -> None:
    origin = form.get("origin", "")
    page.values |= {"lat": position[0], "lon": position[1], "origin": origin if origin in ORIGINS else PIN}
    if accuracy is not None and origin == GPS:
        page.values["accuracy"] = round(min(accuracy, 100_000.0))
    if not boundaries.place(*position).inside_city:
        page.faults["place"] = "outside"


def _position(form: Form) -> tuple[float, float] | None:
    lat, lon = _number(form.get("lat", "")), _number(form.get("lon", ""))
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    return lat, lon


def _number(text: str) -> float | None:
    try:
        number = float(text) if text.isascii() and len(text) <= 40 else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def read_words(form: Form, city: City, *, has_photo: bool) -> Page:
    """The second page: category, and some words where there is no photo."""
    page = Page()
    category = form.get("category", "")
    page.values["category"] = category if category in city.categories else ""
    if not page.values["category"]:
        page.faults["category"] = "category"
    text = page.text(form, "text", TEXT_MOST)
    if "text" not in page.faults and not has_photo and len(text.split()) < WORDS_LEAST:
        page.faults["text"] = "few_words"
    return page


def read_contact(form: Form, reachable: Collection[str]) -> Page:
    """The third page: nothing of it must be filled in. `reachable`: of phone and email, what messages are sent to."""
    page = Page()
    page.values |= {name: form.get(name) == "1" for name in ("anonymous", "secret", "news")}
    page.text(form, "name", NAME_MOST)
    phone = _BETWEEN_DIGITS.sub("", page.text(form, "phone", 30))
    email = page.text(form, "email", EMAIL_MOST)
    if phone and not PHONE.fullmatch(phone):
        page.faults["phone"] = "phone"
    elif phone:
        page.values["phone"] = phone
    if email and not EMAIL.fullmatch(email):
        page.faults["email"] = "email"
    if page.values["news"] and not any(page.values[name] for name in reachable):
        page.faults["news"] = "no_address"
    return page


def read_on_behalf(form: Form, contact: Mapping[str, Any]) -> Page:
    """What an officer says of how a citizen told it. `contact`: values of `read_contact`, which need the consent."""
    page = Page()
    channel, phone_of = form.get("channel", ""), form.get("phone_of", "")
    page.values["channel"] = channel if channel in CHANNELS else ""
    page.values["phone_of"] = NONE if not contact.get("phone") else phone_of if phone_of in PHONES_OF else ""
    page.values["consent"] = form.get("consent") == "1"
    if not page.values["channel"]:
        page.faults["channel"] = "channel"
    if not page.values["phone_of"]:
        page.faults["phone_of"] = "phone_of"
    if any(contact.get(name) for name in CONTACT) and not page.values["consent"]:
        page.faults["consent"] = "consent"
    return page
