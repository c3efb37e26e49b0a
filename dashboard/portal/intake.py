"""The citizens' form as a source: what was sent becomes a Record."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dashboard.config.load import PORTAL
from dashboard.portal.form import GPS
from data.domain.cases.model import ActorKind, EventKind
from data.domain.city.model import City
from data.domain.reasons import encode_reason, reason
from data.reference.places.villages import village_named
from data.store.citizens.on_behalf import IN_PERSON, NONE
from ingest.pipeline.drafting.placing import place_named
from ingest.source import Delivery, Raw, Record, RecordEvent, title_from

NAME = PORTAL
TITLE_MOST = 90


class PortalIntake:
    """Implements `ingest.source.Source`; its records are sent by citizens, not fetched."""

    name = NAME
    every_s = math.inf

    def __init__(self, city: City, *, demo: bool = False) -> None:
        """`demo`: reports are marked as invented, like the others."""
        self._city, self._demo = city, demo

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Nothing."""
        return iter(())

    def read(self, raw: Raw, now: datetime) -> Record:
        """The record of a form without faults (see `portal.form`)."""
        told = raw.payload
        received_at = datetime.fromisoformat(told["received_at"]) if "received_at" in told else now
        category, text = self._city.categories[told["category"]], told.get("text", "")
        record = Record(
            external_id=raw.external_id,
            received_at=received_at,
            category=category.code,
            title=title_from(text, TITLE_MOST) or category.name["id"],
            text=text,
            lat=told.get("lat"),
            lon=told.get("lon"),
            address=_address(told),
            village=told.get("village") or None,
            private=bool(told.get("secret")),
            reporter_name=told.get("name") or None,
            reporter_phone=told.get("phone") or None,
            reporter_email=told.get("email") or None,
            reporter_device=told.get("device") or None,
            reporter_lang=told.get("lang") if told.get("news") else None,
            reporter_anonymous=bool(told.get("anonymous")),
            demo=self._demo,
            events=(_how_placed(told, received_at), *_on_behalf(told, received_at)),
        )
        return record if _is_placed(record) else _with_landmark_as_text(record, told)


def _address(told: Mapping[str, Any]) -> str | None:
    numbers = " ".join(f"{name.upper()} {told[name]}" for name in ("rt", "rw") if told.get(name))
    return ", ".join(part for part in (numbers, told.get("landmark")) if part) or None


def _is_placed(record: Record) -> bool:
    """Whether the landmark does not speak against the village that was chosen from the list."""
    village = village_named(record.village) if record.village else None
    return record.lat is not None or village is None or place_named(record).village == village.code


def _with_landmark_as_text(record: Record, told: Mapping[str, Any]) -> Record:
    """The village that was chosen counts; a landmark with another village's name is read by people."""
    text = "\n".join(part for part in (record.text, told.get("landmark")) if part)
    address = _address({**told, "landmark": ""})
    return record.model_copy(update={"address": address, "text": text[:4000]})


def _how_placed(told: Mapping[str, Any], at: datetime) -> RecordEvent:
    """A note for those who work on the case."""
    origin = told.get("origin", "village")
    how = reason("placed.gps", accuracy=told.get("accuracy", 0)) if origin == GPS else reason(f"placed.{origin}")
    return RecordEvent(
        at=at, kind=EventKind.NOTE, actor_kind=ActorKind.CITIZEN, reason="placed", text=encode_reason(how)
    )


def _on_behalf(told: Mapping[str, Any], at: datetime) -> tuple[RecordEvent, ...]:
    """A note of who entered it for the citizen, and how."""
    if not told.get("entered_by"):
        return ()
    said = reason(
        "on_behalf.entered",
        channel=reason(f"on_behalf.channel.{told.get('channel') or IN_PERSON}"),
        phone=reason(f"on_behalf.phone.{told.get('phone_of') or NONE}"),
        consent=reason("on_behalf.agreed" if told.get("consent") else "on_behalf.not_asked"),
    )
    text, actor = encode_reason(said), str(told["entered_by"])
    return (RecordEvent(at=at, kind=EventKind.NOTE, actor=actor, reason="on_behalf", text=text),)
