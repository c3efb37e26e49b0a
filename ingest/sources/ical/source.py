"""A calendar (RFC 5545) as a source of the agenda: from an address, or the newest file of a folder.

A calendar is all that its source has: what it does not list any more is withdrawn. One that is too large, cut off or
not readable is an outage and withdraws nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from data.domain.reasons import reason
from data.store.guide.calendar import events_of, identity_of
from ingest.guide_record import GuideKind, GuideRecord
from ingest.http.client import HttpClient, Limits, Response
from ingest.settings import SourceContext, SourceSettings, settings_error
from ingest.source import Delivery, Raw, RetryLater, SourceDown
from ingest.sources.feed.settings import Address

if TYPE_CHECKING:
    from icalendar import Calendar

BATCH = 50
"""Entries in a delivery: each is expanded in its transaction."""
SETTLED_S = 10
"""A file is complete when it did not change for so long."""
_END = b"END:VCALENDAR"


class IcalSettings(SourceSettings):
    """A calendar."""

    kind: Literal["ical"]
    url: Address | None = None
    inner: bool = False
    ca_file: str | None = None
    folder: str | None = None
    body_mb: float = Field(default=5, gt=0, le=50)
    answer_s: float = Field(default=30, gt=0, le=600)
    lang: Literal["id", "en"] = "id"

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        if (self.url is None) == (self.folder is None):
            raise settings_error("needs either url (what to ask) or folder (where files are put)")
        return self


class _Body(NamedTuple):
    content: bytes
    marks: dict[str, str]
    """What makes the next question a conditional one."""
    told_by: str


class IcalSource:
    """The source."""

    def __init__(self, name: str, settings: IcalSettings, context: SourceContext) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings, self._demo = settings, context.demo
        self._zone = ZoneInfo(context.city.timezone)
        self._most = int(settings.body_mb * 1_000_000)
        self._folder = context.home / Path(settings.folder).expanduser() if settings.folder else None
        self._home = context.home
        self._client: HttpClient | None = None

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """All entries, when the calendar is another one than last time. Raises SourceDown."""
        known = _known(cursor)
        found = self._asked(known, now) if self._folder is None else self._newest_file(self._folder, now)
        if found is None:
            if cursor is not None:
                yield Delivery((), cursor, unchanged=True)
            return
        digest = hashlib.sha256(found.content).hexdigest()
        after = json.dumps({**found.marks, "digest": digest})
        if known.get("digest") == digest:
            yield Delivery((), after, unchanged=True)
            return
        yield from _deliveries(self._raws(found), cursor, after)

    def read(self, raw: Raw, now: datetime) -> GuideRecord:
        """Raises ValidationError."""
        return GuideRecord(
            kind=GuideKind.AGENDA,
            external_id=raw.external_id,
            calendar=raw.payload["calendar"],
            lang=self._settings.lang,
            demo=self._demo,
        )

    def _raws(self, found: _Body) -> list[Raw]:
        """Raises SourceDown."""
        if not found.content.rstrip().endswith(_END):
            raise SourceDown(reason("ical.cut_off", source=found.told_by))
        try:
            alone = list(events_of(found.content))
            return [Raw(identity_of(each, self._zone), _payload(each)) for each in alone]
        except ValueError as error:
            raise SourceDown(reason("ical.broken", source=found.told_by, error=str(error)[:200])) from None

    def _asked(self, known: dict[str, Any], now: datetime) -> _Body | None:
        """None: it has not changed. Raises SourceDown."""
        settings, host = self._settings, urlsplit(self._settings.url or "").hostname or ""
        assert settings.url is not None
        if self._client is None:
            ca_file = self._home / settings.ca_file if settings.ca_file else None
            self._client = HttpClient(base_url=settings.url, inner=settings.inner, ca_file=ca_file)
        names = (("etag", "If-None-Match"), ("modified", "If-Modified-Since"))
        headers = {header: str(known[name]) for name, header in names if known.get(name)}
        limits = Limits(body_most=self._most, total_s=settings.answer_s)
        answer = self._client.get(settings.url, headers={"Accept": "text/calendar", **headers}, limits=limits)
        if answer.status == 304:
            return None
        if answer.status != 200:
            raise _refusal(answer, host, now)
        told = {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")}
        return _Body(answer.content, {name: value for name, value in told.items() if value}, host)

    def _newest_file(self, folder: Path, now: datetime) -> _Body | None:
        """None: there is none. Raises SourceDown."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files = [(path.stat(), path) for path in folder.glob("*.[iI][cC][sS]") if path.is_file()]
            complete = [each for each in files if each[0].st_mtime <= now.timestamp() - SETTLED_S]
            if not complete:
                return None
            stat, path = max(complete, key=lambda each: (each[0].st_mtime_ns, each[1].name))
            if stat.st_size > self._most:
                raise SourceDown(reason("ical.too_large", source=path.name, most=self._most))
            return _Body(path.read_bytes()[: self._most + 1], {}, path.name)
        except OSError as error:
            raise SourceDown(reason("drop.folder_unreadable", folder=str(folder), error=error.strerror)) from None


def _payload(alone: Calendar) -> dict[str, str]:
    return {"calendar": alone.to_ical().decode("utf-8", "replace")}


def _deliveries(raws: list[Raw], before: str | None, after: str) -> Iterator[Delivery]:
    """The cursor moves with the last one: whoever is interrupted reads all of it again."""
    listed = frozenset(raw.external_id for raw in raws)
    parts = [raws[n : n + BATCH] for n in range(0, len(raws), BATCH)] or [[]]
    for part in parts[:-1]:
        yield Delivery(tuple(part), before, history=True)
    yield Delivery(tuple(parts[-1]), after, history=True, listed=listed)


def _known(cursor: str | None) -> dict[str, Any]:
    try:
        found = json.loads(cursor) if cursor else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(answer: Response, host: str, now: datetime) -> SourceDown:
    why = reason("ical.refused", host=host, status=answer.status)
    wait = answer.retry_after_s(now)
    return SourceDown(why) if wait is None else RetryLater(why, wait)
