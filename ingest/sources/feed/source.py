"""A source of JSON over HTTP: fetched page by page and span by span, or pushed to us."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.domain.reasons import decode_reason, reason
from data.texts import reason_in
from ingest.settings import SourceContext
from ingest.source import AnyRecord, Delivery, Raw, Unreadable
from ingest.sources.feed.body import ITEM_FAULT, payload_of
from ingest.sources.feed.pages import FeedPage, Pages
from ingest.sources.feed.paths import PathError, follow, key
from ingest.sources.feed.request import Requester
from ingest.sources.feed.rows import BATCH, CONTENT_ID, MANY, SourceRowReader, content_id, flatten, is_truthy
from ingest.sources.feed.settings import FeedSettings
from ingest.sources.feed.windows import cursor_after, params_of, spans

MAX_PASSES = 4
"""How often the pages of a span are read at most."""


class FeedSource:
    """The source; see `FeedSettings`."""

    def __init__(self, name: str, settings: FeedSettings, context: SourceContext) -> None:
        self.name, self.settings = name, settings
        self.every_s = settings.every_s if settings.url else math.inf
        self._zone = ZoneInfo(context.city.timezone)
        self._reader = SourceRowReader(name, settings.mapping, settings.updated, context)
        self._finds = {column: follow(settings.columns.get(column, key(column))) for column in self._reader.columns}
        self._deleted = follow(settings.deleted) if settings.deleted else None
        self._mark = hashlib.sha256(f"{settings.url} {settings.pages!r}".encode()).hexdigest()[:12]
        self._requester = Requester(name, settings, context.home)
        self._pages = Pages(settings, self._requester, self.id_of)

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """New records, oldest span first. Raises SourceDown; the cursor then is at the last point that is stored."""
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
            at = cursor_after(span, self._requester.server_time)
            yield Delivery((), json.dumps(at))

    def read(self, raw: Raw, now: datetime) -> AnyRecord:
        """An item as a Record. Raises Unreadable, SourceDown."""
        if ITEM_FAULT in raw.payload:
            raise Unreadable(decode_reason(str(raw.payload[ITEM_FAULT])))
        try:
            row = flatten(raw.payload, self._finds.items(), self._reader.times)
            gone = self._deleted is not None and is_truthy(self._deleted(raw.payload))
        except PathError as wrong:
            raise Unreadable(reason("feed.bad_path", error=reason_in(wrong))) from None
        return self._reader.read(row, deleted=gone)

    def raw(self, item: Any) -> Raw:
        """An item as a raw record."""
        return Raw(self.id_of(item), payload_of(item))

    def id_of(self, item: Any) -> str:
        """The item's id; without one, an id from its content (see `content_id`)."""
        found = self._given_id(item) if isinstance(item, dict) else None
        return found or content_id(item)

    def _given_id(self, item: Mapping[str, Any]) -> str | None:
        finds = [(column, self._finds[column]) for column in self._reader.id_columns]
        try:
            return self._reader.external_id(flatten(item, finds, frozenset()))
        except (Unreadable, PathError):
            return None

    def _deliveries(
        self, params: Mapping[str, str], place: str | None, at: Mapping[str, Any], now: datetime
    ) -> Iterator[Delivery]:
        """The pages as deliveries. The cursor moves after the last delivery of each page; within a span not at all."""
        pages = self._span(params, now) if self.settings.window else self._pages.read(params, place, now)
        for page in pages:
            parts, seen = [page.items[n : n + BATCH] for n in range(0, len(page.items), BATCH)] or [[]], set[str]()
            for n, part in enumerate(parts, 1):
                if n == len(parts):
                    place = page.place
                yield self._delivery(
                    _without_repeats(map(self.raw, part), seen), at if self.settings.window else self._at(place)
                )

    def _span(self, params: Mapping[str, str], now: datetime) -> Iterator[FeedPage]:
        """The pages of a span. When there are several, all are read again until a pass has no new items.

        This is needed because a record that is changed or deleted leaves the span, and moves the following ones onto
        pages that were read already. Without a window the next fetch reads everything again anyway.
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
                    yield FeedPage(fresh)
                elif look and before == 1:
                    return  # there was one page, and no record moved onto it
            if self._requester.request_count - asked < 2 or not brought:
                return
            before = pages

    def _at(self, place: str | None) -> Mapping[str, Any]:
        return {"place": place, "of": self._mark} if place else {}

    def _delivery(self, raws: tuple[Raw, ...], at: Mapping[str, Any]) -> Delivery:
        return Delivery(raws, json.dumps(at) if at else None, history=len(raws) > MANY)


def _without_repeats(raws: Iterable[Raw], seen: set[str]) -> tuple[Raw, ...]:
    """Records without an id only once for each content, so that a million empty items become one rejected record."""
    found = []
    for raw in raws:
        if not raw.external_id.startswith(CONTENT_ID):
            found.append(raw)
        elif raw.external_id not in seen:
            seen.add(raw.external_id)
            found.append(raw)
    return tuple(found)


def _cursor(text: str | None) -> Mapping[str, Any]:
    """The cursor of the last fetch; empty when it cannot be read."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
