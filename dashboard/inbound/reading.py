"""What gateways send, read into messages: our own JSON (Standard Webhooks), Meta's, Twilio's form."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from dashboard.api.open311.form import without_html
from ingest.sources.feed.body import parse_json

META_MEDIA = "https://graph.facebook.com/v21.0/"
"""Where the address of a picture is asked for; Meta sends its id only."""
MEDIA_MOST, TEXT_MOST = 5, 4000
_PHONE = re.compile(r"\+?\d{6,20}", re.ASCII)
_BETWEEN = re.compile(r"[\s().-]+")
_META_ID = re.compile(r"\d{1,40}", re.ASCII)
RECEIVED = "message.received"


class NotUnderstood(ValueError):
    """A body that is none of this gateway's; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A citizen's message."""

    id: str
    sender: str
    """A telephone number; empty when it is none."""
    text: str = ""
    lat: float | None = None
    lon: float | None = None
    media: tuple[str, ...] = ()
    """Addresses of pictures."""
    name: str = ""
    unknown: str = ""
    """The type of a message that cannot be read, such as audio."""


def read_standard(body: bytes, message_id: str) -> list[InboundMessage]:
    """One message: {"type": "message.received", "data": {"from", "text", "lat", "lon", "media", "name", "id"}}."""
    told = _object(parse_json(body))
    data = _object(told.get("data"))
    kind = _text(told.get("type"), 40)
    media = data.get("media")
    message = InboundMessage(
        id=_text(data.get("id"), 200) or message_id,
        sender=phone(_text(data.get("from"), 60)),
        text=_words(data.get("text")),
        lat=_number(data.get("lat"), 90),
        lon=_number(data.get("lon"), 180),
        media=tuple(_text(each, 2000) for each in media[:MEDIA_MOST]) if isinstance(media, list) else (),
        name=_text(data.get("name"), 100),
        unknown="" if kind == RECEIVED else kind or "?",
    )
    return [message]


def read_meta(body: bytes, message_id: str) -> list[InboundMessage]:
    """All messages of `entry[].changes[].value`; what tells of our own messages is left out."""
    found: list[InboundMessage] = []
    for entry in _list(_object(parse_json(body)).get("entry")):
        for change in _list(_object(entry).get("changes")):
            value = _object(_object(change).get("value"))
            contacts = [_object(each) for each in _list(value.get("contacts"))]
            names = {_text(each.get("wa_id"), 60): _object(each.get("profile")).get("name") for each in contacts}
            found += [_of_meta(_object(each), names) for each in _list(value.get("messages"))]
    return found


def _of_meta(told: Mapping[str, Any], names: Mapping[str, Any]) -> InboundMessage:
    kind, sender = _text(told.get("type"), 40), _text(told.get("from"), 60)
    plain = InboundMessage(_text(told.get("id"), 200), phone(sender), name=_text(names.get(sender), 100))
    known = {"text": _meta_text, "image": _meta_image, "location": _meta_location}.get(kind)
    values = {"unknown": kind or "?"} if known is None else known(_object(told.get(kind)))
    return InboundMessage(**{name: getattr(plain, name) for name in ("id", "sender", "name")}, **values)


def _meta_text(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": _words(told.get("body"))}


def _meta_image(told: Mapping[str, Any]) -> dict[str, Any]:
    media_id = _text(told.get("id"), 60)
    media = (META_MEDIA + media_id,) if _META_ID.fullmatch(media_id) else ()
    return {"text": _words(told.get("caption")), "media": media}


def _meta_location(told: Mapping[str, Any]) -> dict[str, Any]:
    words = " ".join(part for part in (_words(told.get("name")), _words(told.get("address"))) if part)
    return {"text": words, "lat": _number(told.get("latitude"), 90), "lon": _number(told.get("longitude"), 180)}


def read_twilio(body: bytes, message_id: str) -> list[InboundMessage]:
    """One message."""
    form = form_of(body)
    pictures = (form.get(f"MediaUrl{n}", "") for n in range(MEDIA_MOST))
    message = InboundMessage(
        id=form.get("MessageSid", "")[:200],
        sender=phone(form.get("From", "")),
        text=_words(form.get("Body")),
        lat=_number(form.get("Latitude"), 90),
        lon=_number(form.get("Longitude"), 180),
        media=tuple(each[:2000] for each in pictures if each),
        name=_text(form.get("ProfileName"), 100),
    )
    return [message]


def form_of(body: bytes) -> dict[str, str]:
    """The fields of a form, of each the last value. Raises NotUnderstood."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=200)
    except ValueError:
        raise NotUnderstood("the body is no form") from None
    return dict(pairs)


READERS: Mapping[str, Callable[[bytes, str], list[InboundMessage]]] = {
    "standard": read_standard,
    "meta": read_meta,
    "twilio": read_twilio,
}
"""By kind of gateway: from the body and the id that the headers give. They raise InvalidJson, NotUnderstood."""


def phone(text: str) -> str:
    """A number without what stands between its digits; empty when it is none."""
    plain = _BETWEEN.sub("", text.removeprefix("whatsapp:").strip())
    return plain if _PHONE.fullmatch(plain) else ""


def payload_of(message: InboundMessage) -> Iterator[tuple[str, Any]]:
    """What is kept of it, to be read as a report."""
    for name in ("sender", "text", "lat", "lon", "media", "name", "unknown"):
        value = getattr(message, name)
        if value not in ("", None, ()):
            yield name, list(value) if isinstance(value, tuple) else value


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any, most: int) -> str:
    """A text without lone surrogates, which no store keeps."""
    text = value if isinstance(value, str) else json.dumps(value) if isinstance(value, int) else ""
    return text.encode("utf-8", "replace").decode().replace("\0", "").strip()[:most]


def _words(value: Any) -> str:
    return without_html(_text(value, 2 * TEXT_MOST))[:TEXT_MOST].strip()


def _number(value: Any, most: float) -> float | None:
    try:
        number = float(value) if isinstance(value, str | int | float) and len(str(value)) < 40 else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= most else None
