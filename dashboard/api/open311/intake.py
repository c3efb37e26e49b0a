"""The Open311 server as a source: a POST becomes a Record."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dashboard.api.faults import Fault, RequestError
from dashboard.api.open311.form import without_html
from data.domain.city.model import City
from data.reference.places.villages import village_named
from ingest.source import Delivery, Raw, Record, title_from

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
    "media_url": 2000,
    "description": DESCRIPTION_MOST,
}
VILLAGE, CLASS = "village", "service_class"
"""Attributes of every service: the village, for reports without a position; the SP4N class."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
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
        attributes = attributes_of(form)
        text = without_html(form.get("description", ""))
        name = " ".join(part for part in (form.get("first_name"), form.get("last_name")) if part)
        return Record(
            external_id=raw.external_id,
            received_at=datetime.fromisoformat(form["received_at"]) if "received_at" in form else now,
            category=category.code,
            title=title_of(text) or category.name["id"],
            text=text,
            lat=float(form["lat"]) if form.get("lat") else None,
            lon=float(form["long"]) if form.get("long") else None,
            address=form.get("address_string") or None,
            village=attributes.get(VILLAGE) or form.get("address_id") or None,
            service_class=attributes.get(CLASS) or None,
            media_url=form.get("media_url") or None,
            reporter_name=name or None,
            reporter_phone=form.get("phone") or None,
            reporter_email=form.get("email") or None,
            reporter_account=form.get("account_id") or None,
            reporter_device=form.get("device_id") or None,
            demo=self._demo,
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
            if name not in {VILLAGE, CLASS}:
                yield Fault(400, f"attribute[{name[:64]}] is unknown; GET services/CODE.json lists them")
            elif name == VILLAGE and value and village_named(value) is None:
                yield Fault(400, f"attribute[{VILLAGE}] is {value[:64]!r}: no village of this city")
            elif name == CLASS and value and value not in self._city.classes:
                yield Fault(
                    400, f"attribute[{CLASS}] is {value[:64]!r}; right would be {', '.join(self._city.classes)}"
                )


def attributes_of(form: Mapping[str, Any]) -> dict[str, str]:
    """The values of `attribute[CODE]` by code."""
    return {found[1]: value for name, value in form.items() if (found := _ATTRIBUTE.fullmatch(name))}


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
    url = form.get("media_url", "")
    if url and not re.match(r"https?://[^\s/]", url):
        yield Fault(400, "media_url is no address; right would be https://...")
