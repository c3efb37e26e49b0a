"""Reads the fields of a request: times, positions and addresses. Errors name field, value and what is right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from data.domain.reasons import reason
from data.texts import reason_in
from ingest.pipeline.reading import shortened
from ingest.source import Unreadable
from ingest.tabular.mapping.datetimes import ISO, Moments, NoMoment

Item = Mapping[str, Any]

_NOTHING = frozenset({"", "null", "none", "nil", "nan", "undefined", "true", "false", "-", "n/a"})
"""What servers write for an empty value."""
_LONG = ("long", "lng", "lon", "longitude")
_LAT = ("lat", "latitude")
_LONGEST_ADDRESS = 2000
_NESTED_MOST = 4


def text_of(item: Item, name: str) -> str:
    """A field's text, stripped; "" for an empty one. Numbers become texts; objects and lists count as empty."""
    value = item.get(name)
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value)


def id_of(item: Any) -> str:
    """The request's id; "" when it has none."""
    return text_of(item, "service_request_id") if isinstance(item, dict) else ""


def is_sound(text: str) -> bool:
    """Whether the text has no lone surrogates, which neither the store nor a URL can hold."""
    return text.isascii() or text == text.encode("utf-8", "replace").decode()


class MomentReader:
    """Reads times; those without a zone are in `zone`."""

    def __init__(self, zone: str) -> None:
        self._moments = Moments((ISO, "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S %z"), zone)

    def read(self, item: Item, name: str) -> datetime | None:
        """The time, UTC; None for an empty field. Raises Unreadable."""
        text = text_of(item, name)
        if text.casefold() in _NOTHING or text.startswith("0000-00-00"):
            return None
        try:
            return self._moments.read(text).at
        except NoMoment as wrong:
            raise Unreadable(
                reason("open311.bad_moment", field=name, value=shortened(text), error=reason_in(wrong))
            ) from None

    def read_or_none(self, item: Item, name: str) -> datetime | None:
        """The same, but None for an unreadable field."""
        try:
            return self.read(item, name)
        except Unreadable:
            return None


def position_of(item: Item) -> tuple[float, float] | None:
    """(lat, lon) in degrees; None when there is none, or it is 0,0. Raises Unreadable when it is not a number."""
    lat, lon = _degrees(item, _LAT), _degrees(item, _LONG)
    if lat is None or lon is None or lat == lon == 0:
        return None
    return lat, lon


def _degrees(item: Item, names: tuple[str, ...]) -> float | None:
    plain = item.get(names[0])
    if type(plain) is float and math.isfinite(plain):
        return plain
    name = next((name for name in names if text_of(item, name)), names[0])
    text = text_of(item, name)
    if text.casefold() in _NOTHING - {"nan"}:
        return None
    try:
        degrees = float(text.replace(",", ".") if "." not in text else text)
    except ValueError:
        degrees = math.nan
    if math.isfinite(degrees):
        return degrees
    raise Unreadable(reason("open311.not_degrees", field=name, value=shortened(text)))


def media_of(item: Item) -> str | None:
    """The first http(s) URL in `media_url`, which may be a text, a list or an object."""
    found = (text.strip() for text in _texts(item.get("media_url"), _NESTED_MOST))
    return next((url for url in found if _is_address(url)), None)


def _is_address(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and len(url) <= _LONGEST_ADDRESS and " " not in url


def _texts(value: object, left: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict) and left:
        for each in value if isinstance(value, list) else value.values():
            yield from _texts(each, left - 1)
