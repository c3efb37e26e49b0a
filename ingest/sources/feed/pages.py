"""Reads the pages of a feed: the items of each page, and the place from which to continue after it."""

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
"""An item's id; for an item without one, a text that identifies it."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Items, and the place (cursor or URL) from which to continue after them; None: from the beginning."""

    items: list[Any]
    place: str | None = None


class Pages:
    """The pages of one feed."""

    def __init__(self, settings: FeedSettings, requester: Requester, id_of: IdOf) -> None:
        self._settings, self._requester, self._id_of = settings, requester, id_of
        self._find = follow(settings.items)

    def read(self, params: Mapping[str, str], place: str | None, now: datetime) -> Iterator[FeedPage]:
        """The pages from `place` to the end. Raises SourceDown, also when there are too many pages."""
        pages = self._settings.pages
        if pages is None:
            yield FeedPage(self._request(self._url, params, now)[0])
        elif pages.number is not None:
            yield from self._numbered(pages.number, params, now)
        else:
            settings = pages.cursor or pages.url
            assert settings is not None
            yield from self._linked(settings, params, place, now)

    @property
    def _url(self) -> str:
        assert self._settings.url is not None
        return self._settings.url

    def _linked(
        self, settings: CursorPages | UrlPages, params: Mapping[str, str], place: str | None, now: datetime
    ) -> Iterator[FeedPage]:
        """Pages that name the next page. A repeated place is a circle, which is an error."""
        find, visited = follow(settings.next), {place, None}
        for number in range(self._settings.limits.pages):
            try:
                items, value, url = self._page(settings, params, place, now)
            except NotFound:
                if number or place is None:
                    raise
                place, visited = (
                    None,
                    {None},
                )  # the server has forgotten the place: read all again, which changes nothing
                items, value, url = self._page(settings, params, place, now)
            following = self._following(settings, find, value, url)
            ends = following is None or following == place
            yield FeedPage(items, (place if ends else following) if settings.resume else None)
            if ends:
                return
            if following in visited:
                raise SourceDown(reason("feed.page_circle", host=self._host, page=repr(str(following)[:80])))
            visited.add(following)
            place = following
        if not settings.resume:
            raise self._endless()

    def _page(
        self, settings: CursorPages | UrlPages, params: Mapping[str, str], place: str | None, now: datetime
    ) -> tuple[list[Any], Any, str]:
        if isinstance(settings, UrlPages):
            if place is None:
                return self._request(self._url, params, now)
            return self._request(next_url(self._url, self._url, place), {}, now)
        return self._request(self._url, params if place is None else {**params, settings.param: place}, now)

    def _following(
        self, settings: CursorPages | UrlPages, find: Callable[[Any], Any], value: Any, url: str
    ) -> str | None:
        """The next place; None after the last page."""
        try:
            following = find(value)
        except PathError as wrong:
            raise SourceDown(reason("feed.no_next_page", host=self._host, error=reason_in(wrong))) from None
        if following is None or following == "" or following is False:
            return None
        if isinstance(settings, UrlPages):
            return next_url(self._url, url, following)
        if not isinstance(following, str | int | float):
            following = self._as_text(following)
        return str(following)[:4000]

    def _numbered(self, settings: NumberPages, params: Mapping[str, str], now: datetime) -> Iterator[FeedPage]:
        """Numbered pages, until one is empty, short, or has only known items: servers differ after the last page.

        A page is short when it has fewer items than the first one; servers may give fewer than requested.
        """
        sized = {settings.size_param: str(settings.size)} if settings.size_param else {}
        seen: set[str] = set()
        full: int | None = None
        for number in range(settings.first, settings.first + self._settings.limits.pages):
            items, _, _ = self._request(self._url, {**params, **sized, settings.page: str(number)}, now)
            fresh = [item for item in items if self._id_of(item) not in seen]
            if not fresh:
                return
            yield FeedPage(fresh)
            seen.update(map(self._id_of, fresh))
            full = full or len(items)
            if len(items) < full:
                return
        raise self._endless()

    def _request(self, url: str, params: Mapping[str, str], now: datetime) -> tuple[list[Any], Any, str]:
        """(items, the whole response, its URL)."""
        value, at = self._requester.get(url, params, now)
        try:
            return items_of(value, self._find, self._settings.items), value, at
        except InvalidJson as wrong:
            raise SourceDown(reason("feed.bad_answer", host=self._host, error=reason_in(wrong))) from None

    def _as_text(self, value: Any) -> str:
        try:
            return json.dumps(value)
        except RecursionError:
            raise SourceDown(reason("feed.next_page_too_deep", host=self._host)) from None

    @property
    def _host(self) -> str | None:
        return urlsplit(self._url).hostname

    def _endless(self) -> SourceDown:
        most = self._settings.limits.pages
        return SourceDown(reason("feed.too_many_pages", host=self._host, most=str(most)))
