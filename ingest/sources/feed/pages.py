"""One answer after another: each page's items, and where to go on if all of it is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from data.domain.reasons import reason
from data.texts import reason_in
from ingest.source import SourceDown
from ingest.sources.feed.body import InvalidJson, items_of
from ingest.sources.feed.paths import PathError, follow
from ingest.sources.feed.request import NotFound, Requester, next_url
from ingest.sources.feed.settings import CursorPages, FeedSettings, NumberPages, UrlPages

IdOf = Callable[[Any], str]
"""An item's id; of one without, something that tells it from others."""


@dataclass(frozen=True, slots=True)
class Page:
    """Items, and the place to go on from after them (None: from the beginning)."""

    items: list[Any]
    place: str | None = None


class Pages:
    """The pages of one feed."""

    def __init__(self, settings: FeedSettings, requester: Requester, id_of: IdOf) -> None:
        self._settings, self._requester, self._id_of = settings, requester, id_of
        self._find = follow(settings.items)

    def read(self, params: Mapping[str, str], place: str | None, now: datetime) -> Iterator[Page]:
        """From that place on to the end. Raises SourceDown, also when there is no end."""
        pages = self._settings.pages
        if pages is None:
            yield Page(self._request(self._url, params, now)[0])
        elif pages.number is not None:
            yield from self._numbered(pages.number, params, now)
        else:
            way = pages.cursor or pages.url
            assert way is not None
            yield from self._linked(way, params, place, now)

    @property
    def _url(self) -> str:
        assert self._settings.url is not None
        return self._settings.url

    def _linked(
        self, way: CursorPages | UrlPages, params: Mapping[str, str], place: str | None, now: datetime
    ) -> Iterator[Page]:
        """Each page says the next; a place that comes again leads in a circle."""
        find, been = follow(way.next), {place, None}
        for number in range(self._settings.limits.pages):
            try:
                items, value, url = self._page(way, params, place, now)
            except NotFound:
                if number or place is None:
                    raise
                place, been = None, {None}  # forgotten since we were here: all of it again, which changes nothing
                items, value, url = self._page(way, params, place, now)
            following = self._following(way, find, value, url)
            ends = following is None or following == place
            yield Page(items, (place if ends else following) if way.resume else None)
            if ends:
                return
            if following in been:
                raise SourceDown(reason("feed.page_circle", host=self._host, page=repr(str(following)[:80])))
            been.add(following)
            place = following
        if not way.resume:
            raise self._endless()

    def _page(
        self, way: CursorPages | UrlPages, params: Mapping[str, str], place: str | None, now: datetime
    ) -> tuple[list[Any], Any, str]:
        if isinstance(way, UrlPages):
            if place is None:
                return self._request(self._url, params, now)
            return self._request(next_url(self._url, self._url, place), {}, now)
        return self._request(self._url, params if place is None else {**params, way.param: place}, now)

    def _following(self, way: CursorPages | UrlPages, find: Callable[[Any], Any], value: Any, url: str) -> str | None:
        """The next place; None at the end."""
        try:
            told = find(value)
        except PathError as wrong:
            raise SourceDown(reason("feed.no_next_page", host=self._host, error=reason_in(wrong))) from None
        if told is None or told == "" or told is False:
            return None
        if isinstance(way, UrlPages):
            return next_url(self._url, url, told)
        if not isinstance(told, str | int | float):
            told = self._as_text(told)
        return str(told)[:4000]

    def _numbered(self, way: NumberPages, params: Mapping[str, str], now: datetime) -> Iterator[Page]:
        """Until one is empty, short, or brings nothing unseen: servers differ in what lies behind the last page.

        Short is what has fewer than the first one: servers give less than they are asked for, too.
        """
        sized = {way.size_param: str(way.size)} if way.size_param else {}
        seen: set[str] = set()
        full: int | None = None
        for number in range(way.first, way.first + self._settings.limits.pages):
            items, _, _ = self._request(self._url, {**params, **sized, way.page: str(number)}, now)
            fresh = [item for item in items if self._id_of(item) not in seen]
            if not fresh:
                return
            yield Page(fresh)
            seen.update(map(self._id_of, fresh))
            full = full or len(items)
            if len(items) < full:
                return
        raise self._endless()

    def _request(self, url: str, params: Mapping[str, str], now: datetime) -> tuple[list[Any], Any, str]:
        """Items, the whole answer, and its address."""
        value, at = self._requester.get(url, params, now)
        try:
            return items_of(value, self._find, self._settings.items), value, at
        except InvalidJson as wrong:
            raise SourceDown(reason("feed.bad_answer", host=self._host, error=reason_in(wrong))) from None

    def _as_text(self, told: Any) -> str:
        try:
            return json.dumps(told)
        except RecursionError:
            raise SourceDown(reason("feed.next_page_too_deep", host=self._host)) from None

    @property
    def _host(self) -> str | None:
        return urlsplit(self._url).hostname

    def _endless(self) -> SourceDown:
        most = self._settings.limits.pages
        return SourceDown(reason("feed.too_many_pages", host=self._host, most=str(most)))
