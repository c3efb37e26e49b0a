"""Takes citizens' reports: drafts between the pages, limits, and the sending in one transaction."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from dashboard.api.rate_limits import RateLimit
from dashboard.config.load import Config
from dashboard.portal.draft_photos import DraftPhotos
from dashboard.portal.intake import NAME, PortalIntake
from data.domain.cases.tracking_code import BITS, code_of
from data.store.cases import photos
from data.store.cases.photos import StoredPhoto
from data.store.citizens import drafts, on_behalf, tracking
from data.store.citizens.drafts import Draft
from data.store.citizens.on_behalf import IN_PERSON, NONE, OnBehalf
from data.store.db.engine import Connection, reading, writing
from ingest.photos.sanitizing import SanitizedPhoto, sanitize_photo
from ingest.photos.storage import PhotoStorage
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Outcome, Raw, count_new

YOUNGEST = timedelta(seconds=3)
"""Nobody fills in a form faster."""
AT_ONCE, QUEUE = 2, 4
"""Photos that are drawn again at the same time, and those that wait for it; walls and desk keep the other threads."""
WAIT_S = 20.0


BEGUN_BY, BEFORE = "begun_by", "before"
"""In a draft: the device that began it, and the key that it had first."""


class Refused(Exception):
    """The report is not taken now: `portal.refused.CODE` says why."""

    def __init__(self, code: str, wait_s: int = 0) -> None:
        super().__init__(code)
        self.code, self.wait_s = code, wait_s


@dataclass(frozen=True, slots=True)
class Officer:
    """Who enters reports for others."""

    user_id: int
    name: str
    villages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: what is known of a browser without an account."""

    device: str
    address: str
    lang: str
    officer: Officer | None = None
    """Who enters it for somebody else."""


class Portal:
    """One for all pages. Thread-safe."""

    def __init__(
        self,
        config: Config,
        pipeline: Pipeline,
        rate_limit: RateLimit,
        places: tuple[DraftPhotos, PhotoStorage],
        report_stored: Callable[[datetime], None],
    ) -> None:
        """`places`: of photos before and after the sending."""
        self._settings, self._pipeline, self._rate_limit = config.portal, pipeline, rate_limit
        self.photos, self._gallery = places
        self._report_stored = report_stored
        self._intake = PortalIntake(config.city, demo=config.demo)
        self._drawing, self._inside = threading.Semaphore(AT_ONCE), threading.Semaphore(AT_ONCE + QUEUE)

    def draft(self, key: str, now: datetime) -> Draft | None:
        """The form of this browser; None when there is none, or it is too old."""
        with reading(self._pipeline.engine) as conn:
            return drafts.of_key(conn, key, now)

    def save(self, form: Draft, values: Mapping[str, Any]) -> Draft:
        """The form with a page filled in."""
        form = replace(form, content={**form.content, **values})
        with writing(self._pipeline.engine) as conn:
            drafts.save(conn, form)
        return form

    def renamed(self, form: Draft, secret: bytes) -> Draft:
        """The form under another key, once, for what is entered from now on: who gave this browser the first one does
        not read it. That one stays as it was, until this is sent, for a browser that never got the answer.
        """
        if BEFORE in form.content:
            return form
        key = str(UUID(hmac.new(secret, b"draft\0" + form.key.encode(), sha256).hexdigest()[:32]))
        photo = self.photos.get(form.key) if form.content.get("photo") else None
        if photo is not None:
            self.photos.put(key, photo)
        return Draft(key, form.at, {**form.content, BEFORE: form.key})

    def discard(self, form: Draft) -> None:
        """Forget a form that is not wanted any more."""
        with writing(self._pipeline.engine) as conn:
            _forget(conn, form)
        self._forget_photos(form)

    def _forget_photos(self, form: Draft) -> None:
        for key in _keys(form):
            self.photos.remove(key)

    def begin(self, sender: Sender, now: datetime) -> None:
        """Count a form that is begun. Raises Refused."""
        self.limit("portal_begun", sender.address, 2 * self._settings.per_address, now)

    def check_photo(self, content: bytes) -> SanitizedPhoto:
        """The harmless copy. Raises InvalidPhoto, and Refused while many others send photos."""
        with self._turn():
            return sanitize_photo(content)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._inside.acquire(blocking=False):
            raise Refused("busy", wait_s=10)
        try:
            if not self._drawing.acquire(timeout=WAIT_S):
                raise Refused("busy", wait_s=10)
            try:
                yield
            finally:
                self._drawing.release()
        finally:
            self._inside.release()

    def known(self, key: str) -> str | None:
        """The tracking code of the report with this key, when it was sent already."""
        with reading(self._pipeline.engine) as conn:
            return tracking.code_of_report(conn, NAME, key)

    def send(self, form: Draft, sender: Sender, now: datetime) -> str:
        """Store the report with its photo; its tracking code. The same form again is the same report.

        Raises Refused, StoreDown, OSError.
        """
        sent_before = self.known(form.key)
        if sent_before is not None:
            return sent_before
        if now - form.at < YOUNGEST:
            raise Refused("too_fast", wait_s=int(YOUNGEST.total_seconds()))
        if sender.officer is None:
            self.limit("portal_device", sender.device, self._settings.per_device, now)
        else:
            self.limit("portal_officer", str(sender.officer.user_id), self._settings.per_officer, now)
        self.limit("portal_address", sender.address, self._settings.per_address, now)
        kept = self._keep_photo(form)
        outcome = self._write(form, sender, kept, now)
        if outcome.case_id is None:
            raise Refused("unreadable")
        if count_new([outcome]):
            self._report_stored(now)
        self._forget_photos(form)
        code = self.known(form.key)
        assert code is not None
        return code

    def _keep_photo(self, form: Draft) -> StoredPhoto | None:
        found = self.photos.get(form.key) if form.content.get("photo") else None
        return None if found is None else self._gallery.put(found)

    def _write(self, form: Draft, sender: Sender, kept: StoredPhoto | None, now: datetime) -> Outcome:
        """The case, its photo, its code and the end of the draft, in one transaction."""
        code = code_of(secrets.randbits(BITS))
        told = {name: value for name, value in form.content.items() if name not in (BEGUN_BY, BEFORE)}
        told |= {"lang": sender.lang, "received_at": now.isoformat()}
        entered = _entered(form, sender)
        told |= {"device": sender.device} if entered is None else {"entered_by": entered.entered_by}
        raw = Raw(form.key, told)

        def also(conn: Connection, outcome: Outcome) -> None:
            assert outcome.case_id is not None
            assert outcome.code is not None
            tracking.add(conn, outcome.case_id, code)
            if entered is not None:
                on_behalf.add(conn, outcome.case_id, entered, now)
            if kept is not None:
                photos.add_received(conn, outcome.code, kept, now)
            _forget(conn, form)

        prepared = self._pipeline.prepare(self._intake, raw, now)
        return self._pipeline.write(NAME, raw, prepared, now, once=True, also=also)

    def may_look_up(self, address: str) -> bool:
        """False: too many wrong codes came from this address."""
        return not self._rate_limit.is_used_up("portal_miss", address, self._settings.misses_per_address)

    def missed(self, address: str, now: datetime) -> None:
        """Count a wrong code."""
        self._rate_limit.wait_s("portal_miss", address, self._settings.misses_per_address, now, hourly=True)

    def limit(self, kind: str, who: str, most: int, now: datetime) -> None:
        """Count one more in this hour. Raises Refused."""
        wait = self._rate_limit.wait_s(kind, who, most, now, hourly=True)
        if wait:
            raise Refused("too_many", wait_s=wait)


def _keys(form: Draft) -> tuple[str, ...]:
    return (form.key, form.content[BEFORE]) if BEFORE in form.content else (form.key,)


def _forget(conn: Connection, form: Draft) -> None:
    for key in _keys(form):
        drafts.remove(conn, key)


def _entered(form: Draft, sender: Sender) -> OnBehalf | None:
    """How an officer entered the report; None: its reporter sends it."""
    if sender.officer is None:
        return None
    told = form.content
    channel, phone_of = told.get("channel") or IN_PERSON, told.get("phone_of") or NONE
    consent = bool(told.get("consent"))
    return OnBehalf(sender.officer.user_id, sender.officer.name, channel, phone_of, consent, sender.device)


def device_id(cookie: str, secret: bytes) -> str:
    """What is kept of a browser's cookie with its reports: reports of the same browser are told apart, no more."""
    return hmac.new(secret, b"device\0" + cookie.encode("utf-8", "replace"), sha256).hexdigest()[:32]
