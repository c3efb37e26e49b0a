"""The Open311 server as a source: a POST becomes a Record."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from dashboard.api.faults import Fault, RequestError
from dashboard.api.open311.form import MEDIA_URL, without_html
from data.domain.cases.model import ActorKind, EventKind
from data.domain.city.model import City
from data.reference.places.villages import village_named
from ingest.http.network import is_inner
from ingest.source import Delivery, Raw, Record, RecordEvent, title_from

NAME = "open311"
DESCRIPTION_MOST = 4000
TITLE_MOST = 90
NUMBER_MOST = 40
LENGTHS = {
    "address_string": 500,
    "email": 200,
    "device_id": 200,
    "account_id": 200,
    "first_name": 100,
    "last_name": 100,
    "phone": 64,
    "description": DESCRIPTION_MOST,
}
MEDIA_URL_MOST = 2000
ATTRIBUTES_MOST, ATTRIBUTE_MOST = 20, 200
"""How many attributes of no service are kept in a note, and characters of each."""
VILLAGE, CLASS = "village", "service_class"
"""Attributes of every service: the village, for reports without a position; the SP4N class."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WEB = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"attribute\[([^\]]*)\](?:\[\])?")
Form = Mapping[str, str]


class Open311Intake:
    """Implements `ingest.source.Source`; its records are posted, not fetched."""

    name = NAME
    every_s = math.inf

    def __init__(self, city: City, *, demo: bool = False) -> None:
        """`demo`: posted reports are marked as invented, like the others."""
        self._city, self._demo = city, demo

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Nothing."""
        return iter(())

    def read(self, raw: Raw, now: datetime) -> Record:
        """The record of a form that passed `check`."""
        form = raw.payload
        category = self._city.categories[form["service_code"]]
        attributes, received_at = attributes_of(form), _received_at(form, now)
        text = without_html(form.get("description", ""))
        name = " ".join(part for part in (form.get("first_name"), form.get("last_name")) if part)
        return Record(
            external_id=raw.external_id,
            received_at=received_at,
            category=category.code,
            title=title_of(text) or category.name["id"],
            text=text,
            lat=float(form["lat"]) if form.get("lat") else None,
            lon=float(form["long"]) if form.get("long") else None,
            address=form.get("address_string") or None,
            village=attributes.get(VILLAGE) or form.get("address_id") or None,
            service_class=attributes.get(CLASS) or None,
            media_url=None if media_fault(form) else form.get(MEDIA_URL) or None,
            reporter_name=name or None,
            reporter_phone=form.get("phone") or None,
            reporter_email=form.get("email") or None,
            reporter_account=form.get("account_id") or None,
            reporter_device=form.get("device_id") or None,
            demo=self._demo,
            events=_unknown_attributes(attributes, received_at),
        )

    def check(self, form: Form) -> None:
        """Raises RequestError with everything that is wrong with a form."""
        faults = [*self._service(form), *_position(form), *_lengths(form), *self._attributes(form)]
        if faults:
            raise RequestError(*faults)

    def _service(self, form: Form) -> Iterator[Fault]:
        code = form.get("service_code", "")
        if not code:
            yield Fault(400, "service_code is missing; GET services.json lists them")
        elif code not in self._city.categories:
            yield Fault(404, f"there is no service {code[:64]!r}; GET services.json lists them")

    def _attributes(self, form: Form) -> Iterator[Fault]:
        for name, value in attributes_of(form).items():
            if name == VILLAGE and village_named(value) is None:
                yield Fault(400, f"attribute[{VILLAGE}] is {value[:64]!r}: no village of this city")
            elif name == CLASS and value not in self._city.classes:
                yield Fault(
                    400, f"attribute[{CLASS}] is {value[:64]!r}; right would be {', '.join(self._city.classes)}"
                )


def attributes_of(form: Mapping[str, Any]) -> dict[str, str]:
    """The values of `attribute[CODE]` by code, without empty ones."""
    return {found[1]: value for name, value in form.items() if value and (found := _ATTRIBUTE.fullmatch(name))}


def _unknown_attributes(attributes: Mapping[str, str], at: datetime) -> tuple[RecordEvent, ...]:
    """A note of the attributes that no service has, for those who work on the case; nobody else sees notes."""
    unknown = [(name, value) for name, value in attributes.items() if name not in (VILLAGE, CLASS)]
    lines = [f"{_shortened(name)}: {_shortened(value)}" for name, value in unknown[:ATTRIBUTES_MOST]]
    if len(unknown) > ATTRIBUTES_MOST:
        lines.append(f"… (+{len(unknown) - ATTRIBUTES_MOST})")
    note = RecordEvent(at=at, kind=EventKind.NOTE, actor_kind=ActorKind.CITIZEN, text="\n".join(lines))
    return (note,) if lines else ()


def _shortened(text: str) -> str:
    text = without_html(text)
    return text if len(text) <= ATTRIBUTE_MOST else text[: ATTRIBUTE_MOST - 1] + "…"


def media_fault(form: Mapping[str, Any]) -> str | None:
    """Why a report's media_url is not used, as a key of the locales; None when it is, or there is none."""
    url = str(form.get(MEDIA_URL) or "")
    if len(url) > MEDIA_URL_MOST:
        return "open311.media_too_long"
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if url and not (_WEB.fullmatch(url) and host):
        return "open311.media_no_address"
    return "open311.media_inner" if host and is_inner(host) else None


def _received_at(form: Form, now: datetime) -> datetime:
    return datetime.fromisoformat(form["received_at"]) if "received_at" in form else now


def title_of(text: str) -> str:
    """The first sentence or line, shortened for walls."""
    return title_from(text, TITLE_MOST)


def _position(form: Form) -> Iterator[Fault]:
    lat, lon = form.get("lat", ""), form.get("long", "")
    if not (lat or lon):
        if not (form.get("address_string") or form.get("address_id")):
            yield Fault(400, "the place is missing: lat and long, or address_string, or address_id")
        elif form.get("address_id") and village_named(form["address_id"]) is None:
            yield Fault(400, f"address_id is {form['address_id'][:64]!r}: no village of this city")
        return
    numbers = []
    for name, text, most in (("lat", lat, 90), ("long", lon, 180)):
        if not text:
            yield Fault(400, f"{name} is missing: a position needs both")
            continue
        number = _number(text)
        if number is None or not -most <= number <= most:
            yield Fault(400, f"{name} is {text[:30]!r}; right would be a number from -{most} to {most}")
        numbers.append(number)
    if numbers == [0.0, 0.0]:
        yield Fault(400, "lat and long are 0, 0, which is no position: leave them out when it is not known")


def _number(text: str) -> float | None:
    number = float(text) if len(text) <= NUMBER_MOST and _NUMBER.fullmatch(text) else math.nan
    return number if math.isfinite(number) else None


def _lengths(form: Form) -> Iterator[Fault]:
    for name, most in LENGTHS.items():
        if len(form.get(name, "")) > most:
            yield Fault(400, f"{name} has {len(form[name])} characters; at most {most}")
