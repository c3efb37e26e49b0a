"""How the Open311 server takes a report."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import Response, request

from dashboard.api.faults import Fault, RequestError
from dashboard.api.open311.csv_export import CsvDownloads
from dashboard.api.open311.form import Media, read_form, read_media
from dashboard.api.open311.formats import answer
from dashboard.api.open311.intake import NAME, Open311Intake, media_fault
from dashboard.api.open311.representation import LANG
from dashboard.api.rate_limits import Open311Access
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
SAVE_EVERY_S = 4.0
"""How often the health of the intake is saved."""
StorePhoto = Callable[[str, bytes], str | None]
"""Stores a photo of the case with this code; returns why not, when it is no photo. The same content is stored once.
Called after the report is committed."""
PhotoPosition = Callable[[bytes], tuple[float, float] | None]
"""Latitude and longitude in a photo's metadata; None without them, and for content that is no photo."""


class IntakeHealth:
    """The health of an intake of our own (Open311, the citizens' form), which is a source like any other.

    Reports are counted in memory and saved every few seconds: a POST writes one row less.
    """

    def __init__(self, engine: Engine, also: Callable[[datetime], None] | None = None, *, source: str = NAME) -> None:
        """`also`: what else is saved at the same time."""
        self._engine, self._also, self._source = engine, also, source
        self._lock = threading.Lock()
        self._count = 0
        self._newest: datetime | None = None

    def count_report(self, now: datetime) -> None:
        """Call it after a report was stored."""
        with self._lock:
            self._count += 1
            self._newest = now

    def save(self, now: datetime) -> None:
        """Save that the intake works, and how many reports came. Raises StoreDown; then no count is lost."""
        with self._lock:
            count, newest = self._count, self._newest
        with writing(self._engine) as conn:
            succeeded(conn, self._source, now, records=count, newest=newest if count else None)
            hours.count(conn, self._source, now, delivered=count, fetches=1)
        with self._lock:
            self._count -= count
        if self._also is not None:
            self._also(now)


@dataclass(frozen=True, slots=True)
class Open311Service:
    """What the routes need."""

    engine: Engine
    access: Open311Access
    pipeline: Pipeline
    config: Config
    intake: Open311Intake
    downloads: CsvDownloads
    report_stored: Callable[[datetime], None]
    """Called after every stored report."""
    store_photo: StorePhoto | None = None
    photo_position: PhotoPosition | None = None

    def post(self) -> Response:
        """POST requests: stored, committed, then answered. A key in the query is judged before the body is read."""
        now, key = clock.now(), request.args.get("api_key", "")
        client = self.access.authorize(key, request, now) if key else None
        form = read_form(request)
        client = client or self.access.authorize(form.get("api_key", ""), request, now)
        media = read_media(request)
        form = form | self._position_from(media, form)
        self.intake.check(form)
        external_id = _external_id(client.name)
        payload = {name: value for name, value in form.items() if name != "api_key"}
        payload["received_at"] = now.isoformat()
        outcome = self._store(Raw(external_id, payload), now)
        metrics.POSTS.labels(outcome.kind).inc()
        if outcome.code is None:
            raise RequestError(Fault(400, texts(LANG).stored_sentence(outcome.reason)))
        self._count(outcome, client.name, now)
        notice = _notice([self._store_media(outcome.code, each) for each in media], media_fault(form))
        account = form.get("account_id") or None
        given = {"service_request_id": outcome.code, "service_notice": notice, "account_id": account}
        return answer("service_requests", [given])

    def _store(self, raw: Raw, now: datetime) -> Outcome:
        """A repeated POST changes nothing, whatever it says now. Raises StoreDown."""
        prepared = self.pipeline.prepare(self.intake, raw, now)
        return self.pipeline.write(self.intake.name, raw, prepared, now, once="Idempotency-Key" in request.headers)

    def _count(self, outcome: Outcome, client: str, now: datetime) -> None:
        if count_new([outcome]):
            self.report_stored(now)
            self.access.quotas.count(client, now)

    def _position_from(self, media: list[Media], form: dict[str, str]) -> dict[str, str]:
        """The position of the first photo that has one, when the form names no place."""
        if self.photo_position is None or any(
            form.get(name) for name in ("lat", "long", "address_string", "address_id")
        ):
            return {}
        places = (self.photo_position(each.content) for each in media)
        found = next((place for place in places if place is not None), None)
        return {} if found is None else {"lat": repr(found[0]), "long": repr(found[1])}

    def _store_media(self, code: str, media: Media) -> str | None:
        """Why it was not stored; None when it was."""
        if self.store_photo is None:
            return None
        try:
            return self.store_photo(code, media.content)
        except (StoreDown, OSError) as error:
            log.error("photo lost", case=code, reason=str(error))
            return texts(LANG)("open311.store_busy")


def _notice(reasons: list[str | None], address_fault: str | None) -> str:
    """The answer to the reporter, with why a photo was not stored; one reason or None for each photo of the report.

    address_fault: why media_url is not used, as a key of the locales.
    """
    say, many = texts(LANG), len(reasons) > 1
    names = [say("open311.photo_number", n=n + 1) if many else say("open311.photo") for n in range(len(reasons))]
    lost = [say("open311.photo_lost", photo=name, why=why) for name, why in zip(names, reasons, strict=True) if why]
    unused = [say("open311.media_unused", why=say(address_fault))] if address_fault else []
    return " ".join([say("open311.notice"), *lost, *unused])


def _external_id(client: str) -> str:
    """The same for the same Idempotency-Key of a client, so that a repeated POST is stored once."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        return uuid.uuid4().hex
    if len(given) > IDEMPOTENCY_MOST or not given.isprintable():
        raise RequestError(Fault(400, f"Idempotency-Key: at most {IDEMPOTENCY_MOST} printable characters"))
    return f"{client}:{given}"
