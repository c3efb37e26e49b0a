"""How the public pages are answered: made once for all who ask, given again as they are for a few seconds.

An answer depends on its address, on the language and on the theme; never on who asks.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, g, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from layouts.kit.words import LANGUAGES

BYTES_MOST = 48_000_000
"""Of all answers that are kept; the ones that were asked for longest ago go first."""


@dataclass(frozen=True, slots=True)
class Published:
    """An answer as everybody gets it."""

    body: bytes
    mimetype: str
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Of its content."""
        return hashlib.sha256(self.body).hexdigest()[:20]


class PageCache:
    """One for a process; safe to use from many threads. Who asks while an answer is made waits for it."""

    def __init__(self, fresh: timedelta, bytes_most: int = BYTES_MOST) -> None:
        self._fresh, self._most = fresh, bytes_most
        self._guard = threading.Lock()
        self._known: OrderedDict[Hashable, Published] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._bytes = 0

    def get(self, key: Hashable, now: datetime, make: Callable[[], Published]) -> Published:
        """The answer of this key, no older than `fresh`. What `make` raises is not kept."""
        found = self._find(key, now)
        if found is not None:
            return found
        with self._guard:
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            found = self._find(key, now)
            if found is None:
                try:
                    found = make()
                    self._keep(key, found)
                finally:
                    with self._guard:
                        self._making.pop(key, None)
        return found

    def left_s(self, published: Published, now: datetime) -> int:
        """How many seconds others may keep it."""
        return max(0, int((published.at + self._fresh - now).total_seconds()))

    def _find(self, key: Hashable, now: datetime) -> Published | None:
        with self._guard:
            found = self._known.get(key)
            if found is None or not timedelta() <= now - found.at < self._fresh:
                return None
            self._known.move_to_end(key)
            return found

    def _keep(self, key: Hashable, published: Published) -> None:
        with self._guard:
            before = self._known.pop(key, None)
            self._bytes += len(published.body) - (len(before.body) if before else 0)
            self._known[key] = published
            while self._bytes > self._most and self._known:
                self._bytes -= len(self._known.popitem(last=False)[1].body)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Answers requests for public pages and data."""

    cache: PageCache
    public_url: str | None

    def page(self, asked: Hashable, make: Callable[[], str]) -> AnyResponse:
        """A page in the language and theme of who asks. `asked`: what of its query counts, read and bounded."""
        look = (g.lang, request.cookies.get("batt_theme") == "dark", _language_in_links(), self.base())
        return self._answer(("page", request.path, asked, look), make, "text/html")

    def data(
        self, asked: Hashable, mimetype: str, make: Callable[[], str], headers: Mapping[str, str] | None = None
    ) -> AnyResponse:
        """A file, in the language of who asks."""
        return self._answer(("data", request.path, asked, g.lang, self.base()), make, mimetype, headers or {})

    def base(self) -> str:
        """The server's public URL, without a slash at its end."""
        return (self.public_url or request.url_root).rstrip("/")

    def _answer(
        self, key: Hashable, make: Callable[[], str], mimetype: str, headers: Mapping[str, str] | None = None
    ) -> AnyResponse:
        now: datetime = g.now
        published = self.cache.get(key, now, lambda: Published(make().encode(), mimetype, now, headers or {}))
        answer = Response(published.body, mimetype=published.mimetype, headers=dict(published.headers))
        answer.set_etag(published.etag)
        answer.last_modified = published.at
        answer.headers["Cache-Control"] = f"public, max-age={self.cache.left_s(published, now)}"
        answer.vary.add("Cookie")
        g.may_be_kept = True
        return answer.make_conditional(request)


def address(endpoint: str, **values: object) -> str:
    """The URL of a public page in the language of the present one."""
    lang = _language_in_links()
    told: dict[str, Any] = {**values, "lang": lang} if lang else values
    return url_for(endpoint, **told)


def in_language(base: str, lang: str, **query: object) -> str:
    """The present page's own address in a language, as search engines list it; `query`: what counts of it."""
    told = {name: value for name, value in query.items() if value not in (None, "")}
    told |= {} if lang == LANGUAGES[0] else {"lang": lang}
    return f"{base}{quote(request.path)}" + (f"?{urlencode(told)}" if told else "")


def _language_in_links() -> str:
    """The `lang` that links carry: none where the language is chosen without it."""
    return "" if g.lang == g.lang_by_itself else str(g.lang)
