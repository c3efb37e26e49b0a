"""JSON over HTTP as a source: asked page by page and span by span, or brought to us."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.domain.reasons import read_stored, reason
from data.texts import reason_in
from ingest.settings import Around
from ingest.source import Delivery, Raw, Record, Unreadable
from ingest.sources.feed.body import ITEM_FAULT, payload_of
from ingest.sources.feed.pages import Page, Pages
from ingest.sources.feed.paths import PathError, follow, key
from ingest.sources.feed.request import Requester
from ingest.sources.feed.rows import BATCH, CONTENT_ID, MANY, RowReader, content_id, flatten, is_truthy
from ingest.sources.feed.settings import FeedSettings
from ingest.sources.feed.windows import answered, params_of, spans

MAX_PASSES = 4
"""How often the pages of a span are read at most."""


class Feed:
    """The source."""

    def __init__(self, name: str, settings: FeedSettings, around: Around) -> None:
        self.name, self.settings = name, settings
        self.every_s = settings.every_s if settings.url else math.inf
        self._zone = ZoneInfo(around.city.timezone)
        self._reader = RowReader(name, settings.mapping, settings.updated, around)
        self._finds = {column: follow(settings.columns.get(column, key(column))) for column in self._reader.columns}
        self._deleted = follow(settings.deleted) if settings.deleted else None
        self._mark = hashlib.sha256(f"{settings.url} {settings.pages!r}".encode()).hexdigest()[:12]
        self._requester = Requester(name, settings, around.home)
        self._pages = Pages(settings, self._requester, self.id_of)

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """What the server has, oldest span first. Raises SourceDown; the cursor then stands where all is stored."""
        at = _cursor(cursor)
        if self.settings.url is None:
            return
        if self.settings.window is None:
            place = at.get("place") if at.get("of") == self._mark else None
            yield from self._deliveries(self.settings.params, place, {}, now)
            return
        for span in spans(self.settings.window, at, now, self._zone):
            params = {**self.settings.params, **params_of(self.settings.window, span)}
            self._requester.server_time = None
            yield from self._deliveries(params, None, at, now)
            at = answered(span, self._requester.server_time)
            yield Delivery((), json.dumps(at))

    def read(self, raw: Raw, now: datetime) -> Record:
        """An item as a Record. Raises Unreadable, SourceDown."""
        if ITEM_FAULT in raw.payload:
            raise Unreadable(read_stored(str(raw.payload[ITEM_FAULT])))
        try:
            row = flatten(raw.payload, self._finds.items(), self._reader.times)
            gone = self._deleted is not None and is_truthy(self._deleted(raw.payload))
        except PathError as wrong:
            raise Unreadable(reason("feed.bad_path", error=reason_in(wrong))) from None
        return self._reader.read(row, deleted=gone)

    def raw(self, item: Any) -> Raw:
        """An item as it is handed over."""
        return Raw(self.id_of(item), payload_of(item))

    def id_of(self, item: Any) -> str:
        """Its id; of one without, a name made of its content, so that the same one is known again."""
        found = self._told_id(item) if isinstance(item, dict) else None
        return found or content_id(item)

    def _told_id(self, item: Mapping[str, Any]) -> str | None:
        finds = [(column, self._finds[column]) for column in self._reader.id_columns]
        try:
            return self._reader.external_id(flatten(item, finds, frozenset()))
        except (Unreadable, PathError):
            return None

    def _deliveries(
        self, params: Mapping[str, str], place: str | None, at: Mapping[str, Any], now: datetime
    ) -> Iterator[Delivery]:
        """The pages as deliveries; the cursor moves with the last of each page's, inside a span not at all."""
        pages = self._span(params, now) if self.settings.window else self._pages.read(params, place, now)
        for page in pages:
            parts, seen = [page.items[n : n + BATCH] for n in range(0, len(page.items), BATCH)] or [[]], set[str]()
            for n, part in enumerate(parts, 1):
                if n == len(parts):
                    place = page.place
                yield self._delivery(_once(map(self.raw, part), seen), at if self.settings.window else self._at(place))

    def _span(self, params: Mapping[str, str], now: datetime) -> Iterator[Page]:
        """The pages of a span; where more than one was asked for, all again until a look brings nothing unseen.

        What is changed or deleted leaves the span and moves all behind it onto pages that were read already. What is
        asked for without a window needs no second look: the next fetch begins anew.
        """
        seen: set[str] = set()
        before = 0
        for look in range(MAX_PASSES):
            asked, pages, brought = self._requester.request_count, 0, False
            for page in self._pages.read(params, None, now):
                pages += 1
                fresh = [item for item in page.items if not look or self.id_of(item) not in seen]
                seen.update(map(self.id_of, fresh))
                if fresh:
                    brought = True
                    yield Page(fresh)
                elif look and before == 1:
                    return  # there was one page, and nothing moved onto it
            if self._requester.request_count - asked < 2 or not brought:
                return
            before = pages

    def _at(self, place: str | None) -> Mapping[str, Any]:
        return {"place": place, "of": self._mark} if place else {}

    def _delivery(self, raws: tuple[Raw, ...], at: Mapping[str, Any]) -> Delivery:
        return Delivery(raws, json.dumps(at) if at else None, history=len(raws) > MANY)


def _once(raws: Iterable[Raw], seen: set[str]) -> tuple[Raw, ...]:
    """Of those without an id each content once in a page: a million times nothing is one refusal."""
    found = []
    for raw in raws:
        if not raw.external_id.startswith(CONTENT_ID):
            found.append(raw)
        elif raw.external_id not in seen:
            seen.add(raw.external_id)
            found.append(raw)
    return tuple(found)


def _cursor(text: str | None) -> Mapping[str, Any]:
    """What an earlier fetch left; nothing when it was left by another kind of feed."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
