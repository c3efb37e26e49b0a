"""Reads a request of an Open311 server as a Record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from data.domain.reasons import decode_reason, reason
from data.reference.places.villages import code_digits, village_named
from data.texts import LANGUAGES, texts
from ingest.pipeline.reading import shortened
from ingest.source import Raw, Record, RecordEvent, Unreadable, title_from
from ingest.sources.open311.fields import MomentReader, id_of, is_sound, media_of, position_of, text_of
from ingest.sources.open311.services import Services
from ingest.sources.open311.statuses import KnownStatus, StatusContext, event_of, status_events
from ingest.tabular.mapping.columns import fold

KNOWN, UPDATES, FAULT = "_known", "_updates", "_fault"
"""Keys that we add to a payload: the known status of the case, its updates, and the reason when it is unreadable."""
OURS = (KNOWN, UPDATES, FAULT)
DEMO = "DEMO"
"""The `service_notice` by which a server like ours marks demo requests."""

_UNVERIFIED = frozenset(fold(texts(lang)("open311.status.received")) for lang in LANGUAGES)
"""How a server like ours calls a report that nobody has dispatched."""
_TITLE_MOST, _TEXT_MOST, _ADDRESS_MOST = 80, 4000, 500


class RequestReader:
    """Reads requests."""

    def __init__(self, services: Services, when: MomentReader) -> None:
        self._services, self._when = services, when

    def read(self, raw: Raw, now: datetime) -> Record:
        """Raises Unreadable."""
        item = raw.payload
        if FAULT in item:
            raise Unreadable(decode_reason(str(item[FAULT])))
        external_id = id_of(item)
        if not external_id:
            raise Unreadable(reason("open311.no_id"))
        received = self._when.read(item, "requested_datetime")
        if received is None:
            raise Unreadable(reason("open311.no_received"))
        updated = self._when.read(item, "updated_datetime")
        updated = None if updated is not None and updated < received else updated
        promised = self._when.read_or_none(item, "expected_datetime")
        name, text = text_of(item, "service_name"), text_of(item, "description")
        lat, lon = position_of(item) or (None, None)
        return Record(
            external_id=external_id,
            received_at=received,
            category=self._services.category(text_of(item, "service_code"), name),
            title=title_from(text, _TITLE_MOST) or name[:_TITLE_MOST],
            text=_cut(text, _TEXT_MOST),
            lat=lat,
            lon=lon,
            address=_cut(text_of(item, "address") or text_of(item, "address_string"), _ADDRESS_MOST) or None,
            village=_village(text_of(item, "address_id")),
            agency=self._agency(item),
            media_url=media_of(item),
            demo=text_of(item, "service_notice") == DEMO,
            updated_at=updated,
            promised_at=promised if promised is not None and promised >= received else None,
            events=self._events(item, (received, updated), now),
        )

    def _agency(self, item: Mapping[str, Any]) -> str | None:
        """None also for a report that a server like ours has not verified: it names the agency that is to get it."""
        if fold(text_of(item, "status_notes")) in _UNVERIFIED:
            return None
        return self._services.agency(text_of(item, "agency_responsible"))

    def _events(
        self, item: Mapping[str, Any], moments: tuple[datetime, datetime | None], now: datetime
    ) -> tuple[RecordEvent, ...]:
        received, updated = moments
        known, updates = item.get(KNOWN), item.get(UPDATES)
        updates = [] if not updates else _updates(updates)
        status, notes = text_of(item, "status"), _cut(text_of(item, "status_notes"), _TEXT_MOST)
        if not status:
            raise Unreadable(reason("open311.no_status"))
        before = KnownStatus(*known) if known else KnownStatus()
        return (*updates, *status_events(status, notes, updated, now, StatusContext(before, updates, received)))


def update_of(item: Mapping[str, Any], when: MomentReader) -> dict[str, str]:
    """An update in the form that is added to the request's payload: id, at (ISO), status, text. Raises Unreadable."""
    at = when.read(item, "updated_datetime")
    if at is None:
        raise Unreadable(reason("open311.update_without_time"))
    if not id_of(item):
        raise Unreadable(reason("open311.update_without_request", update=shortened(text_of(item, "update_id"))))
    if not is_sound(id_of(item)):
        raise Unreadable(reason("open311.broken_characters", value=shortened(id_of(item))))
    text = text_of(item, "description")
    return {"id": text_of(item, "update_id"), "at": at.isoformat(), "status": text_of(item, "status"), "text": text}


def _updates(updates: list[dict[str, str]]) -> list[RecordEvent]:
    """The updates as events, in order of time."""
    events = (event_of(datetime.fromisoformat(one["at"]), one["status"], one["text"]) for one in updates)
    return sorted((event for event in events if event is not None), key=lambda event: event.at)


def _village(address_id: str) -> str | None:
    """The village, when the address id is a village code of either numbering; other servers use other ids."""
    village = village_named(address_id) if code_digits(address_id) is not None else None
    return None if village is None else village.code


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
