"""What the Open311 server works with, and how it takes a report."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import Response, request

from dashboard.api.faults import Fault, Faulty
from dashboard.api.open311.csv_export import Downloads
from dashboard.api.open311.form import Media, read_form, read_media
from dashboard.api.open311.formats import answer
from dashboard.api.open311.intake import NAME, Door
from dashboard.api.rate_limits import Gate
from dashboard.config.load import Config
from dashboard.observability import metrics
from data import clock
from data.store.db.engine import Engine, StoreDown, writing
from data.store.intake import hours
from data.store.intake.sources import succeeded
from data.texts import texts
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Outcome, Raw, count_new

log = structlog.get_logger(__name__)
IDEMPOTENCY_MOST = 99
BEAT_S = 10.0
"""Seconds between two times that the intake's health is written down."""
NOTICE = "Simpan nomor ini untuk menanyakan perkembangannya."
NOT_NOW = "server sedang tidak dapat menyimpannya"
Photos = Callable[[str, bytes], str | None]
"""Keeps a photo of the case with this code, or the reason why it is none, which it gives; by its content, so that the
same twice is there once. It is told after the report is committed, and must not undo that."""
PhotoPlace = Callable[[bytes], tuple[float, float] | None]
"""Latitude and longitude that a photo says it was taken at; None for none, and for what is no photo."""


class Arrivals:
    """The health of the Open311 intake, a source like any other.

    Reports are counted as they come and written down every few seconds: one row less in every POST.
    """

    def __init__(self, engine: Engine, also: Callable[[datetime], None] | None = None) -> None:
        """`also`: what else is written down at every beat."""
        self._engine, self._also = engine, also
        self._guard = threading.Lock()
        self._count = 0
        self._newest: datetime | None = None

    def note(self, now: datetime) -> None:
        """A report was stored."""
        with self._guard:
            self._count += 1
            self._newest = now

    def beat(self, now: datetime) -> None:
        """Write down that the door is open, and what came through it. Raises StoreDown; then nothing is forgotten."""
        with self._guard:
            count, newest = self._count, self._newest
        with writing(self._engine) as conn:
            succeeded(conn, NAME, now, records=count, newest=newest if count else None)
            hours.count(conn, NAME, now, delivered=count, fetches=1)
        with self._guard:
            self._count -= count
        if self._also is not None:
            self._also(now)


@dataclass(frozen=True, slots=True)
class Server:
    """What the routes work with."""

    engine: Engine
    gate: Gate
    pipeline: Pipeline
    config: Config
    door: Door
    downloads: Downloads
    posted: Callable[[datetime], None]
    """Told of every report that was stored."""
    photos: Photos | None = None
    photo_place: PhotoPlace | None = None

    def post(self) -> Response:
        """POST requests: stored, committed, then answered."""
        now = clock.now()
        form = read_form(request)
        client = self.gate.admit(form.get("api_key") or request.args.get("api_key", ""), request, now)
        media = read_media(request)
        form = form | self._place_of(media, form)
        self.door.check(form)
        external_id = _external_id(client.name)
        payload = {name: value for name, value in form.items() if name != "api_key"}
        payload["received_at"] = now.isoformat()
        outcome = self._take(Raw(external_id, payload), now)
        metrics.POSTS.labels(outcome.kind).inc()
        if outcome.code is None:
            raise Faulty(Fault(400, texts("id").stored_sentence(outcome.reason)))
        self._count(outcome, client.name, now)
        notice = _notice([self._keep(outcome.code, each) for each in media])
        account = form.get("account_id") or None
        given = {"service_request_id": outcome.code, "service_notice": notice, "account_id": account}
        return answer("service_requests", [given])

    def _take(self, raw: Raw, now: datetime) -> Outcome:
        """Of a POST that is tried again the case stays as it was first told, whatever it says now. Raises StoreDown."""
        prepared = self.pipeline.prepare(self.door, raw, now)
        return self.pipeline.write(self.door.name, raw, prepared, now, once="Idempotency-Key" in request.headers)

    def _count(self, outcome: Outcome, client: str, now: datetime) -> None:
        if count_new([outcome]):
            self.posted(now)
            self.gate.quotas.count(client, now)

    def _place_of(self, media: list[Media], form: dict[str, str]) -> dict[str, str]:
        """The position that the first photo knows, when the form names no place at all."""
        if self.photo_place is None or any(form.get(name) for name in ("lat", "long", "address_string", "address_id")):
            return {}
        places = (self.photo_place(each.content) for each in media)
        found = next((place for place in places if place is not None), None)
        return {} if found is None else {"lat": repr(found[0]), "long": repr(found[1])}

    def _keep(self, code: str, media: Media) -> str | None:
        """Why it was not kept, when it was not."""
        if self.photos is None:
            return None
        try:
            return self.photos(code, media.content)
        except (StoreDown, OSError) as error:
            log.error("photo lost", case=code, reason=str(error))
            return NOT_NOW


def _notice(reasons: list[str | None]) -> str:
    """What is said to whoever reported, with why a photo was not kept; one reason or None for each that he brought."""
    names = [f"Foto ke-{n}" for n in range(1, len(reasons) + 1)] if len(reasons) > 1 else ["Foto"]
    lost = [f"{name} tidak disimpan: {why}." for name, why in zip(names, reasons, strict=False) if why]
    return " ".join([NOTICE, *lost])


def _external_id(client: str) -> str:
    """The same for the same Idempotency-Key of the same client: a POST tried again is answered again, stored once."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        return uuid.uuid4().hex
    if len(given) > IDEMPOTENCY_MOST or not given.isprintable():
        raise Faulty(Fault(400, f"Idempotency-Key: at most {IDEMPOTENCY_MOST} printable characters"))
    return f"{client}:{given}"
