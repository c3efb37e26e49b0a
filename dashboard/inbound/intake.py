"""A gateway's messages as a source: one becomes a Record. Whoever tells no place is asked for it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from data.domain.cases.citizen_messages import ASKED_PLACE
from data.domain.cases.model import EventKind
from data.domain.city.model import City
from data.domain.reasons import reason
from ingest.photos.fetching import GATEWAY
from ingest.pipeline.drafting.placing import place_named
from ingest.source import OTHER, Delivery, Raw, Record, RecordEvent, Unreadable, title_from

TITLE_MOST = 90


class MessageIntake:
    """Implements `ingest.source.Source`; its records are sent by a gateway, not fetched."""

    every_s = math.inf

    def __init__(self, name: str, city: City, *, demo: bool = False) -> None:
        """`name`: the gateway's in config.yaml."""
        self.name = name
        self._city, self._demo = city, demo

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Nothing."""
        return iter(())

    def read(self, raw: Raw, now: datetime) -> Record:
        """The record of a message (`reading.payload_of`). Raises Unreadable."""
        told = raw.payload
        if told.get("unknown"):
            raise Unreadable(reason("inbound.unknown_type", kind=str(told["unknown"])))
        if not told.get("sender"):
            raise Unreadable(reason("inbound.no_sender"))
        if not (told.get("text") or told.get("media") or told.get("lat")):
            raise Unreadable(reason("inbound.empty"))
        received_at = datetime.fromisoformat(told["received_at"]) if "received_at" in told else now
        text = str(told.get("text", ""))
        record = Record(
            external_id=raw.external_id,
            received_at=received_at,
            category=OTHER,
            title=title_from(text, TITLE_MOST) or self._city.categories[OTHER].name["id"],
            text=text,
            lat=told.get("lat"),
            lon=told.get("lon"),
            village=told.get("village") or None,
            media_url=next((f"{GATEWAY}{self.name}:{url}" for url in told.get("media", ())), None),
            reporter_name=told.get("name") or None,
            reporter_phone=told["sender"],
            reporter_lang=told.get("lang") or None,
            demo=self._demo,
        )
        return record.model_copy(update={"events": _question(record, told, received_at)})


def _question(record: Record, told: Any, at: datetime) -> tuple[RecordEvent, ...]:
    """Where no place is told, and the sender can be asked."""
    is_placed = record.lat is not None or place_named(record).village is not None
    if is_placed or not told.get("lang"):
        return ()
    return (RecordEvent(at=at, kind=EventKind.NOTE, reason=ASKED_PLACE),)
